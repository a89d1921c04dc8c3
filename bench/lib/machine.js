import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';

const GIB = 1024 ** 3;

/** The conditions of the figures, in one line: Node.js, the processors, and the other load of the machine. */
export function describeMachine() {
  const memory = Math.round(totalmem() / GIB);
  return (
    `Node.js ${process.versions.node} (V8 ${process.versions.v8.replace(/-.*/, '')}, undici ${process.versions.undici}), ` +
    `${availableParallelism()} × ${cpus()[0].model.trim()}, ${memory} GiB, ${process.platform} ${process.arch}, ` +
    `load ${loadavg()[0].toFixed(1)} at the start`
  );
}

/** The installed versions of all compared packages. */
export function versionsOf(packages) {
  return [...new Set(packages)].sort().map((pack) => `${pack} ${versionOf(pack)}`);
}

function versionOf(pack) {
  const manifest = new URL(`../node_modules/${pack}/package.json`, import.meta.url);
  return JSON.parse(readFileSync(manifest, 'utf8')).version;
}
