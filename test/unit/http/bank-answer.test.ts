import { Readable } from 'node:stream';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { of } from 'rxjs';
import { type AuthorisationParts, authorisingAdapter } from '../../../src/http/authorising-adapter.js';
import {
  type Answer,
  aToken,
  ORIGIN,
  rejection,
  request,
  ScriptedTokens,
  Wire,
} from '../../support/authorised-calls.harness.js';

const REFUSED: Answer = { status: 401, data: '{"error":"invalid_token"}' };
const isRefused: AuthorisationParts['rejectsToken'] = ({ body }) => body?.code !== '001';

/** A payment, which is not sent again, answered so by a bank with this definition; what is heard of its token. */
async function heard(answer: Answer, parts: Partial<AuthorisationParts> = {}) {
  const tokens = new ScriptedTokens([aToken('first')]);
  const wire = new Wire([answer]);
  const adapter = authorisingAdapter({ tokens, origins: new Set([ORIGIN]), ...parts }, wire.adapter, {});
  const outcome = await adapter(request({ method: 'post', data: '{}' })).then(
    (response) => response,
    (error) => error.response,
  );
  return { heard: tokens.heard, data: outcome.data };
}

const accepted = ['first accepted'];
const refused = ['first refused'];

describe('a 401', () => {
  test('is about the token where the definition is silent', async () => {
    expect((await heard(REFUSED)).heard).toEqual(refused);
  });

  const BUSINESS = '{"code":"001"}';
  const bodies: [string, () => unknown, Record<string, string>?][] = [
    ['a string', () => BUSINESS],
    ['a buffer', () => Buffer.from(BUSINESS)],
    ['an ArrayBuffer', () => new Uint8Array(Buffer.from(BUSINESS)).buffer],
    ['a blob', () => new Blob([BUSINESS])],
    ['a stream of Node', () => Readable.from([Buffer.from(BUSINESS)])],
    ['a web stream', () => new Blob([BUSINESS]).stream()],
    ['a buffer packed by gzip', () => gzipSync(BUSINESS), { 'Content-Encoding': 'gzip' }],
    ['a buffer packed by deflate', () => deflateSync(BUSINESS), { 'content-encoding': 'deflate' }],
    ['a buffer packed by br', () => brotliCompressSync(BUSINESS), { 'content-encoding': 'BR' }],
    ['a string of 64 KiB', () => BUSINESS.padEnd(65_536)],
    ['a buffer of 64 KiB', () => Buffer.from(BUSINESS.padEnd(65_536))],
    ['a blob of 64 KiB', () => new Blob([BUSINESS.padEnd(65_536)])],
    [
      'a stream packed by br',
      () => Readable.from([brotliCompressSync(BUSINESS)]),
      { 'content-encoding': 'BR' },
    ],
    ['a string that fetch has unpacked', () => BUSINESS, { 'content-encoding': 'gzip' }],
  ];
  test.each(bodies)(
    'is about business where the definition reads so in %s',
    async (_what, data, headers = {}) => {
      const answer = await heard({ status: 401, data: data(), headers }, { rejectsToken: isRefused });
      expect(answer.heard).toEqual(accepted);
      const again = await heard(
        { status: 401, data: data(), headers },
        { rejectsToken: ({ body }) => body?.code === '001' },
      );
      expect(again.heard).toEqual(refused);
    },
  );

  test.each([
    ['of Node', () => Readable.from([Buffer.from('{"code":'), Buffer.from('"001"}')])],
    ['of the web', () => new Blob([BUSINESS]).stream()],
  ])('leaves the caller a stream %s byte for byte', async (_what, data) => {
    const answer = await heard({ status: 401, data: data() }, { rejectsToken: isRefused });
    const chunks: Uint8Array[] = [];
    for await (const chunk of answer.data) chunks.push(chunk);
    expect(Buffer.concat(chunks).toString()).toBe(BUSINESS);
  });

  test.each<[string, () => unknown, Record<string, string>?]>([
    ['no JSON', () => 'code 001'],
    ['an array', () => '["001"]'],
    ['a number', () => '1'],
    ['null', () => 'null'],
    ['nothing', () => undefined],
    ['an object that nothing parsed', () => ({ code: '001' })],
    ['a string over 64 KiB', () => `{"code":"001","more":"${'x'.repeat(65_536)}"}`],
    ['a buffer over 64 KiB', () => Buffer.from(`{"code":"001","more":"${'x'.repeat(65_536)}"}`)],
    ['a stream over 64 KiB', () => Readable.from([Buffer.from(`{"a":"${'x'.repeat(70_000)}"}`)])],
    [
      'more than 64 KiB when it is unpacked',
      () => gzipSync(`{"code":"001","more":"${'x'.repeat(10_000_000)}"}`),
      { 'content-encoding': 'gzip' },
    ],
    [
      'a little more than 64 KiB when it is unpacked',
      () => gzipSync(`{"code":"001","more":"${'x'.repeat(65_536)}"}`),
      { 'content-encoding': 'gzip' },
    ],
    ['not what its coding says', () => Buffer.from('001'), { 'content-encoding': 'gzip' }],
    [
      'a stream that breaks off',
      () =>
        Readable.from(
          (async function* () {
            yield Buffer.from('{"code":');
            throw new Error('cut');
          })(),
        ),
    ],
  ])('is judged without a body where the body is %s', async (_what, data, headers = {}) => {
    const bodies: unknown[] = [];
    await heard(
      { status: 401, data: data(), headers },
      { rejectsToken: ({ body }) => bodies.push(body) > 0 },
    );
    expect(bodies).toEqual([undefined]);
  });

  test('is about the token where the definition throws', async () => {
    const rejectsToken = () => {
      throw new Error('a mistake');
    };
    expect((await heard(REFUSED, { rejectsToken })).heard).toEqual(refused);
  });

  test('is about the token though the definition lists other statuses only', async () => {
    expect((await heard(REFUSED, { rejectsToken: () => true, rejectsTokenOn: [403] })).heard).toEqual(
      refused,
    );
  });
});

describe('another status', () => {
  const FORBIDDEN: Answer = { status: 403, data: '{"code":"expired"}' };
  const rejectsToken: AuthorisationParts['rejectsToken'] = ({ status, body }) =>
    status === 403 && body?.code === 'expired';

  test('is about the token where the definition lists it and agrees', async () => {
    expect((await heard(FORBIDDEN, { rejectsToken, rejectsTokenOn: [401, 403] })).heard).toEqual(refused);
    const stream = { status: 403, data: Readable.from([Buffer.from('{"code":"expired"}')]) };
    expect((await heard(stream, { rejectsToken, rejectsTokenOn: [403] })).heard).toEqual(refused);
  });

  test.each<[string, Partial<AuthorisationParts>]>([
    ['lists it and does not agree', { rejectsToken: () => false, rejectsTokenOn: [401, 403] }],
    ['agrees and does not list it', { rejectsToken: () => true }],
    ['lists others', { rejectsToken: () => true, rejectsTokenOn: [401, 419] }],
    ['lists it and has nothing to say', { rejectsTokenOn: [403] }],
    [
      'lists it and fails',
      {
        rejectsTokenOn: [403],
        rejectsToken: () => {
          throw new Error('a mistake');
        },
      },
    ],
    [
      'lists it and promises an answer',
      { rejectsTokenOn: [403], rejectsToken: (async () => Promise.reject(new Error('late'))) as never },
    ],
  ])('is not about the token where the definition %s', async (_what, parts) => {
    expect((await heard(FORBIDDEN, parts)).heard).toEqual(accepted);
  });

  test('causes a retry with another token', async () => {
    const tokens = new ScriptedTokens([aToken('first'), of(aToken('second'))]);
    const wire = new Wire([FORBIDDEN, { status: 200, data: 'ok' }]);
    const parts = { tokens, origins: new Set([ORIGIN]), rejectsToken, rejectsTokenOn: [403] };
    expect((await authorisingAdapter(parts, wire.adapter, {})(request())).data).toBe('ok');
    expect(wire.authorizations).toEqual(['Bearer first', 'Bearer second']);
    expect(tokens.heard).toEqual(['first refused', 'second accepted after a refusal']);
  });
});

describe('insufficient_scope', () => {
  test.each<[string, Answer]>([
    ['the challenge', { headers: { 'WWW-Authenticate': 'Bearer realm="a", error="insufficient_scope"' } }],
    ['the challenge without quotes', { headers: { 'www-authenticate': 'Bearer error=insufficient_scope' } }],
    [
      'the second challenge',
      { headers: { 'www-authenticate': ['Basic', 'Bearer error = "insufficient_scope"'] } },
    ],
    ['the body', { data: '{"error":"insufficient_scope"}' }],
    [
      'the body of a stream',
      {
        get data() {
          return Readable.from([Buffer.from('{"error":"insufficient_scope"}')]);
        },
      },
    ],
  ])('in %s never renews, with 401 or 403', async (_where, answer) => {
    const parts = { rejectsToken: () => true, rejectsTokenOn: [401, 403] };
    expect((await heard({ ...answer, status: 403 }, parts)).heard).toEqual(accepted);
    if (answer.headers !== undefined) {
      expect((await heard({ ...answer, status: 401 }, parts)).heard).toEqual(accepted);
      expect((await heard({ ...answer, status: 401 })).heard).toEqual(accepted);
    }
  });

  test('is not read out of a challenge with another error', async () => {
    for (const challenge of ['Bearer error="invalid_token"', 'Bearer realm="error insufficient_scope"']) {
      const answer = { ...REFUSED, headers: { 'www-authenticate': challenge } };
      expect((await heard(answer)).heard).toEqual(refused);
    }
  });
});

test('a missing answer refuses no token', async () => {
  const tokens = new ScriptedTokens([aToken('first')]);
  const wire = new Wire([new Error('ECONNRESET')]);
  await rejection(authorisingAdapter({ tokens, origins: new Set([ORIGIN]) }, wire.adapter, {})(request()));
  expect(tokens.heard).toEqual([]);
});
