import type { IncomingMessage } from 'node:http';

/** The largest request body accepted, in bytes. */
export const BODY_LIMIT = 1024 * 1024;

/**
 * The body as text; `'too large'` beyond the limit, `'gone'` if the client left. A body beyond the limit is
 * read to its end all the same, because a client that is still sending would not see the answer.
 */
export function readBody(request: IncomingMessage): Promise<{ text: string } | 'too large' | 'gone'> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= BODY_LIMIT) chunks.push(chunk);
      else chunks.length = 0;
    });
    request.on('end', () =>
      resolve(size > BODY_LIMIT ? 'too large' : { text: Buffer.concat(chunks).toString('utf8') }),
    );
    request.on('error', () => resolve('gone'));
    request.on('close', () => resolve('gone'));
  });
}

/** Splits a request target without a URL parser, which would take `//host/path` for another origin. */
export function splitTarget(target: string): { path: string; query: URLSearchParams } {
  const mark = target.indexOf('?');
  return mark < 0
    ? { path: target, query: new URLSearchParams() }
    : { path: target.slice(0, mark), query: new URLSearchParams(target.slice(mark + 1)) };
}
