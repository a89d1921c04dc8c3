// Stryker's runner for Jest, except that it tries a mutant in the worlds of test files that are already loaded.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { declareFactoryPlugin, PluginKind } from '@stryker-mutator/api/plugin';
import { strykerPlugins as jestPlugins } from '@stryker-mutator/jest-runner';
import { isInSample, NOT_IN_SAMPLE } from './sample.mjs';
import { durations, worlds } from './worlds.mjs';

const [{ factory: jestRunner }] = jestPlugins;
/** Milliseconds of tests for each mutant, besides the tests that are named after its file; the likeliest come first. */
const MOST = Number(process.env.MUTATION_SECONDS ?? Number.POSITIVE_INFINITY) * 1_000;
/** A test that takes longer judges no mutant: each survivor would wait for it. In milliseconds. */
const SLOW = MOST / 8;
/** The same for a test that is named after the mutant's file. */
const SLOW_AT_HOME = MOST / 4;
/** The limit of hits of a mutant's code, as a multiple of all tests' hits of it, and the lowest such limit. */
const ENDLESS = 2;
const SURELY_NOT_ENDLESS = 100_000;
/** The number of loaded test files, the likeliest first, that try a mutant which is active while modules load. */
const AS_LOADED = 3;
/** The number of test files that are loaded anew for it, which takes seconds. */
const LOADED_ANEW = 5;
/** A file in Stryker's working folder. */
const DURATIONS = 'durations-of-tests.json';

keptWorlds.inject = jestRunner.inject;
function keptWorlds(...injected) {
  return new KeptWorlds(jestRunner(...injected));
}

class KeptWorlds {
  #jest;
  /** How often each test file has noticed a mutant, by the mutated file. */
  #kills = new Map();
  /** The costs of each test file besides its tests, if they can run only once, in milliseconds. */
  #surcharges = new Map();

  constructor(jest) {
    this.#jest = jest;
  }

  capabilities() {
    return this.#jest.capabilities();
  }

  async init() {
    await this.#jest.init();
    // The file of a previous process that has run out of time.
    if (!existsSync(DURATIONS)) return;
    for (const [path, known] of JSON.parse(readFileSync(DURATIONS, 'utf8')))
      durations.set(path, new Map(known));
  }

  async dryRun(options) {
    const result = await this.#jest.dryRun(options);
    writeFileSync(DURATIONS, JSON.stringify([...durations].map(([path, known]) => [path, [...known]])));
    return result;
  }

  async mutantRun(options) {
    const { activeMutant, testFilter, hitLimit, sandboxFileName } = options;
    if (!isInSample(activeMutant.id)) return { status: 'error', errorMessage: NOT_IN_SAMPLE };
    const ranked = this.#likeliestFirst(sandboxFileName, testFilter);
    // Stryker allows a hundred times as many hits, which takes minutes in a loop over bytes.
    const mostHits = hitLimit && Math.min(hitLimit, Math.max((hitLimit / 100) * ENDLESS, SURELY_NOT_ENDLESS));
    let nrOfTests = 0;
    let reached = false;
    const tried = async ({ path, tests }) => {
      nrOfTests += tests.length;
      const world = worlds.get(path) ?? (await this.#loaded(path));
      const result = await this.#tried(world, tests, activeMutant.id, mostHits);
      // A fresh module remembers nothing, and more tests reach it than in the first run.
      reached ||= worlds.get(path).reached && worlds.get(path).runs > 1;
      if (result !== undefined) this.#noteKill(sandboxFileName, path);
      return result;
    };
    // Active while modules load; but tests also call the code that runs as a test file sets itself up.
    if (testFilter === undefined) {
      for (const file of ranked.slice(0, AS_LOADED)) {
        const result = await tried(file);
        if (result !== undefined) return result;
        if (!reached) break;
      }
      return this.#reloaded(options, this.#likeliestFirst(sandboxFileName, testFilter).slice(0, LOADED_ANEW));
    }
    for (const file of ranked) {
      const result = await tried(file);
      if (result !== undefined) return result;
    }
    // A module's memory of an earlier run may keep the mutant from being reached. Then only the first test that reached
    // it is known to do so.
    for (const { path } of reached ? [] : ranked.slice(0, LOADED_ANEW)) {
      await worlds.get(path)?.end();
      const result = await tried({ path, tests: [...durations.get(path).keys()] });
      if (result !== undefined) return result;
    }
    return { status: 'survived', nrOfTests };
  }

  /** Test files named after the mutated file, then files that have killed others there, then the quickest. */
  #likeliestFirst(mutated, testFilter) {
    const wanted = testFilter && new Set(testFilter);
    let left = MOST;
    const kills = ({ path }) => this.#kills.get(mutated)?.get(path) ?? 0;
    return [...durations]
      .map(([path, known]) => {
        const isHome = isNamedAfter(path, mutated);
        const tests = [...known].filter(
          ([id, duration]) => (wanted?.has(id) ?? true) && duration <= (isHome ? SLOW_AT_HOME : SLOW),
        );
        const cost = tests.reduce((sum, [, duration]) => sum + duration, this.#surcharges.get(path) ?? 0);
        return { path, isHome, cost, tests: tests.map(([id]) => id) };
      })
      .filter(({ tests }) => tests.length > 0)
      .sort((a, b) => Number(b.isHome) - Number(a.isHome) || kills(b) - kills(a) || a.cost - b.cost)
      .filter(({ isHome, cost }) => {
        if (isHome) return true;
        if (left > 0) {
          left -= cost;
          return true;
        }
        return false;
      });
  }

  #noteKill(mutated, path) {
    const kills = this.#kills.get(mutated) ?? new Map();
    this.#kills.set(mutated, kills.set(path, (kills.get(path) ?? 0) + 1));
  }

  /** Runs a mutant as Jest does, with new modules: in the likeliest file, and if it passes there in the others. */
  async #reloaded(options, [likeliest, ...others]) {
    for (const files of [[likeliest], others]) {
      process.env.TEST_FILES = JSON.stringify(files.map(({ path }) => path));
      const testFilter = files.flatMap(({ tests }) => tests);
      const result = await this.#jest.mutantRun({ ...options, testFilter });
      if (result.status === 'survived') continue;
      const killer = files.find(({ path }) => result.killedBy?.some((id) => durations.get(path).has(id)));
      if (killer !== undefined) this.#noteKill(options.sandboxFileName, killer.path);
      return result;
    }
    return {
      status: 'survived',
      nrOfTests: [likeliest, ...others].reduce((sum, { tests }) => sum + tests.length, 0),
    };
  }

  /** The result of a mutant in one test file; undefined if the file does not notice it. */
  async #tried(world, tests, mutant, hitLimit) {
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
    // An earlier mutant may have left the world in disorder: then the failure occurs without a mutant, too.
    const again = await world.run(failure ? [failure.id] : tests, undefined, undefined);
    if (!again.failure && !again.stray) return killed;
    // The tests cause such errors themselves.
    if (!failure && !endless) return undefined;
    await world.end();
    this.#surcharges.set(world.path, (this.#surcharges.get(world.path) ?? 0) + 500);
    return this.#tried(await this.#loaded(world.path), tests, mutant, hitLimit);
  }

  /** The world of a file, loaded without running a test. */
  async #loaded(path) {
    const jestConfig = this.#jest.configForMutantRun(
      undefined,
      Number.MAX_SAFE_INTEGER,
      this.#jest.jestWrapper,
    );
    delete process.env.TEST_FILES;
    await this.#jest.run({ jestConfig, testFiles: [path], testNamePattern: 'no test is called like this' });
    return worlds.get(path);
  }

  dispose() {
    return this.#jest.dispose?.();
  }
}

function isNamedAfter(test, mutated) {
  return basename(test).startsWith(`${basename(mutated, '.ts')}.`);
}

export const strykerPlugins = [declareFactoryPlugin(PluginKind.TestRunner, 'kept-worlds', keptWorlds)];
