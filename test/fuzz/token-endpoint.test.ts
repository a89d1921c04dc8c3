import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { firstValueFrom } from 'rxjs';
import type { BankDefinition } from '../../src/banks/index.js';
import { TlsAgents } from '../../src/token/endpoint/tls-agents.js';
import { type TimedReading, TokenEndpointClient } from '../../src/token/endpoint/token-endpoint.client.js';
import { readTokenResponse } from '../../src/token/endpoint/token-response.js';
import { replayable } from '../support/replay.js';
import { VirtualClock } from '../support/virtual-clock.js';
import { banks, WALL } from './banks-under-fuzz.js';
import { PLANTED } from './planted.js';
import { type Answer, anyAnswers, knownAnswers } from './token-response.arbitrary.js';

const credentials = { clientId: 'client', clientSecret: 'secret', apiKey: 'key', version: 'v1' };
const clock = new VirtualClock(WALL);

/** What the real client makes of the answer of a server on loopback. */
function request(bank: BankDefinition, server: { address(): unknown }): Promise<TimedReading> {
  const tokenUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`;
  const client = new TokenEndpointClient(bank, { tokenUrl, environment: 'sandbox' }, {}, clock);
  return firstValueFrom(client.request(credentials, [], new TlsAgents(), 5_000));
}

const listen = (server: { listen(port: number, host: string, done: () => void): unknown }) =>
  new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

describe('over HTTP', () => {
  let answer: Answer;
  const server = createHttpServer((incoming, response) => {
    incoming.resume();
    const { status, body, retryAfter, date } = answer;
    response.sendDate = false;
    response.writeHead(status, {
      ...(retryAfter === undefined ? {} : { 'retry-after': retryAfter }),
      ...(date === undefined ? {} : { date }),
    });
    response.end(body);
  });
  beforeAll(() => listen(server));
  afterAll(() => void server.close());

  test('a token response is read as it was sent', async () => {
    const answers = fc
      .oneof(anyAnswers, knownAnswers)
      // Below 200 an answer is no final one; these two have no body; and a header cannot hold everything.
      .filter(({ status }) => status >= 200 && status !== 204 && status !== 304)
      .filter(({ retryAfter = '' }) => /^(?:[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)?$/.test(retryAfter));
    await fc.assert(
      fc.asyncProperty(answers, async (sent) => {
        answer = sent;
        // Of the clocks, which have tests of their own.
        const { sentAt, aheadMs: _aheadMs, ...reading } = await request(sent.bank, server);
        expect(sentAt).toEqual(clock.now());
        expect(reading).toEqual(readTokenResponse(sent.bank, sent, WALL));
      }),
      replayable('FUZZ', 400),
    );
  }, 120_000);
});

describe('over a connection with arbitrary bytes', () => {
  let bytes: Uint8Array;
  const server: Server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end(bytes));
  });
  beforeAll(() => listen(server));
  afterAll(() => void server.close());

  const lines = fc.constantFrom(
    'HTTP/1.1 200 OK',
    'HTTP/1.0 200',
    'HTTP/1.1 503 Down',
    'HTTP/1.1 999 ?',
    'HTTP/9.9 200 OK',
    'HTTP/1.1 100 Continue',
    'HTTP/1.1 101 Switching Protocols',
    'HTTP/1.1 204 No Content',
    'Content-Length: 5',
    'Content-Length: 99999',
    'Content-Length: -1',
    'Content-Length: 5\r\nContent-Length: 6',
    'Transfer-Encoding: chunked',
    'Content-Encoding: gzip',
    'Content-Encoding: br',
    'Content-Type: application/json; charset=utf-16',
    'Retry-After: 3',
    'Retry-After: 1, 2',
    `Location: https://${PLANTED}.example/`,
    `X-${PLANTED}: ${PLANTED}`,
    'Connection: upgrade',
    'Trailer: x',
    '',
    '{"access_token":"a","token_type":"Bearer","expires_in":60}',
    `{"access_token":"${PLANTED} ${PLANTED}"}`,
    '5\r\nhello\r\n0\r\n',
    'ffffffff',
    'x'.repeat(70_000),
  );

  test('the client comes to a result, which shows nothing of them', async () => {
    const wire = fc.oneof(
      fc.array(lines, { maxLength: 8 }).map((parts) => Buffer.from(parts.join('\r\n'))),
      fc
        .array(lines, { maxLength: 6 })
        .map((parts) => Buffer.from(`HTTP/1.1 200 OK\r\n${parts.join('\r\n')}`)),
      fc.uint8Array({ maxLength: 200 }),
    );
    await fc.assert(
      fc.asyncProperty(wire, anyAnswers, async (sent, { bank }) => {
        bytes = sent;
        const { grant, failure } = await request(bank, server);
        if (failure === undefined) expect(grant.value).toMatch(/^[\x21-\x7e]+$/);
        else expect(JSON.stringify(failure)).not.toContain(PLANTED);
      }),
      replayable('FUZZ', 200),
    );
  }, 120_000);
});

describe('with a proxy in the environment', () => {
  const heard: string[] = [];
  const proxy = createHttpServer((incoming, response) => {
    heard.push(String(incoming.url));
    response.end();
  });
  const names = ['http_proxy', 'HTTP_PROXY', 'no_proxy', 'NO_PROXY'];
  const before = names.map((name) => [name, process.env[name]] as const);
  beforeAll(async () => {
    await listen(proxy);
    const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    for (const name of names) process.env[name] = name.toLowerCase() === 'http_proxy' ? url : '';
  });
  afterAll(() => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    proxy.close();
  });

  test('credentials do not reach it without TLS, in any spelling of the URL', async () => {
    const scheme = fc.mixedCase(fc.constant('http'));
    const host = fc.constantFrom('127.0.0.1', '127.1', 'localhost', 'LOCALHOST', '0x7f.1');
    await fc.assert(
      fc.asyncProperty(scheme, host, fc.constantFrom(...banks), async (scheme, host, bank) => {
        heard.length = 0;
        // Nobody listens at port 1.
        const endpoint = { tokenUrl: `${scheme}://${host}:1/token`, environment: 'sandbox' } as const;
        const client = new TokenEndpointClient(bank, endpoint, {}, clock);
        await firstValueFrom(client.request(credentials, [], new TlsAgents(), 5_000));
        expect(heard).toEqual([]);
      }),
      replayable('FUZZ', 100),
    );
  });
});
