import { AsyncLocalStorage } from 'node:async_hooks';
import { TestEnvironment } from 'jest-environment-node';

const methods = AsyncLocalStorage.prototype;
const { run, enterWith } = methods;

/**
 * The environment of Node.js without what a test file would leave to the next. On Node.js below 24 each promise of a process
 * carries a value for each `AsyncLocalStorage` in use, and Jest uses a new one for each test file: the fiftieth file of a
 * worker paid for the forty-nine before it.
 */
export default class LeavingEnvironment extends TestEnvironment {
  #used = new Set();

  async setup() {
    await super.setup();
    // Jest's hundred lines of stack are taken by each `expect` and each error of a test, and nearly nobody reads one of them.
    this.global.Error.stackTraceLimit = 20;
    const used = this.#used;
    for (const [name, method] of Object.entries({ run, enterWith })) {
      methods[name] = function (...given) {
        used.add(this);
        return method.apply(this, given);
      };
    }
  }

  async teardown() {
    Object.assign(methods, { run, enterWith });
    for (const storage of this.#used) storage.disable();
    this.#used.clear();
    await super.teardown();
  }
}
