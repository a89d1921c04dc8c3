// Runs Jest with what ES modules need (Nest 12 is ESM-only); arguments are handed on to Jest. Without any, the behaviour
// tests run a second time, on the lowest axios that the peers allow.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const jest = fileURLToPath(new URL('../node_modules/jest/bin/jest.js', import.meta.url));
const given = process.argv.slice(2);
const runs = given.length > 0 ? [given] : [[], ['--config', 'jest.lowest-axios.config.mjs']];
for (const run of runs) {
  const { status } = spawnSync(
    process.execPath,
    ['--experimental-vm-modules', '--no-warnings=ExperimentalWarning', '--expose-gc', jest, ...run],
    { stdio: 'inherit', cwd: fileURLToPath(new URL('..', import.meta.url)) },
  );
  if (status !== 0) process.exit(status ?? 1);
}
