// Runs the sample service on simulated banks whose tokens live two seconds, under load and with random faults, for a
// given time, and demands of the library:
// - no bank sees a call without a token, or with a token that is expired, foreign, or known to be refused;
// - no caller gets an answer that no fault explains, and no payment is sent twice;
// - banks get no more token requests than is promised, failing ones least of all;
// - nothing is kept: no memory, no object, no timer, no connection;
// - no secret and no warning is printed; SIGTERM ends it at once.
// With --fleet it is two replicas on one Redis instead: see fleet.mjs.
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';

const OPTIONS = {
  minutes: { type: 'string', default: '1' },
  concurrency: { type: 'string', default: '16' },
  seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 32)) },
  verbose: { type: 'boolean', default: false },
  fleet: { type: 'boolean', default: false },
};

let settings;
try {
  const { minutes, concurrency, seed, verbose, fleet } = parseArgs({ options: OPTIONS }).values;
  settings = {
    minutes: numberOf('minutes', minutes, 0.05, 10_000),
    concurrency: numberOf('concurrency', concurrency, 5, 500),
    seed: numberOf('seed', seed, 0, 2 ** 32 - 1),
    verbose,
    fleet,
  };
} catch (error) {
  console.error(error.message);
  process.exit(2);
}

const built = [
  '../dist/esm/testing/index.js',
  ...(settings.fleet ? [] : ['../sample/01-payments-api/dist/main.js']),
];
if (!built.every((file) => existsSync(new URL(file, import.meta.url)))) {
  console.error('Build the library and the sample first: npm run build && npm run build:sample');
  process.exit(2);
}

const { run } = settings.fleet ? { run: (await import('./fleet.mjs')).runFleet } : await import('./run.mjs');
const failures = await run(settings).catch((error) => {
  console.log(error?.stack ?? error);
  return [String(error?.message ?? error).split('\n', 1)[0]];
});
console.log(failures.length === 0 ? 'soak: ok' : `soak: FAILED: ${failures.join('; ')}`);
process.exit(failures.length === 0 ? 0 : 1);

function numberOf(name, text, least, most) {
  const number = Number(text);
  if (text.trim() !== '' && number >= least && number <= most) return number;
  throw new Error(`--${name} must be a number from ${least} to ${most}; got ${JSON.stringify(text)}.`);
}
