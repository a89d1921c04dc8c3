import type { CancelToken } from 'axios';
import type { CallEnd } from './call-deadline.js';

type Listener = (reason?: unknown) => void;

/** The members of a `CancelToken` that axios' own adapter uses. */
interface Subscribable {
  subscribe?(listener: Listener): void;
  unsubscribe?(listener: Listener): void;
}

/** Ends a request when its caller cancels or its time is over. Cheaper than an `AbortSignal`, which is slow to make. */
export class EndToken implements Subscribable {
  readonly #caller: Subscribable | undefined;
  readonly #end: CallEnd;

  /** @param caller the token of the request, if it has one */
  constructor(caller: CancelToken | undefined, end: CallEnd) {
    this.#caller = caller as Subscribable | undefined;
    this.#end = end;
  }

  /** This object as the type that axios declares; its adapter for `node:http` uses only these members. */
  get token(): CancelToken {
    return this as unknown as CancelToken;
  }

  subscribe(listener: Listener): void {
    this.#caller?.subscribe?.(listener);
    this.#end.listen(() => listener());
  }

  unsubscribe(listener: Listener): void {
    this.#caller?.unsubscribe?.(listener);
  }
}
