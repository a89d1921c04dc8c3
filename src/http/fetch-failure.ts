import axios from 'axios';
import { codeOf, isBankAuthError } from '../errors/index.js';
import { ABORTED, callFailed, FETCH_FAILED, NO_REASON } from './http.messages.js';

/** A call as an error may name it. */
export interface DescribedCall {
  readonly provider: string;
  /** The label of the merchant. */
  readonly merchant: string;
  readonly method: string;
  /** Origin and path. */
  readonly url: string;
}

/** As Node's own `fetch` words them; libraries recognise a failure of the network by that. */
type Words = typeof FETCH_FAILED | 'terminated';

/**
 * What a call by `fetch`, or the body of its answer, rejects with: the reason of the caller's signal, an error of this
 * package as it is, or a `TypeError`. That one's `cause` has the code and the message of what happened, and leads to
 * nothing else.
 * @param error without secrets
 */
export function fetchFailure(
  words: Words,
  error: unknown,
  signal: AbortSignal | undefined,
  described: () => DescribedCall,
): unknown {
  if (signal?.aborted && (axios.isCancel(error) || error instanceof Aborted)) return abortReason(signal);
  if (isBankAuthError(error)) return error;
  return fetchError(words, { code: codeOf(error), message: messageOf(error) }, described());
}

/** What was under way when the caller aborted. */
export class Aborted extends Error {}

/** @throws Aborted */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new Aborted();
}

/** Older implementations of signals have none. */
function abortReason({ reason }: AbortSignal): unknown {
  return reason === undefined ? new DOMException(ABORTED, 'AbortError') : reason;
}

/** A `TypeError` whose `cause` has this code and says what happened to the call. */
export function fetchError(
  words: Words,
  { code, message }: { readonly code: string | undefined; readonly message: string },
  call: DescribedCall,
): TypeError {
  const cause = new Error(callFailed({ ...call }, message));
  // Nothing of ours has caused it.
  cause.stack = `Error: ${cause.message}`;
  return new TypeError(words, { cause: code === undefined ? cause : Object.assign(cause, { code }) });
}

/** An error that stands for several, as where each address of a host was tried, has no message but a cause. */
function messageOf(error: unknown): string {
  const { message, cause } = (error ?? {}) as { message?: unknown; cause?: unknown };
  if (typeof message === 'string' && message !== '') return message;
  return cause === undefined ? (codeOf(error) ?? NO_REASON) : messageOf(cause);
}
