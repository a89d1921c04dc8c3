import { relative } from 'node:path';
import { expect } from '@jest/globals';
import fc from 'fast-check';

const CI_SEED = '20261122';
/** Milliseconds, in which also what was found is made short: less than Jest gives the tests of each family. */
const LIMITS = { MODEL: 90_000, FUZZ: 15_000 };

/**
 * Parameters for `fc.assert`: random by default (but not in CI), and repeated exactly by the environment variables that
 * a failure names, `<family>_SEED`, `<family>_PATH` and, for sequences of commands, `<family>_COMMANDS`. `<family>_RUNS`
 * sets how many inputs are tried.
 */
export function replayable<T>(family: 'MODEL' | 'FUZZ', numRuns = 100): fc.Parameters<T> {
  const { seed, path, runs } = {
    // In CI the same inputs each time: what fails there has to be what was changed.
    seed: variable(family, 'SEED') ?? (process.env.CI === undefined ? undefined : CI_SEED),
    path: variable(family, 'PATH'),
    runs: variable(family, 'RUNS'),
  };
  return {
    numRuns: runs === undefined ? numRuns : Number(runs),
    ...(seed === undefined ? {} : { seed: Number(seed) }),
    ...(path === undefined ? {} : { path }),
    // Shrinking stops in time for the test to say what it has found.
    ...(runs === undefined ? { interruptAfterTimeLimit: LIMITS[family] } : {}),
    reporter: (details) => {
      if (details.failed) throw failureOf(family, details);
    },
  };
}

/** What `fc.commands` needs besides, to repeat a sequence that has been shrunk. */
export function replayedCommands(family: 'MODEL' | 'FUZZ'): { replayPath?: string } {
  const replayPath = variable(family, 'COMMANDS');
  return replayPath === undefined ? {} : { replayPath };
}

function failureOf<T>(family: string, details: fc.RunDetails<T>): Error {
  const report = fc.defaultReportMessage(details) ?? 'The property failed.';
  const { errorInstance, counterexamplePath, seed } = details as fc.RunDetails<T> & {
    errorInstance?: unknown;
  };
  const commands = /replayPath="([^"]+)"/.exec(report)?.[1];
  const { currentTestName = '', testPath = '' } = expect.getState();
  const command = [
    `${family}_SEED=${seed}`,
    ...(counterexamplePath === null ? [] : [`${family}_PATH=${counterexamplePath}`]),
    ...(commands === undefined ? [] : [`${family}_COMMANDS=${commands}`]),
    `node scripts/test.mjs ${relative('', testPath)} -t ${JSON.stringify(currentTestName)}`,
  ].join(' ');
  const reason = errorInstance instanceof Error ? errorInstance.message : String(errorInstance);
  return new Error(`To repeat this failure:\n\n  ${command}\n\n${reason}\n\n${report}`, {
    cause: errorInstance,
  });
}

function variable(family: string, name: string): string | undefined {
  const value = process.env[`${family}_${name}`];
  return value === '' ? undefined : value;
}
