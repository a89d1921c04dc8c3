import { Readable } from 'node:stream';
import {
  AxiosError,
  type AxiosResponse,
  type GenericAbortSignal,
  type InternalAxiosRequestConfig,
} from 'axios';
import { LEAST_PAUSE, partOf } from '../token/index.js';
import { timedOut } from './http.messages.js';
import { own } from './own-members.js';

/** The result of a part of a call; the caller may still read the body of its response. */
interface Ended {
  readonly response?: AxiosResponse | undefined;
}

/**
 * The time that a call may take at the bank, `timeout`, for every adapter: the time-out of axios' own adapter starts
 * anew with each byte. The time covers both tries of a replayed call, to the last byte, or for a stream to the headers;
 * the wait for tokens does not count. If the time ran out during a pause of the process, a tenth of it is added.
 */
export class CallDeadline {
  readonly #config: InternalAxiosRequestConfig;
  /** Milliseconds; undefined if the caller sets no limit, or an invalid one. */
  #left: number | undefined;

  constructor(config: InternalAxiosRequestConfig) {
    this.#config = config;
    const timeout = Number.parseInt(String(own(config, 'timeout')), 10);
    this.#left = timeout > 0 ? Math.min(timeout, LONGEST_TIMER) : undefined;
  }

  get isSet(): boolean {
    return this.#left !== undefined;
  }

  /**
   * Runs a part of the call within the time that is left.
   * @param part gets a `CallEnd`; undefined if there is neither a limit nor a stream that may have to be released
   * @param late gets the result of the part after its time, when no caller waits for it any more
   * @returns the result of the part, or undefined if the time is over first
   */
  spend<T extends Ended>(
    part: (end: CallEnd | undefined) => Promise<T>,
    late: (ended: T) => void,
  ): Promise<T | undefined> {
    const left = this.#left;
    if (left === undefined && own(this.#config, 'responseType') !== 'stream') return part(undefined);
    const link = new SignalLink(own(this.#config, 'signal'));
    return new Promise((resolve, reject) => {
      const began = performance.now();
      let isOver = false;
      let timer: NodeJS.Timeout | undefined;
      const end = () => {
        isOver = true;
        clearTimeout(timer);
        if (left !== undefined) this.#left = Math.max(0, left - (performance.now() - began));
      };
      const wait = (milliseconds: number) => {
        const due = performance.now() + milliseconds;
        timer = setTimeout(() => {
          // The process was paused, and an answer may have arrived unread.
          if (performance.now() - due >= LEAST_PAUSE) return wait(partOf(milliseconds));
          end();
          link.abort();
          resolve(undefined);
        }, milliseconds);
      };
      if (left !== undefined) wait(left);
      part(link).then(
        (ended) => {
          if (isOver) return late(ended);
          end();
          resolve(link.until(ended));
        },
        (error: unknown) => {
          end();
          link.cut();
          reject(error);
        },
      );
    });
  }

  /** The error with axios' own message and code. */
  error(request: unknown): AxiosError {
    const timeout = own(this.#config, 'timeout');
    const message = own(this.#config, 'timeoutErrorMessage') || timedOut(timeout);
    const transitional = own(this.#config, 'transitional');
    const isClear = transitional !== undefined && own(transitional, 'clarifyTimeoutError');
    const code = isClear ? AxiosError.ETIMEDOUT : AxiosError.ECONNABORTED;
    return new AxiosError(message, code, this.#config, request);
  }
}

/** The longest delay of Node's timers, in milliseconds. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** Signals the end of a part of a call, by its time-out or by the caller. */
export interface CallEnd {
  /** Made at its first use. */
  readonly signal: AbortSignal;
  /** Ends the part. */
  abort(): void;
  /** Registers the one listener, without making the signal; called at once if the part has ended. */
  listen(listener: () => void): void;
}

/** A signal that the caller's own signal aborts as well. No listener stays on the caller's when the call is over. */
class SignalLink implements CallEnd {
  #controller: AbortController | undefined;
  #listener: (() => void) | undefined;
  #isAborted = false;
  #reason: unknown;
  readonly #caller: GenericAbortSignal | undefined;
  readonly #forward: (() => void) | undefined;

  constructor(caller: GenericAbortSignal | undefined) {
    this.#caller = caller;
    if (!caller) return;
    const forward = () => this.#end((caller as { reason?: unknown }).reason);
    this.#forward = forward;
    if (caller.aborted) forward();
    else caller.addEventListener?.('abort', forward);
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#isAborted) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  listen(listener: () => void): void {
    if (this.#isAborted) listener();
    else this.#listener = listener;
  }

  abort(): void {
    this.cut();
    this.#end(undefined);
  }

  #end(reason: unknown): void {
    if (this.#isAborted) return;
    this.#isAborted = true;
    this.#reason = reason;
    this.#controller?.abort(reason);
    this.#listener?.();
  }

  /** Detaches the caller's signal. */
  cut(): void {
    if (this.#forward !== undefined) this.#caller?.removeEventListener?.('abort', this.#forward);
  }

  /** Keeps the caller's signal attached as long as the bank sends a stream. */
  until<T extends Ended>(ended: T): T {
    const { response } = ended;
    const { data }: { data?: unknown } = response ?? {};
    const isOpen = this.#caller !== undefined;
    if (isOpen && data instanceof Readable && !data.destroyed) {
      data.once('close', () => this.cut());
    } else if (isOpen && response?.data instanceof ReadableStream) {
      response.data = withEnd(response.data, () => this.cut());
    } else {
      this.cut();
    }
    return ended;
  }
}

/** The same stream; calls `over` when it has ended, failed or been cancelled. */
function withEnd(stream: ReadableStream, over: () => void): ReadableStream {
  const reader = stream.getReader();
  return new ReadableStream(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read();
          if (!done) return controller.enqueue(value);
          over();
          controller.close();
        } catch (error) {
          over();
          throw error;
        }
      },
      cancel(reason) {
        over();
        return reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}
