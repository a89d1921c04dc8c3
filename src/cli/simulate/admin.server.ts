import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { isIP } from 'node:net';
import type { SimulatedBank, SimulatedCredentials } from '../../testing/index.js';
import { BANK_ACTIONS, type BankAction, bodyShape, type Input, type Later, perform } from './bank-actions.js';
import { mismatch } from './json-shape.js';
import { openApiDocument } from './openapi.js';
import { shownBank, shownRequest } from './shown-bank.js';
import {
  BODY_NO_JSON,
  BODY_TOO_LARGE,
  FOREIGN_HOST,
  FOREIGN_ORIGIN,
  JSON_ONLY,
  NO_SUCH_PATH,
  noSuchMethod,
} from './simulate.messages.js';

const LARGEST_BODY = 65_536;

export interface AdminOptions {
  readonly banks: readonly SimulatedBank[];
  /** The credentials that a person has chosen, which are not shown. */
  readonly chosen: Readonly<Record<string, Partial<SimulatedCredentials>>>;
  /** The address that it listens on. */
  readonly host: string;
  /** Runs something later. */
  readonly later: Later;
  /** The certificate that the banks' clients must trust, as PEM, if the banks use HTTPS. */
  readonly ca?: string | undefined;
}

interface Answer {
  readonly status: number;
  /** An object is sent as JSON, a string as PEM. */
  readonly body: object | string;
  readonly allow?: string;
}

const refused = (status: number, error: string): Answer => ({ status, body: { error } });
const done = (body: object | string): Answer => ({ status: 200, body });

/** Makes simulated banks misbehave, for a test in any language. It has no login, so it stays on its machine. */
export function adminServer(options: AdminOptions): Server {
  return createServer((request, response) => {
    answerTo(request, options)
      .catch(() => refused(500, 'error'))
      .then((answer) => send(response, answer));
  });
}

function send(response: ServerResponse, { status, body, allow }: Answer): void {
  // No page of another site may read the answer, and no browser may guess its type.
  response.writeHead(status, {
    'content-type': typeof body === 'string' ? 'application/x-pem-file' : 'application/json',
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
    ...(allow !== undefined && { allow }),
  });
  response.end(typeof body === 'string' ? body : `${JSON.stringify(body, null, 2)}\n`);
}

async function answerTo(request: IncomingMessage, options: AdminOptions): Promise<Answer> {
  const foreign = foreignness(request, options.host);
  if (foreign !== undefined) return refused(403, foreign);
  const path = (request.url ?? '').split('?', 1)[0] ?? '';
  const [, first = '', id, what, ...more] = path.split('/');
  const bank = options.banks.find((one) => one.id === id);
  const gets: Readonly<Record<string, () => object | string>> = {
    '/isalive': () => ({ status: 'alive' }),
    '/openapi.json': () =>
      openApiDocument(
        options.banks.map((one) => one.id),
        options.ca !== undefined,
      ),
    ...(options.ca !== undefined && { '/ca.pem': () => options.ca as string }),
    '/banks': () => options.banks.map((one) => shown(one, options)),
    ...(bank && {
      [`/banks/${bank.id}`]: () => shown(bank, options),
      [`/banks/${bank.id}/requests`]: () => bank.requests.map(shownRequest),
      [`/banks/${bank.id}/callbacks`]: () =>
        bank.callbacks.map(({ url, attempt, status }) => ({ url, attempt, status })),
    }),
    ...(bank?.callbackPublicKey !== undefined && {
      [`/banks/${bank.id}/callback-key.pem`]: () => bank.callbackPublicKey as string,
    }),
  };
  const get = Object.hasOwn(gets, path) ? gets[path] : undefined;
  if (get) return request.method === 'GET' ? done(get()) : wrongMethod('GET');
  const isAction = first === 'banks' && bank && more.length === 0 && Object.hasOwn(BANK_ACTIONS, what ?? '');
  const action = isAction ? BANK_ACTIONS[what ?? ''] : undefined;
  if (!bank || !action) return refused(404, NO_SUCH_PATH);
  return request.method === 'POST' ? act(request, bank, action, options) : wrongMethod('POST');
}

const shown = (bank: SimulatedBank, { chosen }: AdminOptions) => shownBank(bank, chosen[bank.id] ?? {});
const wrongMethod = (allow: string): Answer => ({ ...refused(405, noSuchMethod(allow)), allow });

async function act(
  request: IncomingMessage,
  bank: SimulatedBank,
  action: BankAction,
  { later }: AdminOptions,
): Promise<Answer> {
  // A page of another site may send a form without a CORS preflight, but not this type.
  const type = (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase();
  if (type !== 'application/json') return refused(415, JSON_ONLY);
  const text = await bodyOf(request);
  if (text === undefined) return refused(413, BODY_TOO_LARGE);
  let input: Input;
  try {
    input = JSON.parse(text) as Input;
  } catch {
    return refused(400, BODY_NO_JSON);
  }
  const wrong = mismatch(input, bodyShape(action), 'body');
  if (wrong !== undefined) return refused(400, wrong);
  const { for: duration, ...others } = input;
  return done(perform(bank, action, others, { duration, later }) ?? {});
}

async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    // The rest is read and dropped, so that the client sees the answer.
    if (size <= LARGEST_BODY) chunks.push(chunk);
    if (size > 100 * LARGEST_BODY) break;
  }
  return size > LARGEST_BODY ? undefined : Buffer.concat(chunks).toString('utf8');
}

/** A page of another site uses a host name of its own (DNS rebinding), or its `Origin` shows where it is from. */
function foreignness({ headers, rawHeaders }: IncomingMessage, listens: string): string | undefined {
  const hosts = rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host');
  const name = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9.-]+))(?::\d{1,5})?$/i.exec(headers.host ?? '');
  const host = (name?.[1] ?? name?.[2] ?? '').toLowerCase();
  if (hosts.length !== 1 || !isOurs(host, listens)) return FOREIGN_HOST;
  const { origin } = headers;
  return origin === undefined || origin === `http://${headers.host}` ? undefined : FOREIGN_ORIGIN;
}

function isOurs(host: string, listens: string): boolean {
  if (host === 'localhost' || host === listens.toLowerCase()) return true;
  if (isLoopback(listens)) return isLoopback(host);
  // On other addresses: an IP address, or the name of a service in a container network. A site's name has a dot.
  return isIP(host) !== 0 || (host !== '' && !host.includes('.'));
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}
