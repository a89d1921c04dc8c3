import axios from 'axios';
import { codeOf, isBankAuthError } from '../errors/index.js';
import { ABORTED, callFailed, FETCH_FAILED, NO_REASON } from './http.messages.js';

/** The parts of a call that an error may name. */
export interface DescribedCall {
  readonly provider: string;
  /** The label of the merchant. */
  readonly merchant: string;
  readonly method: string;
  /** Origin and path. */
  readonly url: string;
}

/** The messages of Node's own `fetch`: libraries recognise a failure of the network by them. */
type Words = typeof FETCH_FAILED | 'terminated';

/**
 * The error of a call by `fetch`, or of the body of its answer: the reason of the caller's signal, an unchanged error
 * of this package, or a `TypeError`. Its `cause` has the code and the message of the failure, and no references.
 * @param error the error without secrets
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

/** Marks work that the caller has aborted. */
export class Aborted extends Error {}

/** @throws Aborted */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new Aborted();
}

/** The reason of a signal, which older implementations lack. */
function abortReason({ reason }: AbortSignal): unknown {
  return reason === undefined ? new DOMException(ABORTED, 'AbortError') : reason;
}

/** A `TypeError` whose `cause` has this code and describes the failure of the call. */
export function fetchError(
  words: Words,
  { code, message }: { readonly code: string | undefined; readonly message: string },
  call: DescribedCall,
): TypeError {
  const cause = new Error(callFailed({ ...call }, message));
  // The stack would name this library, which did not cause the failure.
  cause.stack = `Error: ${cause.message}`;
  return new TypeError(words, { cause: code === undefined ? cause : Object.assign(cause, { code }) });
}

/** An error's message. An error for several addresses of a host may lack one: then its cause's message. */
function messageOf(error: unknown): string {
  const { message, cause } = (error ?? {}) as { message?: unknown; cause?: unknown };
  if (typeof message === 'string' && message !== '') return message;
  return cause === undefined ? (codeOf(error) ?? NO_REASON) : messageOf(cause);
}
