import { type Cancel, CanceledError, type CancelToken } from 'axios';

type Listener = (cancel: Cancel) => void;

/**
 * The members of a `CancelToken` that axios uses, without the promise of axios' own tokens: every request needs a
 * token, and few requests are cancelled.
 */
export class RequestCancellation {
  reason?: Cancel;
  #listeners?: Set<Listener>;

  /** This object as the type that axios declares; axios uses only these members. */
  get token(): CancelToken {
    return this as unknown as CancelToken;
  }

  cancel(): void {
    if (this.reason !== undefined) return;
    this.reason = new CanceledError();
    for (const listener of this.#listeners ?? []) listener(this.reason);
    this.#listeners = undefined;
  }

  throwIfRequested(): void {
    if (this.reason !== undefined) throw this.reason;
  }

  subscribe(listener: Listener): void {
    if (this.reason !== undefined) {
      listener(this.reason);
      return;
    }
    this.#listeners ??= new Set();
    this.#listeners.add(listener);
  }

  unsubscribe(listener: Listener): void {
    this.#listeners?.delete(listener);
  }

  /** For axios' fetch adapter. */
  toAbortSignal(): AbortSignal {
    const controller = new AbortController();
    const abort = () => controller.abort(this.reason);
    this.subscribe(abort);
    return Object.assign(controller.signal, { unsubscribe: () => this.unsubscribe(abort) });
  }
}
