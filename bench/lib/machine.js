import { readFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { importPeer, PEERS } from '../peers/index.js';

/** What the figures depend on: Node.js, the processor, and the packages' versions. */
export async function describeRun() {
  const versions = new Set();
  for (const name of PEERS) {
    for (const pack of (await importPeer(name)).packages) versions.add(`${pack} ${versionOf(pack)}`);
  }
  versions.add(`axios ${versionOf('axios')}`);
  return [
    `Node.js ${process.versions.node}, ${availableParallelism()} × ${cpus()[0].model.trim()}.`,
    '',
    `${[...versions].join(', ')}.`,
  ].join('\n');
}

function versionOf(pack) {
  return JSON.parse(readFileSync(new URL(`../node_modules/${pack}/package.json`, import.meta.url), 'utf8'))
    .version;
}
