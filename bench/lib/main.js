import { importPeer, PEERS } from '../peers/index.js';
import { FETCHES, importTransport, TRANSPORTS } from '../transports/index.js';
import { GROWTH, importWork, WORKS } from '../works/index.js';
import { startBank } from './bank.js';
import { describeMachine, versionsOf } from './machine.js';
import { measureWorks } from './measure.js';
import { writePage } from './page.js';
import { refreshOurs } from './refresh-ours.js';
import { reportOf, verdictsOf } from './report.js';
import { writeResult } from './results.js';

/** The packages of a quick run: ours and one other. */
const QUICK_PEERS = ['ours', 'naive'];

/** @returns the exit code: 1 if ours misses a bar, or if a measurement failed */
export async function main({ only: list, write, quick, full, page }, positionals) {
  if (page) {
    await writePage();
    return 0;
  }
  refreshOurs();
  const versions = versionsOf(await comparedPackages());
  const only = list?.split(',');
  const names = positionals.length > 0 ? positionals : full ? [...WORKS, ...GROWTH] : WORKS;
  const works = await Promise.all(names.map(async (name) => ({ name, work: await importWork(name) })));
  for (const name of only ?? [])
    if (!TRANSPORTS.includes(name) && !FETCHES.includes(name)) await importPeer(name);
  const peerNames = PEERS.filter((name) => (only ?? (quick ? QUICK_PEERS : PEERS)).includes(name));
  console.log(`${describeMachine()}\n\n${versions.join(', ')}\n`);

  const began = performance.now();
  const bank = await startBank();
  const missed = [];
  await measureWorks(works, {
    bankUrl: bank.bankUrl,
    peerNames,
    only,
    done(name, work, result) {
      console.log(`${reportOf(work, result)}${result.seconds} s\n`);
      for (const { label, failure } of result.results) {
        if (failure === undefined) continue;
        console.error(`${name}, ${label}: ${failure}\n`);
        missed.push(`${name}: could not measure ${label}`);
      }
      if (write) writeResult(name, { ...result, versions });
      if (work.advisory) return;
      const bars = verdictsOf(work, result.results).filter(({ met }) => !met);
      missed.push(...bars.map(({ text }) => `${name}: ${text}`));
    },
  });
  bank.stop();
  if (write) await writePage();
  console.log(`${Math.round((performance.now() - began) / 1000)} s in all`);
  if (missed.length === 0) return 0;
  console.error(`nestjs-bank-auth misses:\n${missed.map((text) => `- ${text}`).join('\n')}`);
  return 1;
}

async function comparedPackages() {
  const compared = await Promise.all([
    ...PEERS.map(importPeer),
    ...[...TRANSPORTS, ...FETCHES].map(importTransport),
  ]);
  const besides = ['@nestjs/core', '@opentelemetry/api', 'ioredis', 'rxjs'];
  return [...compared.flatMap(({ packages }) => packages), ...besides];
}
