// Stryker's runner for Jest, except that a mutant is tried in the worlds of test files that were loaded before it.

import { basename } from 'node:path';
import { declareFactoryPlugin, PluginKind } from '@stryker-mutator/api/plugin';
import { strykerPlugins as jestPlugins } from '@stryker-mutator/jest-runner';
import { worlds } from './worlds.mjs';

const [{ factory: jestRunner }] = jestPlugins;
/** In how many test files, the likeliest first, a mutant is tried that is active while modules load: as they are. */
const AS_LOADED = 3;
/** And in how many that are loaded anew, which takes seconds. */
const LOADED_ANEW = 5;

keptWorlds.inject = jestRunner.inject;
function keptWorlds(...injected) {
  return new KeptWorlds(jestRunner(...injected));
}

class KeptWorlds {
  #jest;
  /** How often each test file has noticed a mutant, by the mutated file. */
  #kills = new Map();

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
    if (worlds.size === 0) await this.#load();
    const ranked = this.#likeliestFirst(sandboxFileName, testFilter);
    let reached = false;
    const tried = async (world, tests) => {
      const result = await this.#tried(world, tests, activeMutant.id, hitLimit);
      reached ||= world.reached;
      if (result !== undefined) this.#noteKill(sandboxFileName, world.path);
      return result;
    };
    // Active while modules load; but what is called then, as a test file sets itself up, is also called by tests.
    if (reloadEnvironment || testFilter === undefined) {
      for (const world of ranked.slice(0, AS_LOADED)) {
        const result = await tried(world, testFilter ?? world.tests);
        if (result !== undefined) return result;
        if (!reached) break;
      }
      return this.#reloaded(options, this.#likeliestFirst(sandboxFileName, testFilter).slice(0, LOADED_ANEW));
    }
    for (const world of ranked) {
      const result = await tried(world, testFilter);
      if (result !== undefined) return result;
    }
    // What a module remembers of an earlier run keeps the mutant from being reached. Then the tests that are known to
    // reach it are only the first that did.
    for (const world of reached ? [] : ranked.slice(0, LOADED_ANEW)) {
      const afresh = await this.#anew(world);
      const result = afresh && (await tried(afresh, afresh.tests));
      if (result !== undefined) return result;
    }
    return { status: 'survived', nrOfTests: testFilter.length };
  }

  /** The test files that are named after the mutated file, then those that have killed others there, then the quickest. */
  #likeliestFirst(mutated, testFilter) {
    const kills = (world) => this.#kills.get(mutated)?.get(world.path) ?? 0;
    const cost = (world) => world.costOf(testFilter ?? world.tests);
    return [...worlds.values()]
      .filter((world) => testFilter === undefined || world.testsOf(testFilter).length > 0)
      .sort(
        (a, b) =>
          Number(isNamedAfter(b.path, mutated)) - Number(isNamedAfter(a.path, mutated)) ||
          kills(b) - kills(a) ||
          cost(a) - cost(b),
      );
  }

  #noteKill(mutated, path) {
    const kills = this.#kills.get(mutated) ?? new Map();
    this.#kills.set(mutated, kills.set(path, (kills.get(path) ?? 0) + 1));
  }

  /** As Jest runs it, with modules of its own: in the likeliest file, and if that does not notice it in the others. */
  async #reloaded(options, [likeliest, ...others]) {
    for (const files of [[likeliest], others]) {
      process.env.TEST_FILES = JSON.stringify(files.map(({ path }) => path));
      const result = await this.#jest.mutantRun(options);
      if (result.status === 'survived') continue;
      const killer = files.find(({ durations }) => result.killedBy?.some((id) => durations.has(id)));
      if (killer !== undefined) this.#noteKill(options.sandboxFileName, killer.path);
      return result;
    }
    return {
      status: 'survived',
      nrOfTests: [likeliest, ...others].reduce((sum, { durations }) => sum + durations.size, 0),
    };
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
    // A mutant before this one may have left the world in disorder: then this happens without a mutant, too.
    const again = await world.run(failure ? [failure.id] : tests, undefined, undefined);
    if (!again.failure && !again.stray) return killed;
    // The tests make such errors themselves.
    if (!failure && !endless) return undefined;
    const fresh = await this.#anew(world);
    if (fresh === undefined) return killed;
    fresh.surcharge = world.surcharge + 500;
    return this.#tried(fresh, testFilter, mutant, hitLimit);
  }

  /** The world of a file, loaded once more. */
  async #anew(world) {
    await world.end();
    await this.#load(world.path);
    return worlds.get(world.path);
  }

  /** Loads the world of a file, or of all, and runs no test in it. */
  async #load(path) {
    const jestConfig = this.#jest.configForMutantRun(
      undefined,
      Number.MAX_SAFE_INTEGER,
      this.#jest.jestWrapper,
    );
    delete process.env.TEST_FILES;
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

function isNamedAfter(test, mutated) {
  return basename(test).startsWith(`${basename(mutated, '.ts')}.`);
}

export const strykerPlugins = [declareFactoryPlugin(PluginKind.TestRunner, 'kept-worlds', keptWorlds)];
