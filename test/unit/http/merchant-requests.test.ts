import { Readable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import axios, { type AxiosInstance } from 'axios';
import { throwError } from 'rxjs';
import { BankAuthConfigError } from '../../../src/errors/index.js';
import { BankAuthInterceptor } from '../../../src/http/bank-auth.interceptor.js';
import {
  type Answer,
  aToken,
  ORIGIN,
  rejection,
  ScriptedTokens,
  Wire,
} from '../../support/authorised-calls.harness.js';

/** A provider with tokens of its own and of two merchants, at a bank that answers so. */
function scene(answers: readonly (Answer | Error)[] = [{}], options?: { merchant: string }) {
  const wire = new Wire(answers);
  const tokensOf = (name: string) => [1, 2, 3].map((n) => aToken(`${name}-${n}`));
  const a = new ScriptedTokens(tokensOf('a'), {}, 'label of a');
  const b = new ScriptedTokens(tokensOf('b'), {}, 'label of b');
  const own = new ScriptedTokens(tokensOf('own'), { a, b, default: b });
  const interceptor = new BankAuthInterceptor({
    tokens: own,
    origins: new Set([ORIGIN]),
    idempotencyHeader: 'Idempotency-Key',
  });
  const instance = axios.create({ baseURL: ORIGIN, adapter: wire.adapter as never });
  const detach = interceptor.attach(instance, options);
  return { wire, a, b, own, interceptor, instance, detach };
}

const ofMerchant = (merchant: string, more = {}) => ({ bankAuth: { merchant, ...more } });
/** What is said of one that cannot be a key. */
const A_KEY = /^a-bank: a merchant key (is given but (?:empty|undefined|null)|must be|has at most)/;
const empty: [string, unknown][] = [
  ['an empty string', ''],
  ['undefined', undefined],
  ['null', null],
];
const wrong: [string, unknown][] = [
  ['a number', 0],
  ['an object', {}],
  ['false', false],
  ['a string of 1025 characters', 'x'.repeat(1_025)],
];

describe('a request that names a merchant', () => {
  test('gets the token of that merchant, and another gets the provider’s own', async () => {
    const { wire, a, b, own, instance } = scene();
    await instance.get('/1', ofMerchant('a'));
    await instance.get('/2', ofMerchant('b'));
    await instance.get('/3');
    await instance.get('/4', ofMerchant('a'));
    expect(wire.authorizations).toEqual(['Bearer a-1', 'Bearer b-1', 'Bearer own-1', 'Bearer a-2']);
    expect([a.heard, b.heard, own.heard]).toEqual([
      ['a-1 accepted', 'a-2 accepted'],
      ['b-1 accepted'],
      ['own-1 accepted'],
    ]);
  });

  test('called default gets the token of that merchant, not the provider’s own', async () => {
    const { wire, own, instance } = scene();
    await instance.get('/1', ofMerchant('default'));
    expect(wire.authorizations).toEqual(['Bearer b-1']);
    expect(own.given).toBe(0);
  });

  test('is sent without naming the merchant to the bank', async () => {
    const { wire, instance } = scene();
    const { config } = await instance.post('/1', { amount: 1 }, ofMerchant('a'));
    const [sent] = wire.sent;
    expect(JSON.stringify([sent?.headers, sent?.url, sent?.data, sent?.params])).not.toMatch(
      /merchant|bankAuth/,
    );
    // The caller is shown what he said.
    expect(config.bankAuth).toEqual({ merchant: 'a' });
  });

  test('may be one of many at once', async () => {
    const { wire, instance } = scene();
    const merchants = ['a', 'b', undefined, 'b', 'a'];
    await Promise.all(
      merchants.map((merchant, n) =>
        instance.get(`/${n}`, merchant === undefined ? {} : ofMerchant(merchant)),
      ),
    );
    const got = wire.sent.map(({ url, headers }) => [
      url?.slice(1),
      `${headers.get('authorization')}`.slice(7, -2),
    ]);
    expect(Object.fromEntries(got)).toEqual({ 0: 'a', 1: 'b', 2: 'own', 3: 'b', 4: 'a' });
  });

  test.each([...empty, ...wrong])('is not sent where the key is %s', async (_what, merchant) => {
    const { wire, own, a, b, instance } = scene();
    const error = await rejection(instance.get('/1', ofMerchant(merchant as string)));
    expect(error).toMatchObject({ code: 'BANK_AUTH_CONFIG', provider: 'a-bank', requestSent: false });
    expect(error.message).toMatch(A_KEY);
    expect(wire.sent).toEqual([]);
    expect([own.given, a.given, b.given]).toEqual([0, 0, 0]);
  });

  test.each(empty)(
    'is refused with the advice to leave the key out where it is %s',
    async (_what, merchant) => {
      const { instance } = scene();
      const error = await rejection(instance.get('/1', ofMerchant(merchant as string)));
      expect(error.message).toMatch(
        /^a-bank: a merchant key is given but \w+, so nothing was sent\. .* leave `merchant` out/,
      );
    },
  );

  test('may have other options only', async () => {
    const { wire, instance } = scene();
    // Typed code has to choose; other code may say nothing.
    await instance.get('/1', { bankAuth: {} as never });
    await instance.get('/2', { bankAuth: { replay: true } });
    await instance.get('/3', { bankAuth: undefined });
    expect(wire.authorizations).toEqual(['Bearer own-1', 'Bearer own-2', 'Bearer own-3']);
  });

  test('is not sent where the provider has no merchants', async () => {
    const { wire, own, instance } = scene();
    const error = await rejection(instance.get('/1', ofMerchant('nobody')));
    expect(error).toMatchObject({ code: 'BANK_AUTH_CONFIG', merchant: 'nobody' });
    expect([wire.sent, own.given]).toEqual([[], 0]);
  });

  test('is not sent where the merchant is unknown', async () => {
    const { wire, own, instance } = scene();
    const unknown = new BankAuthConfigError('no such merchant', { provider: 'a-bank', merchant: 'x' });
    own.forMerchant = () => new ScriptedTokens([throwError(() => unknown)]);
    expect(await rejection(instance.get('/1', ofMerchant('x')))).toBe(unknown);
    expect([wire.sent, own.given]).toEqual([[], 0]);
  });

  test('asks for no permission to use the provider’s own credentials', async () => {
    const { wire, own, a, instance } = scene();
    own.disabled = new Error('there is no merchant key');
    await instance.get('/1', ofMerchant('a'));
    expect(wire.authorizations).toEqual(['Bearer a-1']);
    expect(await rejection(instance.get('/2'))).toBe(own.disabled);
    a.disabled = new Error('switched off');
    expect(await rejection(instance.get('/3', ofMerchant('a')))).toBe(a.disabled);
    expect(wire.sent).toHaveLength(1);
  });

  test('is refused on another host by the merchant’s label', async () => {
    const { wire, a, instance } = scene();
    const error = await rejection(instance.get('https://evil.example/1', ofMerchant('a')));
    expect(error).toMatchObject({ code: 'BANK_AUTH_UNTRUSTED_ORIGIN', merchant: 'label of a' });
    expect([wire.sent, a.given]).toEqual([[], 0]);
  });

  test('keeps its merchant whatever the headers of the request say', async () => {
    const { wire, instance } = scene();
    await instance.get('/1', { ...ofMerchant('a'), headers: { Authorization: 'Bearer b-1' } });
    expect(wire.authorizations).toEqual(['Bearer a-1']);
  });
});

describe('a refused token of a merchant', () => {
  const refused = [{ status: 401 }, {}];

  test('is replaced by one of the same merchant, and no other merchant is affected', async () => {
    const { wire, a, b, own, instance } = scene(refused);
    await instance.get('/1', ofMerchant('a'));
    expect(wire.authorizations).toEqual(['Bearer a-1', 'Bearer a-2']);
    expect(a.heard).toEqual(['a-1 refused', 'a-2 accepted after a refusal']);
    expect([b.heard, own.heard, b.given, own.given]).toEqual([[], [], 0, 0]);
  });

  test.each<[string, object, string[]]>([
    ['a payment that may be repeated', { headers: { 'Idempotency-Key': '1' } }, ['Bearer b-1', 'Bearer b-2']],
    ['a payment that must not', {}, ['Bearer b-1']],
    ['a stream', { data: Readable.from(['x']) }, ['Bearer b-1']],
  ])('is replayed by the usual rules: %s', async (_what, more, sent) => {
    const { wire, b, instance } = scene(refused);
    const request = instance.request({ url: '/1', method: 'post', ...ofMerchant('b'), ...more });
    await request.catch((error) => expect(error.response.status).toBe(401));
    expect(wire.authorizations).toEqual(sent);
    expect(b.heard[0]).toBe('b-1 refused');
  });

  test('is replayed where the request allows it explicitly', async () => {
    const { wire, instance } = scene(refused);
    await instance.post('/1', {}, ofMerchant('b', { replay: true }));
    expect(wire.authorizations).toEqual(['Bearer b-1', 'Bearer b-2']);
  });

  test('is reported where there is no other: never another merchant’s, nor the provider’s own', async () => {
    const { wire, a, b, own, instance } = scene([{ status: 401 }]);
    a.replaces = false;
    const error = await rejection(instance.get('/1', ofMerchant('a')));
    expect(error.response.status).toBe(401);
    expect(wire.authorizations).toEqual(['Bearer a-1']);
    expect([b.given, own.given]).toEqual([0, 0]);
  });

  test('is reported where the renewal fails', async () => {
    const { wire, own, instance } = scene([{ status: 401 }]);
    const tokens = new ScriptedTokens([aToken('a-1'), throwError(() => new Error('bank down'))]);
    own.forMerchant = () => tokens;
    const error = await rejection(instance.get('/1', ofMerchant('a')));
    expect(error.response.status).toBe(401);
    expect(wire.sent).toHaveLength(1);
  });
});

describe('an instance attached for a merchant', () => {
  test('sends requests for that merchant', async () => {
    const { wire, own, instance } = scene([{}], { merchant: 'a' });
    await instance.get('/1');
    await instance.get('/2', { bankAuth: { replay: false } });
    expect(wire.authorizations).toEqual(['Bearer a-1', 'Bearer a-2']);
    expect(own.given).toBe(0);
  });

  test('sends a request that names another merchant for that one', async () => {
    const { wire, a, own, instance } = scene([{}], { merchant: 'a' });
    // Handles know each other, as those of the service do.
    a.forMerchant = (key) => own.forMerchant(key);
    await instance.get('/1', ofMerchant('b'));
    await instance.get('/2');
    expect(wire.authorizations).toEqual(['Bearer b-1', 'Bearer a-1']);
  });

  test('refuses a request with an empty key', async () => {
    const { wire, a, instance } = scene([{}], { merchant: 'a' });
    for (const [, merchant] of empty) {
      const error = await rejection(instance.get('/1', ofMerchant(merchant as string)));
      expect(error.code).toBe('BANK_AUTH_CONFIG');
    }
    expect([wire.sent, a.given]).toEqual([[], 0]);
  });

  test.each([...empty, ...wrong])('is not attached where the key is %s', (_what, merchant) => {
    const { interceptor } = scene();
    const instance: AxiosInstance = axios.create();
    expect(() => interceptor.attach(instance, { merchant: merchant as string })).toThrow(
      expect.objectContaining({ code: 'BANK_AUTH_CONFIG', message: expect.stringMatching(A_KEY) }),
    );
    // And is left as it was.
    expect(() => interceptor.attach(instance, { merchant: 'a' })()).not.toThrow();
  });

  test('may be detached, and attached for another merchant', async () => {
    const { wire, interceptor, instance, detach } = scene([{}], { merchant: 'a' });
    detach();
    await instance.get('/1');
    interceptor.attach(instance, { merchant: 'b' });
    await instance.get('/2');
    expect(wire.authorizations).toEqual([undefined, 'Bearer b-1']);
  });

  test('cannot have two merchants', () => {
    const { interceptor, instance } = scene([{}], { merchant: 'a' });
    expect(() => interceptor.attach(instance, { merchant: 'b' })).toThrow(/already has the interceptor/);
  });

  test('asks for no token before its first request', () => {
    const { a, own } = scene([{}], { merchant: 'a' });
    expect([a.given, own.given]).toEqual([0, 0]);
  });
});
