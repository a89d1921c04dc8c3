// Measures one work, or one package of it, in a process of its own: timers, patches and garbage reach no other.
import './ends-with-parent.js';
import { importPeer } from '../peers/index.js';
import { importWork } from '../works/index.js';
import { Desk } from './desk.js';

const [workName, bankUrl, peerName, only] = process.argv.slice(2);
const notes = [];
// In an application this would have ended the process. Here it is a finding, and the measurement goes on.
process.on('unhandledRejection', () => notes.push('an unhandled rejection'));
process.on('uncaughtException', () => notes.push('an uncaught exception'));

let desks = 0;
const context = {
  bankUrl,
  /** The chosen rows; undefined for all. */
  only: only === '' ? undefined : only.split(','),
  /** A fresh account at a bank with the given behaviour. */
  async openDesk(behaviour = {}) {
    const desk = new Desk(bankUrl, `${workName}-${peerName || 'all'}-${++desks}`);
    await desk.set(behaviour);
    return desk;
  },
};

try {
  const work = await importWork(workName);
  work.prepare?.();
  const result = work.together
    ? await work.measure(context)
    : { figures: await work.measure(await importPeer(peerName), context) };
  process.send({ ...result, notes }, () => process.exit());
} catch (error) {
  process.send({ failure: error?.stack ?? String(error), notes }, () => process.exit(1));
}
