import type { InternalAxiosRequestConfig } from 'axios';
import type { NotReplayed } from './http.messages.js';
import { own } from './own-members.js';

/** The methods that may be sent twice without asking (RFC 9110 §9.2.2). */
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** The method in capitals. */
export function methodOf(config: InternalAxiosRequestConfig): string {
  return (own(config, 'method') ?? 'get').toUpperCase();
}

/** @param method the method of axios, whose default is GET */
export function isSafeMethod(method: string | undefined): boolean {
  return SAFE_METHODS.has((method ?? 'get').toUpperCase());
}

/**
 * Whether a request whose token was refused may be sent again: a payment that is sent twice may pay twice. Only safe
 * methods, requests that carry the bank's idempotency header, and requests that the caller vouches for; never a stream,
 * which can be read once.
 */
export function mayReplay(
  config: InternalAxiosRequestConfig,
  idempotencyHeader: string | undefined,
): boolean {
  if (!isRepeatable(own(config, 'data'))) return false;
  const options = own(config, 'bankAuth');
  const asked = options === undefined ? undefined : own(options, 'replay');
  if (asked !== undefined) return asked;
  if (isSafeMethod(own(config, 'method'))) return true;
  return idempotencyHeader !== undefined && Boolean(config.headers.get(idempotencyHeader));
}

/** The reason why a request is not sent again; undefined if its caller has set `replay: false`. */
export function whyNotReplayed(
  config: InternalAxiosRequestConfig,
  streams: boolean,
): NotReplayed | undefined {
  const options = own(config, 'bankAuth');
  if (options !== undefined && own(options, 'replay') === false) return undefined;
  return streams ? 'stream' : 'unsafe';
}

/** A copy of a body that the caller could change later: a replay sends the same bytes. */
export function unchanging(data: unknown): unknown {
  if (data instanceof ArrayBuffer) return data.slice(0);
  return ArrayBuffer.isView(data)
    ? Buffer.from(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    : data;
}

/** Whether a body (after axios' own transformations) has the same bytes each time it is sent. */
function isRepeatable(data: unknown): boolean {
  return (
    data === undefined ||
    data === null ||
    typeof data === 'string' ||
    data instanceof ArrayBuffer ||
    ArrayBuffer.isView(data)
  );
}
