// One package, one work, one process: nobody's timers, patches or garbage reach anybody else.
import { importPeer } from '../peers/index.js';
import { importWork } from '../works/index.js';
import { Desk } from './desk.js';

const [workName, peerName, bankUrl] = process.argv.slice(2);
const notes = [];
// In an application this would have ended the process. Here it is a finding, and the measurement goes on.
process.on('unhandledRejection', () => notes.push('an unhandled rejection'));
process.on('uncaughtException', () => notes.push('an uncaught exception'));

let desks = 0;
const context = {
  peerName,
  bankUrl,
  /** A fresh account, whose bank behaves in the given way. */
  async openDesk(behaviour = {}) {
    const desk = new Desk(bankUrl, `${workName}-${peerName}-${++desks}`);
    await desk.set(behaviour);
    return desk;
  },
};

try {
  const work = await importWork(workName);
  work.prepare?.();
  const peer = await importPeer(peerName);
  const figures = await work.measure(peer, context);
  process.send({ figures, notes }, () => process.exit());
} catch (error) {
  process.send({ failure: error?.stack ?? String(error), notes }, () => process.exit(1));
}
