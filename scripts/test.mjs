// Runs Jest with the options that ES modules need (Nest 12 is ESM-only); arguments are passed on to Jest. `--quick`
// shortens the random searches.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const jest = fileURLToPath(new URL('../node_modules/jest/bin/jest.js', import.meta.url));
const NODE_OPTIONS = ['--experimental-vm-modules', '--no-warnings=ExperimentalWarning', '--expose-gc'];
// Jest loads the modules anew for each test file, and most code runs for less than a second. V8 then spends a sixth of the
// processor time on optimizing functions that are soon gone. With the budget, a function has to run seven times as long
// before. Newer versions of V8 have another rule, and do not know the option.
if (Number.parseInt(process.versions.v8, 10) < 12) NODE_OPTIONS.push('--interrupt-budget=1000000');

const given = process.argv.slice(2).filter((argument) => argument !== '--quick');
if (process.argv.includes('--quick')) process.env.QUICK_TESTS = '1';
const cwd = fileURLToPath(new URL('..', import.meta.url));
const { status } = spawnSync(process.execPath, [...NODE_OPTIONS, jest, ...given], { stdio: 'inherit', cwd });
process.exitCode = status ?? 1;
