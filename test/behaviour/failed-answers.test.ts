import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import axios, { type AxiosResponse } from 'axios';
import { authorisingAdapter } from '../../src/http/authorising-adapter.js';
import { aToken, ScriptedTokens } from '../support/authorised-calls.harness.js';

const TOKEN = 'TOKEN.abc+def/ghi==';
const SECRETS = { token: TOKEN, 'client secret': 'client/secret+"1"', 'API key': 'api key/0123' };
const unicode = (text: string) =>
  [...text].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
const SPELLINGS = [
  (secret: string) => secret,
  (secret: string) => JSON.stringify(secret).slice(1, -1).replaceAll('/', '\\/'),
  unicode,
  (secret: string) => encodeURIComponent(secret),
  (secret: string) => new URLSearchParams({ v: secret }).toString().slice(2),
];
const ECHO = Object.values(SECRETS)
  .flatMap((secret) => SPELLINGS.map((spell) => spell(secret)))
  .map((spelt) => `<${spelt}>`)
  .join('\n');

let answer: { status: number; body: Buffer; headers?: Record<string, string>; endless?: boolean };
/** Resolves when the connection of an endless answer has ended. */
let ended: Promise<void>;
const bank = createServer((_request, response) => {
  response.writeHead(answer.status, `said ${TOKEN}`, { 'x-echo': `Bearer ${TOKEN}`, ...answer.headers });
  if (answer.endless !== true) return response.end(answer.body);
  ended = new Promise((resolve) => response.once('close', resolve));
  return response.write(answer.body);
});
beforeAll(async () => {
  await new Promise<void>((resolve) => bank.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  bank.close();
  bank.closeAllConnections();
});

type How = {
  adapter: 'http' | 'fetch';
  responseType: 'text' | 'arraybuffer' | 'stream';
  [option: string]: unknown;
};

async function call(
  status: number,
  body: string | Buffer,
  how: How,
  headers?: Record<string, string>,
  endless = false,
): Promise<AxiosResponse> {
  answer = { status, body: Buffer.from(body), headers, endless };
  const origin = `http://127.0.0.1:${(bank.address() as AddressInfo).port}`;
  const secrets = { clientSecret: SECRETS['client secret'], apiKey: SECRETS['API key'] };
  const tokens = new ScriptedTokens([aToken(TOKEN, undefined, undefined, secrets)]);
  tokens.replaces = false;
  const { adapter, ...config } = how;
  return axios
    .create({ adapter: authorisingAdapter({ tokens, origins: new Set([origin]) }, adapter, {}) })
    .get(`${origin}/orders`, config)
    .catch((error) => error.response);
}

async function bytesOf({ data }: AxiosResponse): Promise<Buffer> {
  if (data instanceof Readable || data instanceof ReadableStream) return buffer(data as Readable);
  return Buffer.from(data);
}

const ways = (['http', 'fetch'] as const).flatMap((adapter) =>
  (['text', 'arraybuffer', 'stream'] as const).map((responseType) => ({ adapter, responseType })),
);

describe.each(ways)('over $adapter, as $responseType', (how) => {
  test.each([400, 401, 403, 500, 302])(
    'an answer of %d shows no secret that the bank repeats, in any spelling',
    async (status) => {
      const response = await call(status, ECHO, how);
      expect(response.status).toBe(status);
      const text = (await bytesOf(response)).toString();
      expect(text).toBe(Array(15).fill('<[redacted]>').join('\n'));
      expect(response.statusText).toBe('said [redacted]');
      expect(response.headers['x-echo']).toBe('Bearer [redacted]');
      expect([undefined, String(text.length)]).toContain(response.headers['content-length']);
    },
  );

  test.each([
    [200, undefined],
    [201, () => false],
  ])('an answer of %d reaches the caller byte for byte', async (status, validateStatus) => {
    const body =
      how.responseType === 'text'
        ? Buffer.from(ECHO)
        : Buffer.concat([Buffer.from(ECHO), Buffer.from([0, 255, 128])]);
    const response = await call(status, body, { ...how, ...(validateStatus ? { validateStatus } : {}) });
    expect(response.status).toBe(status);
    expect(await bytesOf(response)).toEqual(body);
    expect(response.statusText).toBe(`said ${TOKEN}`);
    expect(response.headers['x-echo']).toBe(`Bearer ${TOKEN}`);
  });

  test('a failed answer of more than 256 KiB is cut there, says so, and shows no part of a secret at the cut', async () => {
    const before = 'x'.repeat(262_144 - 10);
    const text = (await bytesOf(await call(500, `${before}${TOKEN}${'y'.repeat(500_000)}`, how))).toString();
    expect(text).toBe(`${before}\n[cut: only the first 262144 bytes of a failed answer are kept]`);
    const all = 'x'.repeat(262_144);
    expect((await bytesOf(await call(500, all, how))).toString()).toBe(all);
  });
});

test.each(
  [{ status: 401 }, { status: 500 }, { status: 500, maxContentLength: 100_000 }].flatMap((row) =>
    (['http', 'fetch'] as const).map((adapter) => ({ adapter, ...row })),
  ),
)(
  'a failed stream frees its connection where the caller cancels it unread (%j)',
  async ({ status, adapter, ...limit }) => {
    const { data } = await call(status, ECHO, { adapter, responseType: 'stream', ...limit }, undefined, true);
    if (adapter === 'http') data.destroy();
    else await data.cancel();
    await ended;
  },
);

test.each(['http', 'fetch'] as const)(
  "a failed stream frees its connection at the caller's abort, read or not (%s)",
  async (adapter) => {
    for (const isRead of [false, true]) {
      const controller = new AbortController();
      const how = { adapter, responseType: 'stream', signal: controller.signal } as const;
      const response = await call(500, ECHO, how, undefined, true);
      const read = isRead ? bytesOf(response).catch((reason: unknown) => reason) : undefined;
      controller.abort();
      await ended;
      if (isRead) expect(await read).toMatchObject({ code: 'ERR_CANCELED' });
    }
  },
);

test.each([['arraybuffer'], ['stream']] as const)(
  'a failed answer as %s that stays compressed is searched too',
  async (responseType) => {
    const how = { adapter: 'http', responseType, decompress: false } as const;
    const headers = { 'content-encoding': 'gzip' };
    const leaky = await call(500, gzipSync(ECHO), how, headers);
    expect((await bytesOf(leaky)).toString()).toMatch(/^<\[redacted\]>/);
    expect(leaky.headers['content-encoding']).toBeUndefined();
    const broken = await call(500, gzipSync(ECHO).subarray(0, 60), how, headers);
    expect((await bytesOf(broken)).toString()).toMatch(/^\[redacted: the body is compressed/);
    const clean = await call(500, gzipSync('no such order'), how, headers);
    const expected = responseType === 'stream' ? Buffer.from('no such order') : gzipSync('no such order');
    expect(await bytesOf(clean)).toEqual(expected);
  },
);
