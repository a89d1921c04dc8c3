import { AxiosError, type AxiosResponse, type InternalAxiosRequestConfig } from 'axios';
import { codeOf } from '../errors/index.js';
import type { SecretSearch } from './secret-search.js';

/** What stands in an error in place of what was sent. */
export interface ShownRequest {
  readonly config: InternalAxiosRequestConfig;
  readonly request: unknown;
}

/** The response of an error that has one. */
export function responseOf(error: unknown): AxiosResponse | undefined {
  return (error as { response?: AxiosResponse } | null | undefined)?.response ?? undefined;
}

/**
 * Makes an error such that it may be shown: it carries nothing that leads to the token, no secret stands in its message,
 * its stack and its other strings, and of its cause a code and a message are left. Its response is left to others.
 * @returns the same error where it can be changed, else another
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
    // It is of an adapter of the user's, and may be anything.
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

/** Strings that hold a secret, by their names, without it. */
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

/** The cause may be any object of Node's, down to the socket. */
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
  // Nothing of ours has caused it.
  reduced.stack = `Error: ${message}`;
  return shownCode === '' ? reduced : Object.assign(reduced, { code: shownCode });
}

/** Of an error that stands for several, as where each address of a host was tried, that of the first. */
function messageOf(cause: unknown): string {
  const { message, errors } = (cause ?? {}) as { message?: unknown; errors?: unknown };
  if (typeof message === 'string' && message !== '') return message;
  return Array.isArray(errors) ? messageOf(errors[0]) : '';
}

/** For an error that cannot be changed, or not even looked at. */
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
    // There is none that can be shown.
  }
  return shown;
}
