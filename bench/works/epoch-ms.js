import { installShiftedDate, setDateAhead } from '../lib/shifted-date.js';
import { sleep } from '../lib/timing.js';

/** The value on Bank of Georgia's page. */
const SAMPLE = 1_634_719_923_245;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const YEAR = 365.25 * 24 * HOUR;

/** The steps by which the clock is set ahead, until the package requests another token. */
const LADDER = [
  ['0', 0],
  ['1 min', MINUTE],
  ['3 min', 3 * MINUTE],
  ['5 min', 5 * MINUTE],
  ['30 min', 30 * MINUTE],
  ['50 min', 50 * MINUTE],
  ['1 h', HOUR],
  ['1 day', 24 * HOUR],
  ['1 year', YEAR],
  ['100 years', 100 * YEAR],
  ['10,000 years', 10_000 * YEAR],
  ['50,000 years', 50_000 * YEAR],
  ['60,000 years', 60_000 * YEAR],
];

export default {
  title: "Bank of Georgia's epoch in milliseconds",
  about:
    `\`"expires_in": ${SAMPLE}\`, as the bank's page shows, and the same kind of value for an instant one hour ahead. ` +
    'The clock is set ahead until the package asks for another token: how old it lets the token get.',
  waits: true,
  columns: { sample: 'the sample: renewed at an age of', hour: 'in 1 h: renewed at an age of' },
  bars: [
    { text: 'the sample is no lifetime: a short default', met: ({ sample }) => sample === '3 min to 5 min' },
    { text: 'an instant is read as one', met: ({ hour }) => hour === '50 min to 1 h' },
  ],
  prepare: installShiftedDate,
  async measure(peer, context) {
    return {
      sample: await ageOf(peer, context, SAMPLE),
      hour: await ageOf(peer, context, Date.now() + HOUR),
    };
  },
};

async function ageOf(peer, { openDesk }, expiresIn) {
  setDateAhead(0);
  const desk = await openDesk({ token: { expiresIn } });
  const client = await peer.create(desk.account);
  try {
    await client.getAccessToken();
    let calls = await desk.tokenCalls();
    let before = 'at once';
    for (const [label, age] of LADDER) {
      setDateAhead(age);
      await client.getAccessToken();
      // The package may renew in the background.
      await sleep(60);
      const now = await desk.tokenCalls();
      if (now > calls) return before === 'at once' ? before : `${before} to ${label}`;
      calls = now;
      before = label;
    }
    return `over ${before}`;
  } catch (error) {
    return `error: ${error.name}`;
  } finally {
    setDateAhead(0);
  }
}
