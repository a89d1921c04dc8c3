// Jest's own test runner, quicker for mutants: Stryker names the tests that reach a mutant, but Jest would load every
// file to look for them, and would go on after the first failure, which has already killed the mutant.
import circus from 'jest-circus/runner';

/** What each file held when it was run last. */
const known = new Map();
/** The runs (one per mutant) in which a test has failed. */
const over = new WeakSet();

export default async function runCoveringTests(globalConfig, config, environment, runtime, path, ...rest) {
  const mutated = process.env.__STRYKER_ACTIVE_MUTANT__ !== undefined;
  const before = known.get(path);
  if (mutated && before !== undefined) {
    const { testNamePattern } = globalConfig;
    const pattern = testNamePattern ? new RegExp(testNamePattern, 'i') : /^/;
    const covers = before.testResults.some(({ fullName }) => pattern.test(fullName));
    if (!covers || over.has(globalConfig)) return before;
  }
  if (mutated) {
    endAtFirstFailure(environment);
    if (process.listenerCount('uncaughtException', noteStrayError) === 0) {
      process.on('uncaughtException', noteStrayError);
    }
  }
  strayErrors = 0;
  const result = await circus
    .default(globalConfig, config, environment, runtime, path, ...rest)
    .catch((error) => {
      // The file could not even be loaded.
      over.add(globalConfig);
      throw error;
    });
  if (mutated) await countStrayErrors(result);
  if (result.numFailingTests > 0) over.add(globalConfig);
  if (result.testResults.length > 0) known.set(path, withoutOutcome(result));
  return result;
}

/** What is thrown in a timer after the last test would end the process, and the mutant would not count. */
let strayErrors = 0;
const noteStrayError = () => {
  strayErrors += 1;
};

async function countStrayErrors(result) {
  await new Promise((resolve) => setTimeout(resolve, 5));
  const last = result.testResults.findLast(({ status }) => status === 'passed');
  if (strayErrors === 0 || last === undefined) return;
  last.status = 'failed';
  result.numFailingTests += 1;
  result.numPassingTests -= 1;
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
