import { Readable } from 'node:stream';
import { brotliDecompressSync, unzipSync } from 'node:zlib';
import { AxiosHeaders, type AxiosResponse, type RawAxiosHeaders } from 'axios';
import { madeAtOnce } from '../token/index.js';
import { peekStream } from './peeked-stream.js';

type JsonObject = Readonly<Record<string, unknown>>;

/** A bank definition's rules for answers that refuse a token. */
export interface TokenRefusals {
  /** Whether an answer refuses the token. Default: every 401 does. */
  readonly rejectsToken?: (answer: {
    readonly status: number;
    readonly body: JsonObject | undefined;
  }) => boolean;
  /** The statuses for which `rejectsToken` is called, besides 401. */
  readonly rejectsTokenOn?: readonly number[];
}

/** The most bytes of a body that refuses a token; larger bodies are not read. */
const LONGEST_STATEMENT = 65_536;

/** Returns false at once for all other statuses, which never refuse a token; see `saysSo` for the rest. */
export function refusesToken(
  response: AxiosResponse,
  refusals: TokenRefusals,
  signal?: AbortSignal,
): false | Promise<boolean> {
  const { rejectsToken, rejectsTokenOn } = refusals;
  const mayRefuse =
    response.status === 401 ||
    (rejectsToken !== undefined && rejectsTokenOn?.includes(response.status) === true);
  return mayRefuse && saysSo(response, refusals, signal);
}

/**
 * Whether an answer says that another token would help (RFC 6750 §3.1): a 401 unless the definition says that it is not
 * about the token, and another status only if the definition lists it and says that it is about the token. If the scope
 * is insufficient, another token of the same scope does not help. A body that is a stream is replaced by a stream of
 * the same bytes.
 * @param signal ends the reading of such a stream
 */
async function saysSo(
  response: AxiosResponse,
  { rejectsToken }: TokenRefusals,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const { status } = response;
  if (challengesScope(response)) return false;
  // A stream is read for the definition only: a stream that does not end would keep the caller waiting.
  const body =
    rejectsToken === undefined && isStream(response.data) ? undefined : await bodyOf(response, signal);
  if (body?.error === 'insufficient_scope') return false;
  try {
    return rejectsToken === undefined || Boolean(madeAtOnce(rejectsToken({ status, body })));
  } catch {
    // The bank's answer must reach the caller although the definition throws. By default a 401 is about the token.
    return status === 401;
  }
}

function challengesScope({ headers }: AxiosResponse): boolean {
  const challenge: unknown = new AxiosHeaders(headers as RawAxiosHeaders).get('www-authenticate');
  return /\berror\s*=\s*"?insufficient_scope\b/i.test(String(challenge));
}

/** The body as a JSON object, if it is JSON that axios has not parsed yet. */
async function bodyOf(
  response: AxiosResponse,
  signal: AbortSignal | undefined,
): Promise<JsonObject | undefined> {
  const { data } = response;
  if (typeof data === 'string') return data.length > LONGEST_STATEMENT ? undefined : objectIn(data);
  const bytes = await bytesOf(response, data, signal);
  if (bytes === undefined || bytes.length > LONGEST_STATEMENT) return undefined;
  return objectIn(bytes.toString()) ?? objectIn(unpacked(bytes, response)?.toString());
}

async function bytesOf(
  response: AxiosResponse,
  data: unknown,
  signal: AbortSignal | undefined,
): Promise<Buffer | undefined> {
  if (Buffer.isBuffer(data)) return data;
  if (data instanceof ArrayBuffer) return Buffer.from(data);
  if (data instanceof Blob)
    return data.size > LONGEST_STATEMENT ? undefined : Buffer.from(await data.arrayBuffer());
  if (!isStream(data)) return undefined;
  const { whole, stream } = await peekStream(data, LONGEST_STATEMENT, signal);
  response.data = stream;
  return whole;
}

/** The bytes without the bank's compression, which `decompress: false` leaves in place. */
function unpacked(bytes: Buffer, { headers }: AxiosResponse): Buffer | undefined {
  const coding: unknown = new AxiosHeaders(headers as RawAxiosHeaders).get('content-encoding');
  const unpack = String(coding).toLowerCase() === 'br' ? brotliDecompressSync : unzipSync;
  if (coding === undefined || coding === null) return undefined;
  try {
    return unpack(bytes, { maxOutputLength: LONGEST_STATEMENT });
  } catch {
    return undefined;
  }
}

function isStream(data: unknown): data is Readable | ReadableStream {
  return data instanceof Readable || data instanceof ReadableStream;
}

function objectIn(text: string | undefined): JsonObject | undefined {
  try {
    const value: unknown = text === undefined ? undefined : JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as JsonObject)
      : undefined;
  } catch {
    return undefined;
  }
}
