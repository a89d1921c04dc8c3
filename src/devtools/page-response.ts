import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Addressed } from './admission.js';

/** A request of Express, or of Fastify, which has the request of Node.js in `raw`. */
export interface PageRequest extends Addressed {
  readonly method: string;
  readonly url: string;
  /** The URL before routers and proxies within the application changed it. */
  readonly originalUrl?: string;
  readonly params?: Readonly<Record<string, string | undefined>>;
  readonly raw?: IncomingMessage;
}

/** A response of Express, or of Fastify. */
export type PageResponse = ServerResponse | { readonly raw: ServerResponse; hijack(): unknown };

/** The page loads only its own files; no other page may frame it, and no string in it can become code. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': POLICY,
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'x-robots-tag': 'noindex',
};

/** Answers beside the application's interceptors, which would wrap the page into another body. */
export function answer(
  request: PageRequest,
  response: PageResponse,
  { type, body }: { readonly type: string; readonly body: string },
): void {
  const raw = rawOf(response);
  raw.writeHead(200, { ...HEADERS, 'content-type': type, 'content-length': Buffer.byteLength(body) });
  raw.end(request.method === 'HEAD' ? undefined : body);
}

/** Begins a stream of events that neither a compression nor a proxy buffers. */
export function beginEvents(response: PageResponse): ServerResponse {
  const raw = rawOf(response);
  raw.writeHead(200, {
    ...HEADERS,
    'cache-control': 'no-store,no-transform',
    'content-type': 'text/event-stream;charset=utf-8',
    'x-accel-buffering': 'no',
  });
  return raw;
}

/** The path as the browser has it, without the query. */
export function pathOf({ originalUrl, url }: PageRequest): string {
  return (originalUrl ?? url).split('?', 1)[0] as string;
}

export function queryOf({ originalUrl, url }: PageRequest): URLSearchParams {
  const [, query = ''] = /\?([^#]*)/.exec(originalUrl ?? url) ?? [];
  return new URLSearchParams(query);
}

function rawOf(response: PageResponse): ServerResponse {
  const raw = 'hijack' in response ? response.raw : response;
  if ('hijack' in response) response.hijack();
  // The application may let other sites read its answers, but not these.
  for (const name of raw.getHeaderNames()) if (name.startsWith('access-control-')) raw.removeHeader(name);
  return raw;
}
