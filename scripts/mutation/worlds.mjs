// Jest makes a world of its own for each test file: a realm, with all modules loaded in it. Loading takes most of a
// mutant's time. Stryker has all mutants in the code at once, and a global variable names the active one: so a world
// that was loaded without a mutant serves for each mutant that is not active while modules load.

import { Console } from 'node:console';
import { createRequire } from 'node:module';
import { Writable } from 'node:stream';

const KEY = Symbol.for('nestjs-bank-auth: worlds of test files');
/** Worlds and durations by the path of the test file. Jest's runner and Stryker's are two modules of one process. */
globalThis[KEY] ??= { worlds: new Map(), durations: new Map() };
export const { worlds } = globalThis[KEY];
/** The last duration of each test of each file, in milliseconds. */
export const { durations } = globalThis[KEY];

/** The time limit of a test that is quick without a mutant, in milliseconds. */
const PATIENCE = 4_000;
const SILENCE = new Console(new Writable({ write: (_chunk, _encoding, done) => done() }));
const initialiser = createRequire(import.meta.url)
  .resolve('jest-circus/runner')
  .replace(/runner\.js$/, 'jestAdapterInit.js');

let strayErrors = 0;

/** The world of one test file, in which its tests can be run again. */
export class World {
  #environment;
  #framework;
  #run;
  #end;
  #modes = new Map();
  #failed = false;
  /** The number of runs of its tests. */
  runs = 0;
  /** Whether its last run has reached the code of its mutant. */
  reached = false;

  constructor(globalConfig, config, environment, runtime, path) {
    this.path = path;
    this.#environment = environment;
    const { teardown } = environment;
    const forget = runtime.teardown;
    this.#end = async () => {
      forget.call(runtime);
      await teardown.call(environment);
    };
    runtime.teardown = () => undefined;
    environment.teardown = async () => undefined;
    this.#framework = runtime.requireInternalModule(initialiser);
    this.#run = () =>
      this.#framework.runAndTransformResultsToJestFormat({
        config,
        globalConfig,
        setupAfterEnvPerfStats: {},
        testPath: path,
      });
    const handle = environment.handleTestEvent;
    environment.handleTestEvent = async (event, state) => {
      await handle?.call(environment, event, state);
      if (event.name === 'test_fn_failure' || event.name === 'hook_failure') this.#failed = true;
      if (event.name === 'test_start' && this.#failed && this.runs > 0) event.test.mode = 'skip';
    };
  }

  get #state() {
    const { global } = this.#environment;
    return global[
      Object.getOwnPropertySymbols(global).find(({ description }) => description === 'JEST_STATE_SYMBOL')
    ];
  }

  get #stryker() {
    const { global } = this.#environment;
    return global[global.__strykerGlobalNamespace__ ?? '__stryker__'];
  }

  noteDurations(results) {
    const known = durations.get(this.path) ?? new Map();
    durations.set(this.path, known);
    for (const { fullName, duration } of results) known.set(fullName, duration ?? known.get(fullName) ?? 0);
  }

  /** Runs some of the tests, up to the first failure, with a mutant or without. */
  async run(ids, mutant, hitLimit) {
    const state = this.#state;
    const stryker = this.#stryker;
    const wanted = new Set(ids);
    this.runs += 1;
    this.#failed = false;
    this.#environment.global.console = SILENCE;
    Object.assign(state, {
      hasStarted: false,
      unhandledErrors: [],
      currentlyRunningTest: null,
      testTimeout: Math.max(
        PATIENCE,
        3 * Math.max(...ids.map((id) => durations.get(this.path)?.get(id) ?? 0)),
      ),
      testNamePattern: { test: (id) => wanted.has(id) },
    });
    for (const test of testsIn(state.rootDescribeBlock)) this.#reset(test);
    Object.assign(stryker, {
      activeMutant: mutant,
      hitLimit,
      hitCount: hitLimit === undefined ? undefined : 0,
    });
    const before = watchStrayErrors();
    try {
      const { testResults, testExecError } = await this.#run();
      await new Promise((resolve) => setTimeout(resolve, 1));
      const failure = testResults.find(({ status }) => status === 'failed');
      if (failure === undefined && mutant === undefined)
        this.noteDurations(testResults.filter(({ status }) => status === 'passed'));
      return {
        failure: failure && { id: failure.fullName, message: failure.failureMessages.join('\n') },
        stray: strayErrors > before || testExecError !== undefined,
        endless: hitLimit !== undefined && stryker.hitCount > hitLimit,
      };
    } finally {
      this.reached = hitLimit === undefined || stryker.hitCount > 0;
      Object.assign(stryker, { activeMutant: undefined, hitLimit: undefined, hitCount: undefined });
    }
  }

  #reset(test) {
    if (!this.#modes.has(test)) this.#modes.set(test, test.mode);
    Object.assign(test, {
      mode: this.#modes.get(test),
      duration: null,
      errors: [],
      invocations: 0,
      numPassingAsserts: 0,
      retryReasons: [],
      seenDone: false,
      startedAt: null,
      status: null,
    });
    test.unhandledRejectionErrorByPromise?.clear();
  }

  async end() {
    worlds.delete(this.path);
    await this.#end();
  }
}

function testsIn(block) {
  return block.children.flatMap((child) => (child.type === 'describeBlock' ? testsIn(child) : [child]));
}

const note = () => {
  strayErrors += 1;
};

/** Counts uncaught errors and unhandled rejections after the last test, which would end the process. */
export function watchStrayErrors() {
  for (const event of ['uncaughtException', 'unhandledRejection']) {
    if (!process.listeners(event).includes(note)) process.on(event, note);
  }
  return strayErrors;
}

watchStrayErrors();

export const countStrayErrors = () => strayErrors;
