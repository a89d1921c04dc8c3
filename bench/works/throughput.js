import { byEffort } from '../lib/effort.js';
import { comparedWithBase, controlsOf, inTurns, ratiosOf } from '../lib/in-turns.js';
import { loadFor } from '../lib/load.js';
import { compareBars } from '../lib/plots.js';
import { roundsOf } from '../lib/rounds.js';
import { median, quantile } from '../lib/statistics.js';
import { importTransport } from '../transports/index.js';
import { WHY_THROUGHPUT } from '../why.js';

/** Milliseconds. */
const SLICE = byEffort({ quick: 60, usual: 150 });
const ROUNDS = { quick: 4, usual: 9, full: 31 };
/** Seconds for one package, at most. */
const SECONDS = 6;

export default {
  title: 'Throughput of GETs',
  about:
    '16 at a time, in slices of 150 ms that take turns with bare axios (a keep-alive agent, no redirects, a fixed ' +
    'header). A/A is bare axios against a second instance of itself. Packages bring different transports (axios, `fetch`, ' +
    '`node:http`), which differ more than token managers do.',
  columns: {
    rate: 'GETs/s',
    ratio: '× bare axios (middle half)',
    control: 'A/A',
    cpu: 'CPU time of a GET, × bare axios',
    cpuControl: 'A/A of CPU time',
  },
  better: { ratio: 'higher', cpu: 'lower' },
  why: WHY_THROUGHPUT,
  plots: (results) => [compareBars('throughput', 'GETs, × bare axios', results, { ratio: 'throughput' })],
  rounds: ROUNDS,
  advisory: true,
  bars: [{ text: 'within the A/A control', met: ({ within }) => within }],
  async measure(peer, { openDesk }) {
    const desk = await openDesk();
    const client = await peer.create(desk.account);
    const token = await client.getAccessToken();
    const { create } = await importTransport('axios-http');
    const clients = {
      base: await create(desk.account, token),
      subject: client,
      control: await create(desk.account, token),
    };
    const slices = Object.fromEntries(
      Object.entries(clients).map(([name, { get }]) => [name, () => loadFor(SLICE, () => get('account'))]),
    );
    await inTurns(slices, [0, 1, 2]);
    const rounds = await inTurns(slices, roundsOf(ROUNDS, SECONDS));
    return {
      rounds: rounds.length,
      rate: Math.round(median(rounds.map(({ subject }) => subject.rate))),
      ratio: comparedWithBase(rounds, 'subject', 'rate'),
      control: comparedWithBase(rounds, 'control', 'rate'),
      cpu: comparedWithBase(rounds, 'subject', 'cpu'),
      cpuControl: comparedWithBase(rounds, 'control', 'cpu'),
      // No slower than bare axios against itself in nine of ten rounds.
      within: median(ratiosOf(rounds, 'subject', 'rate')) >= quantile(controlsOf(rounds, 'rate'), 0.1),
    };
  },
};
