import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { spread } from '../lib/statistics.js';

const CHILD = fileURLToPath(new URL('../lib/isolated.js', import.meta.url));
const ROUNDS = 3;
const METHODS = ['get', 'post'];

export default {
  title: 'Throughput in processes of their own',
  about:
    'GET and POST of JSON, 16 at a time, as × bare axios: each client in a fresh process, in turn with two processes of ' +
    `bare axios, ${ROUNDS} times. Beside bare axios in one process, a client profits from what that has warmed.`,
  columns: {
    get: 'GET, × bare axios (middle half)',
    getCpu: 'its CPU time',
    getControl: 'A/A',
    post: 'POST, × bare axios',
    postCpu: 'its CPU time',
    postControl: 'A/A',
  },
  advisory: true,
  bars: [],
  peers: ['ours', 'ours-undici'],
  /** Milliseconds; many processes, one after the other. */
  limit: 900_000,
  async measure(_peer, { openDesk, peerName, bankUrl }) {
    const figures = {};
    for (const method of METHODS) {
      const rounds = [];
      for (let round = 0; round < ROUNDS; round += 1) {
        const run = async (name) => measured(name, bankUrl, (await openDesk()).name, method);
        rounds.push({
          base: await run('bare-axios'),
          subject: await run(peerName),
          control: await run('bare-axios'),
        });
      }
      const ratios = (what) =>
        rounds.map(({ base, subject, control }) => (2 * subject[what]) / (base[what] + control[what]));
      figures[method] = spread(ratios('rate'));
      figures[`${method}Cpu`] = spread(ratios('cpu'));
      figures[`${method}Control`] = spread(rounds.map(({ base, control }) => control.rate / base.rate));
    }
    return figures;
  },
};

function measured(...args) {
  return new Promise((resolve, reject) => {
    const child = fork(CHILD, args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    child.once('message', resolve);
    child.once('exit', (code) => reject(new Error(`${args[0]} ended with ${code}`)));
  });
}
