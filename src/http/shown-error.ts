import { AxiosError, type AxiosResponse, type InternalAxiosRequestConfig } from 'axios';
import { codeOf } from '../errors/index.js';
import type { SecretSearch } from './secret-search.js';

/** The members of an error that replace the configuration and the request that were sent. */
export interface ShownRequest {
  readonly config: InternalAxiosRequestConfig;
  readonly request: unknown;
}

/** The response of an error that has one. */
export function responseOf(error: unknown): AxiosResponse | undefined {
  return (error as { response?: AxiosResponse } | null | undefined)?.response ?? undefined;
}

/**
 * Redacts an error: nothing in it leads to the token, its message, stack and other strings hold no secret, and its
 * cause keeps only a code and a message. The caller redacts its response.
 * @returns the same error if it can be changed, else another error
 */
export function shownError(error: unknown, carried: ShownRequest, search: SecretSearch): unknown {
  if (typeof error === 'string') return search.strings([error])[0];
  if (typeof error !== 'object' || error === null) return error;
  try {
    const changed = [
      ...(isOfRequest(error) ? Object.entries(carried) : []),
      ...cleanStrings(error, search),
    ].every(([name, value]) => Reflect.set(error, name, value));
    if (changed && reduceCause(error, search)) return error;
  } catch {
    // The error is of an adapter of the user, and may be anything.
  }
  return replacement(error, carried, search);
}

/** The error with a response that may be shown. */
export function withResponse(error: unknown, response: AxiosResponse): unknown {
  if (responseOf(error) === response || Reflect.set(error as object, 'response', response)) return error;
  const { message, code, config, request } = error as AxiosError;
  return new AxiosError(message, code, config, request, response);
}

function isOfRequest(error: object): boolean {
  const { config, request, response } = error as Record<string, unknown>;
  return config !== undefined || request !== undefined || response !== undefined;
}

/** The members whose strings held a secret, with the redacted strings. */
function cleanStrings(error: object, search: SecretSearch): (readonly [string | symbol, string])[] {
  const names = [...new Set(['message', 'stack', ...Reflect.ownKeys(error)])].filter(
    (name) => typeof Reflect.get(error, name) === 'string',
  );
  const values = names.map((name) => Reflect.get(error, name) as string);
  const clean = search.strings(values);
  return names
    .map((name, index) => [name, clean[index] as string] as const)
    .filter(([, value], index) => value !== values[index]);
}

/** Replaces the cause, which may be any object of Node, even a socket. */
function reduceCause(error: object, search: SecretSearch): boolean {
  const { cause } = error as { cause?: unknown };
  if (cause === undefined) return true;
  return Reflect.defineProperty(error, 'cause', {
    value: reducedCause(cause, search),
    enumerable: false,
    configurable: true,
    writable: true,
  });
}

function reducedCause(cause: unknown, search: SecretSearch): unknown {
  if (typeof cause === 'string') return search.strings([cause])[0];
  const code = codeOf(cause);
  const said = messageOf(cause);
  if (code === undefined && said === '') return undefined;
  const [message, shownCode] = search.strings([said, code ?? '']) as [string, string];
  const reduced = new Error(message);
  // The stack would name this library, which did not cause the failure.
  reduced.stack = `Error: ${message}`;
  return shownCode === '' ? reduced : Object.assign(reduced, { code: shownCode });
}

/** An error's message. If it has none but stands for several addresses of a host, the message of the first error. */
function messageOf(cause: unknown): string {
  const { message, errors } = (cause ?? {}) as { message?: unknown; errors?: unknown };
  if (typeof message === 'string' && message !== '') return message;
  return Array.isArray(errors) ? messageOf(errors[0]) : '';
}

/** The replacement of an error that cannot be changed, or not even read. */
function replacement(error: object, carried: ShownRequest, search: SecretSearch): AxiosError {
  const text = (name: string) => {
    try {
      const value: unknown = Reflect.get(error, name);
      return typeof value === 'string' ? value : '';
    } catch {
      return '';
    }
  };
  const [message, code] = search.strings([text('message'), text('code')]) as [string, string];
  const shown = new AxiosError(message, code, carried.config, carried.request);
  try {
    const response = responseOf(error);
    if (response !== undefined) Object.assign(shown, { response, status: response.status });
  } catch {
    // The response cannot be read.
  }
  return shown;
}
