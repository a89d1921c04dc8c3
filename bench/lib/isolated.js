// One client in a process of its own, without anything else that would warm or slow it:
// `node isolated.js <transport> <bank url> <desk> <method>`.
import './ends-with-parent.js';
import { importTransport } from '../transports/index.js';
import { Desk } from './desk.js';
import { byEffort } from './effort.js';
import { loadFor, ORDER } from './load.js';
import { median } from './statistics.js';

/** Milliseconds. */
const WARM_UP = byEffort({ quick: 300, usual: 800 });
const SLICE = byEffort({ quick: 100, usual: 200 });
const SLICES = 5;

const [name, bankUrl, deskName, method] = process.argv.slice(2);
const desk = new Desk(bankUrl, deskName);
const transport = await importTransport(name);
const client = await transport.create(desk.account, await desk.obtainToken());
const call = method === 'get' ? () => client.get('account') : () => client.post('orders', ORDER);

await loadFor(WARM_UP, call);
const slices = [];
for (let count = 0; count < SLICES; count += 1) slices.push(await loadFor(SLICE, call));
const figures = Object.fromEntries(
  Object.keys(slices[0]).map((what) => [what, median(slices.map((each) => each[what]))]),
);
process.send(figures, () => process.exit());
