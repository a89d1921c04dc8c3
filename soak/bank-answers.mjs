import { SENT_HEADER } from './clock.mjs';

const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'transfer-encoding', SENT_HEADER]);
const HTML = '<!doctype html><title>Maintenance</title><p>We will be back soon.';
/** More than the 64 KiB that the library reads. */
const OVERSIZED = JSON.stringify({
  access_token: 'oversized',
  token_type: 'Bearer',
  expires_in: 2,
  padding: 'x'.repeat(70_000),
});

/** An answer that a gateway gives in the place of the bank. */
export function answerFault(outgoing, { status, html, retryAfter }) {
  const headers = { 'content-type': html ? 'text/html' : 'application/json' };
  if (retryAfter !== undefined) headers['retry-after'] = retryAfter;
  outgoing.writeHead(status, headers).end(html ? HTML : '{"error":"temporarily_unavailable"}');
}

export function answerOversized(outgoing) {
  outgoing.writeHead(200, { 'content-type': 'application/json' }).end(OVERSIZED);
}

/** Sends half of an answer whose headers announce the whole. */
export function truncate(outgoing, { status, headers, body }) {
  outgoing.writeHead(status, headers);
  if (body.length < 2) outgoing.destroy();
  else outgoing.write(body.slice(0, body.length / 2), () => outgoing.destroy());
}

/** The end-to-end headers, without the hop-by-hop ones. */
export function endToEnd(rawHeaders) {
  const kept = [];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    if (!HOP_BY_HOP.has(rawHeaders[index].toLowerCase())) kept.push(rawHeaders[index], rawHeaders[index + 1]);
  }
  return kept;
}

/** The whole content of a message; undefined if it breaks off. */
export async function readAll(message) {
  const chunks = [];
  try {
    for await (const chunk of message) chunks.push(chunk);
    return Buffer.concat(chunks);
  } catch {
    return undefined;
  }
}
