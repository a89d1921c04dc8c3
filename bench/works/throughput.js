import { Agent } from 'node:http';
import axios from 'axios';
import { median, quantile, spread } from '../lib/statistics.js';

const CONCURRENCY = 16;
const REQUESTS = 800;
const WARM_UP = 3;
const ROUNDS = 9;

export default {
  title: 'Throughput of GETs',
  about:
    `${CONCURRENCY} at a time, in slices of ${REQUESTS} requests that take turns with bare axios (a keep-alive agent, no ` +
    'redirects, a fixed header). A/A is bare axios against a second instance of itself. Packages bring different ' +
    'transports (axios, `fetch`, `node:http`), which differ more than token managers do.',
  columns: {
    rate: 'GETs/s',
    ratio: '× bare axios (middle half)',
    control: 'A/A',
    cpu: 'CPU time of a GET, × bare axios',
    cpuControl: 'A/A of CPU time',
  },
  advisory: true,
  bars: [{ text: 'within the A/A control', met: ({ within }) => within }],
  async measure(peer, { openDesk }) {
    const desk = await openDesk();
    const client = await peer.create(desk.account);
    const token = await client.getAccessToken();
    const variants = {
      base: bareAxios(desk.account, token),
      subject: client,
      control: bareAxios(desk.account, token),
    };
    const names = Object.keys(variants);
    for (let round = 0; round < WARM_UP; round += 1) {
      for (const name of names) await sliceOf(variants[name]);
    }
    const rounds = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const rates = {};
      for (let turn = 0; turn < names.length; turn += 1) {
        const name = names[(round + turn) % names.length];
        rates[name] = await sliceOf(variants[name]);
      }
      rounds.push(rates);
    }
    const ratios = rounds.map(
      ({ subject, base, control }) => (2 * subject.rate) / (base.rate + control.rate),
    );
    const controls = rounds.map(({ base, control }) => control.rate / base.rate);
    return {
      rate: Math.round(median(rounds.map(({ subject }) => subject.rate))),
      ratio: spread(ratios),
      control: spread(controls),
      cpu: spread(rounds.map(({ subject, base, control }) => (2 * subject.cpu) / (base.cpu + control.cpu))),
      cpuControl: spread(rounds.map(({ base, control }) => control.cpu / base.cpu)),
      // No slower than bare axios is, against itself, in nine of ten rounds.
      within: median(ratios) >= quantile(controls, 0.1),
    };
  },
};

function bareAxios({ apiBaseUrl }, token) {
  const instance = axios.create({
    baseURL: apiBaseUrl,
    httpAgent: new Agent({ keepAlive: true }),
    maxRedirects: 0,
    headers: { Authorization: `Bearer ${token}` },
  });
  return { get: (path) => instance.get(path) };
}

/** GETs per second, and microseconds of processor time for one: noisy neighbours change the former far more. */
async function sliceOf(client) {
  let left = REQUESTS;
  const start = performance.now();
  const before = process.cpuUsage();
  async function work() {
    while (left > 0) {
      left -= 1;
      await client.get('account');
    }
  }
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  const { user, system } = process.cpuUsage(before);
  return { rate: (REQUESTS * 1000) / (performance.now() - start), cpu: (user + system) / REQUESTS };
}
