import { byEffort } from '../lib/effort.js';
import { Pulse } from '../lib/pulse.js';
import { sleep } from '../lib/timing.js';
import { WHY_SHORT } from '../why.js';

const WORKERS = 40;
/** Milliseconds: enough lifetimes of a token that each package has renewed it several times. */
const DURATION = byEffort({ quick: 4_000, usual: 6_000, full: 10_000 });
/** The seconds after which a token is renewed ahead of its end, and the tolerated number of further token calls. */
const RENEWED_AFTER = 1.6;
const MORE = 4;
const PAUSE = 40;
const BLOCKED = 80;
const BEFORE_ISSUE = 120;
const AFTER_ISSUE = 80;
const TOKEN_CALL = BEFORE_ISSUE + AFTER_ISSUE;

export default {
  title: 'Tokens of 2 s, 40 workers',
  concurrency: 2,
  about:
    'Each worker sends a request, waits 40 ms, and again. A token request takes the bank 200 ms: 120 ms until it issues ' +
    'the token, whose 2 s run from there, and 80 ms for the way back; a resource takes 5 ms. A request is ' +
    `blocked if it takes ${BLOCKED} ms longer than any bare request that is under way at the same time, while a token ` +
    'call is under way, too. The first token is there before the clock starts.',
  columns: {
    seconds: 'seconds',
    requests: 'requests',
    refused: 'refused by the bank',
    errors: 'errors at the caller',
    blocked: `blocked for ${BLOCKED} ms`,
    slowest: 'slowest, ms',
    calls: 'token calls',
  },
  better: { refused: 'lower', errors: 'lower', blocked: 'lower', slowest: 'lower', calls: 'lower' },
  why: WHY_SHORT,
  bars: [
    { text: '0 refused', met: ({ refused, errors }) => refused === 0 && errors === 0 },
    { text: '0 blocked', met: ({ blocked }) => blocked === 0 },
    {
      text: `at most ${MORE} token calls more than one in ${RENEWED_AFTER} s`,
      met: ({ calls, seconds }) => calls <= seconds / RENEWED_AFTER + MORE,
    },
  ],
  async measure(peer, { openDesk }) {
    const desk = await openDesk({
      token: { expiresIn: 2, validity: 2000, before: BEFORE_ISSUE, after: AFTER_ISSUE },
      resource: { latency: [5, 5] },
    });
    const client = await peer.create(desk.account);
    await warmUp(client);
    await desk.set({ forget: true });
    const requests = [];
    let errors = 0;
    // At another desk, which refuses them; a refusal takes as long as an answer.
    const elsewhere = await openDesk({ resource: { latency: [5, 5] } });
    const pulse = new Pulse(`${elsewhere.account.apiBaseUrl}/pulse`);
    const end = performance.now() + DURATION;

    async function work(worker) {
      await sleep((worker * PAUSE) / WORKERS);
      while (performance.now() < end) {
        const start = performance.now();
        const status = await client.get(`account/${worker}`).then(
          (response) => response.status,
          () => 0,
        );
        requests.push({ start, end: performance.now() });
        if (status !== 200) errors += 1;
        await sleep(PAUSE);
      }
    }

    await Promise.all(Array.from({ length: WORKERS }, (_, worker) => work(worker)));
    await pulse.stop();
    const { tokenCalls, answers } = await desk.counts();
    const isBlocked = ({ start, end }) =>
      end - start - pulse.slowest(start, end) > BLOCKED && waitedForToken(start, end, tokenCalls) > BLOCKED;
    return {
      seconds: DURATION / 1000,
      requests: requests.length,
      refused: answers[401] ?? 0,
      errors,
      blocked: requests.filter(({ start, end }) => end - start > BLOCKED).filter(isBlocked).length,
      slowest: Math.round(Math.max(...requests.map(({ start, end }) => end - start))),
      calls: tokenCalls.length,
    };
  },
};

/** Milliseconds between two instants during which the bank had a token call under way. */
function waitedForToken(from, to, tokenCalls) {
  const overlaps = tokenCalls.map((at) => {
    const called = at - performance.timeOrigin;
    return Math.min(to, called + TOKEN_CALL) - Math.max(from, called);
  });
  return Math.max(0, ...overlaps);
}

/** Sets up connections and compiled code, so that only the token can make a request slow. */
async function warmUp(client) {
  await client.get('warm-up');
  for (let round = 0; round < 5; round += 1) {
    await Promise.allSettled(Array.from({ length: WORKERS }, () => client.get('warm-up')));
  }
}
