import { AxiosHeaders, type AxiosResponse } from 'axios';
import type { SecretSearch } from './secret-search.js';

type ResponseHeaders = AxiosResponse['headers'];
type Entry = readonly [name: string, value: unknown];

/**
 * Headers and status text of a failed answer, without secrets. It omits headers whose names contain a secret, and
 * headers whose values are not primitives or lists of primitives.
 */
export function shownHead(
  { statusText, headers }: AxiosResponse,
  search: SecretSearch,
): Partial<Pick<AxiosResponse, 'statusText' | 'headers'>> {
  const entries = entriesOf(headers);
  const before = [statusText, ...entries.flatMap(([name, value]) => [name, ...[value].flat()])].filter(
    isString,
  );
  const after = search.strings(before);
  let at = 0;
  const clean = (value: unknown) => (isString(value) ? after[at++] : value);
  const cleanText = clean(statusText);
  const shown = entries
    .map(([name, value]) => ({
      name,
      cleanName: clean(name),
      value: Array.isArray(value) ? value.map(clean) : clean(value),
    }))
    .filter(({ name, cleanName, value }) => cleanName === name && [value].flat().every(isShowable))
    .map(({ name, value }) => [name, value] as const);
  const isSame = shown.length === entries.length && after.every((value, index) => value === before[index]);
  return {
    ...(isString(cleanText) ? { statusText: cleanText } : {}),
    ...(isSame && !isCollection(headers) ? {} : { headers: headersLike(headers, shown) }),
  };
}

/** Whether the body is, or was, compressed: axios' http adapter removes the header when it unpacks, fetch does not. */
export function isCompressed(headers: ResponseHeaders | undefined): boolean {
  const encoding = entriesOf(headers).find(([name]) => name.toLowerCase() === 'content-encoding')?.[1];
  return encoding !== undefined && String(encoding).trim().toLowerCase() !== 'identity';
}

/** The headers of a changed body: with its length in bytes, and without a content coding. */
export function headersOfLength(headers: ResponseHeaders, length: number | 'unknown'): ResponseHeaders {
  const entries = entriesOf(headers);
  const changed = entries
    .filter(
      ([name]) =>
        !(length === 'unknown' ? /^content-(?:encoding|length)$/i : /^content-encoding$/i).test(name),
    )
    .map(([name, value]): Entry => [name, name.toLowerCase() === 'content-length' ? String(length) : value]);
  const isSame =
    changed.length === entries.length && changed.every(([, value], index) => value === entries[index]?.[1]);
  return isSame ? headers : headersLike(headers, changed);
}

/** Whether headers are a collection or a raw string, which adapters of the user may return instead of an object. */
function isCollection(headers: unknown): headers is Map<string, unknown> | Headers | string {
  return headers instanceof Map || headers instanceof Headers || isString(headers);
}

function entriesOf(headers: unknown): readonly Entry[] {
  if (isString(headers)) return Object.entries(new AxiosHeaders(headers));
  if (headers instanceof Map || headers instanceof Headers) return [...(headers as Map<string, unknown>)];
  return typeof headers === 'object' && headers !== null ? Object.entries(headers) : [];
}

/** Headers of the same class. Defined one by one: for each `set`, axios searches all of them, maybe thousands. */
function headersLike(headers: unknown, entries: readonly Entry[]): ResponseHeaders {
  const made: object =
    typeof headers === 'object' && headers !== null && !isCollection(headers)
      ? Object.create(Object.getPrototypeOf(headers))
      : new AxiosHeaders();
  for (const [name, value] of entries) {
    Object.defineProperty(made, name, { value, enumerable: true, configurable: true, writable: true });
  }
  return made as ResponseHeaders;
}

function isString(value: unknown): value is string {
  return typeof value === 'string';
}

function isShowable(value: unknown): boolean {
  return value === null || ['string', 'number', 'boolean', 'undefined'].includes(typeof value);
}
