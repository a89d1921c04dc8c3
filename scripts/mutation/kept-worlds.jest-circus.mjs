// Jest's own test runner, which keeps the world of each test file that it runs without a mutant; with a mutant it stops
// at the first failure.
import circus from 'jest-circus/runner';
import { countStrayErrors, World, watchStrayErrors, worlds } from './worlds.mjs';

/** The content of each test file at its last run. */
const known = new Map();
/** The runs in which a test has failed. */
const over = new WeakSet();

export default async function runTests(globalConfig, config, environment, runtime, path, ...rest) {
  const mutated = process.env.__STRYKER_ACTIVE_MUTANT__ !== undefined;
  if (!mutated) {
    const world = new World(globalConfig, config, environment, runtime, path);
    const result = await circus.default(globalConfig, config, environment, runtime, path, ...rest);
    known.set(path, withoutOutcome(result));
    world.noteDurations(result.testResults);
    if (result.numPassingTests > 0) world.runs += 1;
    worlds.set(path, world);
    return result;
  }
  const before = known.get(path);
  if (before !== undefined && over.has(globalConfig)) return before;
  endAtFirstFailure(environment);
  const stray = watchStrayErrors();
  const result = await circus
    .default(globalConfig, config, environment, runtime, path, ...rest)
    .catch((error) => {
      // The file could not even be loaded.
      over.add(globalConfig);
      throw error;
    });
  await new Promise((resolve) => setTimeout(resolve, 5));
  const last = result.testResults.findLast(({ status }) => status === 'passed');
  if (countStrayErrors() > stray && last !== undefined) {
    last.status = 'failed';
    result.numFailingTests += 1;
    result.numPassingTests -= 1;
  }
  if (result.numFailingTests > 0) over.add(globalConfig);
  return result;
}

function endAtFirstFailure(environment) {
  const handle = environment.handleTestEvent;
  let failed = false;
  environment.handleTestEvent = async (event, state) => {
    await handle?.call(environment, event, state);
    if (event.name === 'test_fn_failure' || event.name === 'hook_failure') failed = true;
    if (event.name === 'test_start' && failed) event.test.mode = 'skip';
  };
}

function withoutOutcome(result) {
  const testResults = result.testResults.map((test) => ({ ...test, status: 'pending', failureMessages: [] }));
  return {
    ...result,
    testResults,
    numFailingTests: 0,
    numPassingTests: 0,
    numPendingTests: testResults.length,
    failureMessage: null,
    testExecError: undefined,
  };
}
