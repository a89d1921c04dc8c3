// `node run.js [work …] [--only=peer,…] [--write]`: see README.md.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { startBank } from './lib/bank.js';
import { describeRun } from './lib/machine.js';
import { refreshOurs } from './lib/refresh-ours.js';
import { reportOf, verdictsOf } from './lib/report.js';
import { runChild } from './lib/run-child.js';
import { importPeer, PEERS } from './peers/index.js';
import { importWork, WORKS } from './works/index.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { write: { type: 'boolean', default: false }, only: { type: 'string' } },
});
const workNames = positionals.length > 0 ? positionals : WORKS;
const peerNames = values.only?.split(',') ?? PEERS;

refreshOurs();
const works = await Promise.all(workNames.map(importWork));
const peers = await Promise.all(peerNames.map(importPeer));
const introduction = await describeRun();
console.log(`${introduction}\n`);

const bank = await startBank();
const reports = [];
const missed = [];
for (const [index, work] of works.entries()) {
  const results = await measureAll(workNames[index], work);
  const report = reportOf(work, results);
  reports.push(report);
  console.log(report);
  for (const { name, failure } of results) {
    if (failure !== undefined) console.error(`${workNames[index]}, ${name}: ${failure}\n`);
  }
  if (!work.advisory) {
    missed.push(
      ...verdictsOf(work, results)
        .filter(({ met }) => !met)
        .map(({ text }) => `${workNames[index]}: ${text}`),
    );
  }
}
bank.stop();

if (values.write) {
  writeFileSync(
    new URL('RESULTS.md', import.meta.url),
    `# Results\n\n${introduction}\n\n${reports.join('\n')}`,
  );
}
if (missed.length > 0) {
  console.error(`nestjs-bank-auth misses:\n${missed.map((text) => `- ${text}`).join('\n')}`);
  process.exitCode = 1;
}

/** All packages at one work: one after the other, or a few at a time where they mostly wait. */
async function measureAll(workName, work) {
  const results = [];
  const queue = [...peers.entries()].filter(([index]) => work.peers?.includes(peerNames[index]) ?? true);
  async function next() {
    for (let entry = queue.shift(); entry !== undefined; entry = queue.shift()) {
      const [index, { name, isOurs }] = entry;
      results[index] = {
        name,
        label: name,
        isOurs,
        ...(await runChild(workName, work, peerNames[index], bank.bankUrl)),
      };
    }
  }
  await Promise.all(Array.from({ length: work.concurrency ?? 1 }, next));
  return results.filter(Boolean);
}
