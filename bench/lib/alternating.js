import { describeTransports, importTransport } from '../transports/index.js';
import { comparedFigures, comparedRows } from './compared.js';
import { byEffort } from './effort.js';
import { inTurns } from './in-turns.js';
import { loadFor, ORDER } from './load.js';
import { roundsOf } from './rounds.js';

const METHODS = ['get', 'post'];

/**
 * Measures transports in one process, in turns, by GET and by POST. The first is the base, which is measured twice.
 * @param seconds for one method, at most
 */
export async function measureAlternating(names, { openDesk, only }, seconds) {
  const [baseName, ...others] = names;
  const subjects = others.filter((name) => only?.includes(name) ?? true);
  const desk = await openDesk();
  const token = await desk.obtainToken();
  const clients = {};
  for (const [key, name] of [
    ['base', baseName],
    ['control', baseName],
    ...subjects.map((subject) => [subject, subject]),
  ]) {
    clients[key] = await (await importTransport(name)).create(desk.account, token);
  }
  const measured = {};
  for (const method of METHODS) {
    const call = (client) =>
      method === 'get' ? () => client.get('account') : () => client.post('orders', ORDER);
    const slicesOf = (milliseconds) =>
      Object.fromEntries(
        Object.entries(clients).map(([key, client]) => [key, () => loadFor(milliseconds, call(client))]),
      );
    await inTurns(slicesOf(byEffort({ quick: 100, usual: 300 })), [0, 1]);
    measured[method] = await inTurns(
      slicesOf(byEffort({ quick: 60, usual: 150 })),
      roundsOf({ quick: 4, usual: 15, full: 41 }, seconds),
    );
  }
  for (const { close } of Object.values(clients)) await close();
  const rows = comparedRows(await describeTransports([baseName, ...subjects]), (key) =>
    Object.assign({}, ...METHODS.map((method) => comparedFigures(method, measured[method], key))),
  );
  return { rows, rounds: Math.min(...METHODS.map((method) => measured[method].length)) };
}
