// Shows on real processes, with a real Redis and a bank over HTTP, what replicas that share tokens promise.
// Every figure is printed with its bound; one that is missed makes the run fail.
//   node prove/replicas.mjs              all of it, about two minutes
//   node prove/replicas.mjs --only=cold-callers,fresh-token
//   node prove/replicas.mjs --memory     without sharing, to see that the checks can fail
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';

const CHECKS = ['cold-callers', 'short-tokens', 'killed-holder', 'killed-redis', 'fresh-token'];
const OPTIONS = {
  only: { type: 'string', default: CHECKS.join(',') },
  memory: { type: 'boolean', default: false },
};

let settings;
try {
  const { only, memory } = parseArgs({ options: OPTIONS }).values;
  const names = only.split(',');
  const unknown = names.filter((name) => !CHECKS.includes(name));
  if (unknown.length > 0)
    throw new Error(`There is no ${unknown.join(', ')}. There are: ${CHECKS.join(', ')}.`);
  settings = { names, memory };
} catch (error) {
  console.error(error.message);
  process.exit(2);
}

if (!existsSync(new URL('../dist/esm/redis/index.js', import.meta.url))) {
  console.error('Build the library first: npm run build');
  process.exit(2);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(1));

const { run } = await import('./run.mjs');
const missed = await run(settings).catch((error) => {
  // A program that is missing is put right by what the message says.
  console.log(error?.code === 'ENOENT' ? error.message : (error?.stack ?? error));
  return Number.NaN;
});
console.log(missed === 0 ? 'prove: ok' : `prove: FAILED${missed > 0 ? `, bounds missed: ${missed}` : ''}`);
process.exit(missed === 0 ? 0 : 1);
