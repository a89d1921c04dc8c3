// Stryker's runner for Jest, except that a mutant is tried in the worlds of test files that were loaded before it.
import { declareFactoryPlugin, PluginKind } from '@stryker-mutator/api/plugin';
import { strykerPlugins as jestPlugins } from '@stryker-mutator/jest-runner';
import { isOfMutated } from './likeliest-first.sequencer.mjs';
import { worlds } from './worlds.mjs';

const [{ factory: jestRunner }] = jestPlugins;

keptWorlds.inject = jestRunner.inject;
function keptWorlds(...injected) {
  return new KeptWorlds(jestRunner(...injected));
}

class KeptWorlds {
  #jest;
  constructor(jest) {
    this.#jest = jest;
  }

  capabilities() {
    return this.#jest.capabilities();
  }

  init() {
    return this.#jest.init();
  }

  dryRun(options) {
    return this.#jest.dryRun(options);
  }

  async mutantRun(options) {
    const { activeMutant, testFilter, hitLimit, reloadEnvironment, sandboxFileName } = options;
    process.env.MUTATED_FILE = sandboxFileName;
    // Active while modules load.
    if (reloadEnvironment || testFilter === undefined) return this.#jest.mutantRun(options);
    if (worlds.size === 0) await this.#load();
    const likeliestFirst = [...worlds.values()]
      .filter((world) => world.testsOf(testFilter).length > 0)
      .sort(
        (a, b) =>
          Number(isOfMutated(b.path, sandboxFileName)) - Number(isOfMutated(a.path, sandboxFileName)) ||
          a.costOf(testFilter) - b.costOf(testFilter),
      );
    for (const world of likeliestFirst) {
      const result = await this.#tried(world, testFilter, activeMutant.id, hitLimit);
      if (result !== undefined) return result;
    }
    return { status: 'survived', nrOfTests: testFilter.length };
  }

  /** What one file makes of a mutant; undefined if it does not notice it. */
  async #tried(world, testFilter, mutant, hitLimit) {
    const tests = world.testsOf(testFilter);
    const isFresh = world.runs === 0;
    const { failure, stray, endless } = await world.run(tests, mutant, hitLimit);
    if (!failure && !stray && !endless) return undefined;
    const killed = endless
      ? { status: 'timeout', reason: 'hit limit' }
      : {
          status: 'killed',
          killedBy: [failure?.id ?? tests[0]],
          failureMessage: failure?.message ?? 'stray error',
          nrOfTests: tests.length,
        };
    if (isFresh) return killed;
    // A mutant before this one may have left the world in disorder: then this test fails without a mutant, too.
    const again = failure && (await world.run([failure.id], undefined, undefined));
    if (again && !again.failure && !again.stray) return killed;
    await world.end();
    await this.#load(world.path);
    const fresh = worlds.get(world.path);
    return fresh === undefined ? killed : this.#tried(fresh, testFilter, mutant, hitLimit);
  }

  /** Loads the world of a file, or of all, and runs no test in it. */
  async #load(path) {
    const jestConfig = this.#jest.configForMutantRun(
      undefined,
      Number.MAX_SAFE_INTEGER,
      this.#jest.jestWrapper,
    );
    await this.#jest.run({
      jestConfig,
      testFiles: path && [path],
      testNamePattern: 'no test is called like this',
    });
  }

  dispose() {
    return this.#jest.dispose?.();
  }
}

export const strykerPlugins = [declareFactoryPlugin(PluginKind.TestRunner, 'kept-worlds', keptWorlds)];
