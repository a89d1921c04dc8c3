import type { ServerResponse } from 'node:http';
import { pipeline, Readable } from 'node:stream';

const CHUNK = 64 * 1024;
const HEAD = '{"access_token":"oversized","token_type":"Bearer","expires_in":3600,"padding":"';
const TAIL = '"}';

function* oversizedBody(bytes: number): Generator<Buffer> {
  const padding = bytes - HEAD.length - TAIL.length;
  if (padding < 0) {
    yield Buffer.from((HEAD + TAIL).slice(0, bytes));
    return;
  }
  yield Buffer.from(HEAD);
  const chunk = Buffer.alloc(Math.min(CHUNK, padding), 'x');
  for (let left = padding; left > 0; left -= chunk.length) {
    yield left < chunk.length ? chunk.subarray(0, left) : chunk;
  }
  yield Buffer.from(TAIL);
}

/** Sends no length, so that the client has to count, and stops when the client does. */
export function writeOversized(response: ServerResponse, bytes: number): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  pipeline(
    Readable.from(oversizedBody(bytes), { objectMode: false, highWaterMark: CHUNK }),
    response,
    () => {},
  );
}
