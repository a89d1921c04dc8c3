// Runs Jest with what ES modules need (Nest 12 is ESM-only); arguments are handed on to Jest. Without any, the behaviour
// tests run a second time, on the lowest axios that the peers allow; the last line counts the tests of both runs.
// `--quick` searches at random for less long.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { closingLines } from '../test/support/summary.reporter.mjs';

const jest = fileURLToPath(new URL('../node_modules/jest/bin/jest.js', import.meta.url));
const NODE_OPTIONS = ['--experimental-vm-modules', '--no-warnings=ExperimentalWarning', '--expose-gc'];

const given = process.argv.slice(2).filter((argument) => argument !== '--quick');
if (process.argv.includes('--quick')) process.env.QUICK_TESTS = '1';
// A test that runs this script is no part of the run that it belongs to.
const { TEST_TOTALS: _, ...own } = process.env;
process.exitCode = given.length > 0 ? run(given) : runAll();

/** @returns Jest's exit code */
function run(args, env = own) {
  const cwd = fileURLToPath(new URL('..', import.meta.url));
  return (
    spawnSync(process.execPath, [...NODE_OPTIONS, jest, ...args], { stdio: 'inherit', cwd, env }).status ?? 1
  );
}

function runAll() {
  const folder = mkdtempSync(join(tmpdir(), 'test-totals-'));
  const file = join(folder, 'totals');
  const env = { ...own, TEST_TOTALS: file };
  try {
    console.error('First of two runs: all tests.');
    const codes = [run([], env)];
    console.error('Second of two runs: the behaviour tests, on the lowest axios that the peers allow.');
    codes.push(run(['--config', 'jest.lowest-axios.config.mjs'], env));
    const runs = existsSync(file)
      ? readFileSync(file, 'utf8')
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line))
      : [];
    // A run that was killed has counted nothing.
    while (runs.length < codes.length) runs.push({ passed: 0, failed: 1, skipped: 0, leftOut: [] });
    const sum = (what) => runs.reduce((total, each) => total + each[what], 0);
    const [passed, failed, skipped] = ['passed', 'failed', 'skipped'].map(sum);
    const leftOut = [...new Set(runs.flatMap((each) => each.leftOut))];
    process.stderr.write(closingLines({ passed, failed, skipped, leftOut }));
    return codes.find((code) => code !== 0) ?? 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
