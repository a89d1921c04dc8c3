import type { CancelToken } from 'axios';
import type { CallEnd } from './call-deadline.js';

type Listener = (reason?: unknown) => void;

/** What axios' own adapter asks of a `CancelToken`. */
interface Subscribable {
  subscribe?(listener: Listener): void;
  unsubscribe?(listener: Listener): void;
}

/** Ends a request when its caller cancels or its time is over, without an `AbortSignal`, which takes longer to make than all else here. */
export class EndToken implements Subscribable {
  readonly #caller: Subscribable | undefined;
  readonly #end: CallEnd;

  /** @param caller the token of the request, if it has one */
  constructor(caller: CancelToken | undefined, end: CallEnd) {
    this.#caller = caller as Subscribable | undefined;
    this.#end = end;
  }

  /** As the type that axios declares, of which its adapter for `node:http` uses no more than this. */
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
