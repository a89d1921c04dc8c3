// Measures one client in a process of its own, without other code that would warm or slow it:
// `node isolated.js <transport> <bank url> <desk>` sends the figures of each method.
import './ends-with-parent.js';
import { importTransport } from '../transports/index.js';
import { Desk } from './desk.js';
import { byEffort } from './effort.js';
import { loadFor, ORDER } from './load.js';
import { median } from './statistics.js';

/**
 * Milliseconds for each method. A service runs for days: only the code that V8 has optimised counts, and V8 goes on
 * with that for two seconds.
 */
const WARM_UP = byEffort({ quick: 300, usual: 1500 });
const SLICE = byEffort({ quick: 100, usual: 200 });
const SLICES = 5;

const [name, bankUrl, deskName] = process.argv.slice(2);
const desk = new Desk(bankUrl, deskName);
const transport = await importTransport(name);
const client = await transport.create(desk.account, await desk.obtainToken());
const METHODS = { get: () => client.get('account'), post: () => client.post('orders', ORDER) };

for (const call of Object.values(METHODS)) await loadFor(WARM_UP, call);
const figures = {};
for (const [method, call] of Object.entries(METHODS)) {
  const slices = [];
  for (let count = 0; count < SLICES; count += 1) slices.push(await loadFor(SLICE, call));
  figures[method] = Object.fromEntries(
    Object.keys(slices[0]).map((what) => [what, median(slices.map((each) => each[what]))]),
  );
}
process.send(figures, () => process.exit());
