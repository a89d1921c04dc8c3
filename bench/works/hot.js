import { bytesPerCall } from '../lib/allocation.js';
import { compareBars } from '../lib/plots.js';
import { roundsOf } from '../lib/rounds.js';
import { median, spread } from '../lib/statistics.js';
import { WHY_HOT } from '../why.js';

const ROUNDS = { quick: 9, usual: 41, full: 101 };
/** Seconds for one package, at most. */
const SECONDS = 6;
const SLICE = 20;

export default {
  title: 'Hot path: a cached token',
  about:
    '`await getAccessToken()` with the token at hand, against `await (async () => cached)()`, in slices of 20 ms that ' +
    'take turns, in processor time; each round gives one ratio, and the median counts. A/A is the same function twice. Bytes ' +
    'include those of the `await` itself.',
  nodeOptions: ['--expose-gc', '--min-semi-space-size=128', '--max-semi-space-size=128'],
  columns: {
    ns: 'ns a call',
    ratio: '× async () => cached (middle half)',
    control: 'A/A',
    bytes: 'bytes a call',
    baseBytes: 'bytes of async () => cached',
  },
  better: { ratio: 'lower', bytes: 'lower' },
  why: WHY_HOT,
  plots: (results) => [
    compareBars('hot', 'A cached token, × async () => cached', results, { ratio: 'time of a call' }),
  ],
  rounds: ROUNDS,
  advisory: true,
  bars: [
    { text: 'at most 2.0×', met: ({ ratio }) => ratio.middle <= 2 },
    { text: 'at most 230 B a call', met: ({ bytes }) => bytes <= 230 },
  ],
  async measure(peer, { openDesk }) {
    const desk = await openDesk();
    const client = await peer.create(desk.account);
    const cached = await client.getAccessToken();
    const modules = {
      base: await import('../lib/await-loop.js?base'),
      subject: await import('../lib/await-loop.js?subject'),
      control: await import('../lib/await-loop.js?control'),
    };
    const targets = {
      base: modules.base.bare(cached),
      subject: client.hot ?? client,
      control: modules.control.bare(cached),
    };
    const names = Object.keys(targets);
    const calls = {};
    for (const name of names) calls[name] = await callsPerSlice(modules[name].loop, targets[name]);
    const rounds = [];
    for (const round of roundsOf(ROUNDS, SECONDS)) {
      const ns = {};
      // In changing order, since the first one gets the garbage of the last.
      for (let turn = 0; turn < names.length; turn += 1) {
        const name = names[(round + turn) % names.length];
        ns[name] = (await timeOf(modules[name].loop, targets[name], calls[name])) / calls[name];
      }
      rounds.push(ns);
    }
    return {
      rounds: rounds.length,
      ns: Math.round(median(rounds.map(({ subject }) => subject))),
      ratio: spread(rounds.map(({ subject, base }) => subject / base)),
      control: spread(rounds.map(({ control, base }) => control / base)),
      bytes: Math.round(median(await bytesPerCall(modules.subject.loop, targets.subject))),
      baseBytes: Math.round(median(await bytesPerCall(modules.base.loop, targets.base))),
    };
  },
};

/** The processor time in nanoseconds: the loop never waits, and a busy machine would only add its own pauses. */
async function timeOf(loop, target, count) {
  const before = process.cpuUsage();
  await loop(target, count);
  const { user, system } = process.cpuUsage(before);
  return (user + system) * 1000;
}

/** The calls of one slice. Its runs also make V8 compile the loop. */
async function callsPerSlice(loop, target) {
  let count = 1000;
  for (let round = 0; round < 12; round += 1) {
    const ns = await timeOf(loop, target, count);
    count = Math.max(100, Math.round((count * SLICE * 1e6) / ns));
  }
  return count;
}
