import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MemoryTokenStore } from '../../../../src/store/index.js';
import type { AccessToken } from '../../../../src/token/access-token.js';
import type { TokenFailure } from '../../../../src/token/token-failure.js';
import { invalid, rejected } from '../../../support/machine.fixtures.js';
import { Emitter, Market, secret, Vault } from '../../../support/merchants.harness.js';
import { replayable } from '../../../support/replay.js';
import { ask } from '../../../support/token-service.harness.js';
import { settle, VirtualClock } from '../../../support/virtual-clock.js';

describe('a failure of one merchant does not touch another:', () => {
  /** Only `a` fails, by an answer of the bank. */
  const atTheBank = (failure: TokenFailure) => (market: Market) => {
    market.bank.replies((exchange) =>
      exchange.clientId.startsWith('a@') ? exchange.fail(failure) : exchange.grant(exchange.clientId),
    );
  };
  const inTheVault = (found: unknown) => (market: Market) => void market.vault.secrets.set('a', found);
  test.each<[string, (market: Market) => void, string, number]>([
    ['rejected credentials', atTheBank(rejected), 'BANK_AUTH_CREDENTIALS_REJECTED', 60_000],
    ['an answer that is no token', atTheBank(invalid), 'BANK_AUTH_INVALID_RESPONSE', 10_000],
    ['no credentials', inTheVault(undefined), 'BANK_AUTH_CONFIG', 1_000],
    ['credentials that are incomplete', inTheVault({ clientId: 'a' }), 'BANK_AUTH_CONFIG', 900],
    ['a function that throws', inTheVault(() => Promise.reject(new Error())), 'BANK_AUTH_CONFIG', 900],
  ])('%s', async (_what, arrange, code, coolDown) => {
    const market = new Market().add('a', 'b', 'c');
    arrange(market);
    const [first] = market.ask('a');
    await settle();
    expect(first?.error).toMatchObject({ code, merchant: 'a', retryAfterMs: coolDown });
    expect((await market.outcomes('b', 'c')).map((token) => token?.split('#')[0])).toEqual(['b@v1', 'c@v1']);
    const { requests } = market.bank;
    await market.clock.advance(coolDown - 1);
    const [again] = market.ask('a');
    // Credentials that were refused are read again, and they are the same.
    await settle();
    expect(again?.error).toMatchObject({ code, merchant: 'a', retryAfterMs: 1 });
    expect(market.bank.requests).toBe(requests);
    const renewed = ask(market.of('b'), 'refresh');
    await settle();
    expect(renewed.token?.value).toMatch(/^b@v1/);
    expect(market.of('c').status).toMatchObject({ state: 'fresh', failures: 0 });
    expect(market.of('a').status).toMatchObject({ state: 'cooling-down', failures: 1, lastErrorCode: code });
  });

  test('a 401 on a resource call', async () => {
    const market = new Market().add('a', 'b');
    await market.warmAll('a', 'b');
    const [a, b] = [market.of('a'), market.of('b')];
    expect(a.forCall().refused(a.acquire() as AccessToken)).toBe(true);
    expect(await market.outcomes('a', 'b')).toEqual(['a@v1#3', 'b@v1#2']);
    b.invalidate('a@v1#3');
    expect(b.forCall().refused(a.acquire() as AccessToken)).toBe(true);
    expect(await market.outcomes('a', 'b')).toEqual(['a@v1#3', 'b@v1#2']);
    // The one that replaces it is refused as well: it stays, and for a minute none is bought.
    expect(a.forCall().refused(a.acquire() as AccessToken)).toBe(false);
    expect(b.forCall().refused(b.acquire() as AccessToken)).toBe(true);
    expect(await market.outcomes('a', 'b')).toEqual(['a@v1#3', 'b@v1#4']);
  });
});

test('merchants that ask by turns within one millisecond each get their own token', async () => {
  const market = new Market().add('a', 'b');
  await market.warmAll('a', 'b');
  const [a, b] = [market.of('a'), market.of('b')];
  for (let turn = 0; turn < 3; turn += 1) {
    expect(await a.getAccessToken()).toBe('a@v1#1');
    expect(await b.getAccessToken()).toBe('b@v1#2');
  }
  expect(a.getAccessToken()).toBe(a.getAccessToken());
  a.invalidate('a@v1#1');
  expect(await b.getAccessToken()).toBe('b@v1#2');
  expect(await a.getAccessToken()).toBe('a@v1#3');
});

/** Keys that some system has taken for others, and such as could be parts of a key that is made of several. */
const NASTY = [
  'default',
  'Default',
  'DEFAULT',
  ' default',
  'default ',
  'default\u200b',
  'dеfault',
  '"default"',
  '["default"]',
  '"],["',
  '","',
  '\\',
  '\\"',
  "'",
  '`',
  '$$',
  'a:b',
  'a',
  'b',
  'A',
  'ａ',
  'á',
  'a\u0301',
  'ß',
  'ss',
  'ẞ',
  'I',
  'ı',
  'i',
  'İ',
  'ﬁ',
  'fi',
  '\u{1f468}\u200d\u{1f469}',
  '\u{1f468}\u{1f469}',
  '\ud800',
  '\udc00',
  '\udc00\ud800',
  '\ufffd',
  '\u0000',
  'a\u0000',
  'a\nb',
  'a\r\nb',
  ' ',
  '  ',
  '\u00a0',
  '\u200b',
  '\ufeff',
  '\u202e',
  '/',
  '../a',
  'a/b',
  'a%2Fb',
  '%',
  '*',
  '?',
  '{}',
  '{a}',
  '[]',
  '[object Object]',
  'null',
  'undefined',
  'NaN',
  'true',
  '0',
  '-0',
  '00',
  '1e1',
  '10',
  '__proto__',
  'prototype',
  'constructor',
  'toString',
  'valueOf',
  'hasOwnProperty',
  '__defineGetter__',
  'then',
  'toJSON',
  'size',
  'length',
  'x'.repeat(1_024),
  'x'.repeat(1_023),
];

const units = fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit));
const anyKey = fc.oneof(
  fc.constantFrom(...NASTY),
  fc.string({ minLength: 1, maxLength: 12 }),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 6 }),
  fc.string({ unit: units, minLength: 1, maxLength: 6 }),
);
/** As UTF-8 has it: all surrogates that stand alone are the same. */
const wellFormed = (key: string) => Buffer.from(key).toString();
/** What somebody might take for the same. */
const lookAlikes: ((key: string) => string)[] = [
  (key) => key.toUpperCase(),
  (key) => key.toLowerCase(),
  (key) => key.normalize('NFC'),
  (key) => key.normalize('NFD'),
  (key) => key.normalize('NFKC'),
  (key) => key.trim(),
  (key) => `${key} `,
  (key) => `${key}\u200b`,
  (key) => JSON.stringify(key),
  (key) => wellFormed(key),
  (key) => encodeURIComponent(wellFormed(key)),
  (key) => [...key].reverse().join(''),
  (key) => `${key}${key}`,
];
const family = fc
  .tuple(anyKey, fc.array(fc.constantFrom(...lookAlikes), { maxLength: 4 }))
  .map(([key, others]) => [key, ...others.map((other) => other(key))]);
const distinctKeys = fc
  .array(family, { minLength: 1, maxLength: 8 })
  .map((families) => [...new Set(families.flat())].filter((key) => key !== '' && key.length <= 1_024));

/** A vault in which each key has a client of its own, whose name has nothing to do with the key. */
function vaultOf(keys: readonly string[], found: (client: string) => unknown = secret): Vault {
  const vault = new Vault();
  for (const [index, key] of keys.entries()) vault.secrets.set(key, found(`client-${index}`));
  return vault;
}

describe('for any distinct keys', () => {
  const clientOf = (value: string | undefined) => value?.split('@')[0];
  const each = (keys: readonly string[]) => keys.map((_key, index) => `client-${index}`);

  test('each gets the token of its own client, all at once or one after the other', async () => {
    await fc.assert(
      fc.asyncProperty(distinctKeys, async (keys) => {
        const market = new Market({ vault: vaultOf(keys), own: true, limit: 3 });
        const own = ask(market.service);
        const outcomes = await market.outcomes(...keys);
        expect(outcomes.map(clientOf)).toEqual(each(keys));
        for (const [index, key] of keys.entries()) {
          expect(clientOf((await market.outcomes(key))[0])).toBe(`client-${index}`);
        }
        expect(clientOf(own.token?.value)).toMatch(/^id-v1/);
        expect(new Set(market.vault.lookups)).toEqual(new Set(keys));
        market.service.close();
      }),
      { ...replayable('FUZZ', 30), examples: [[NASTY]] },
    );
  });

  test('each finds the token of its own client, and no other, in a store that processes share', async () => {
    await fc.assert(
      fc.asyncProperty(distinctKeys, async (keys) => {
        const clock = new VirtualClock();
        const store = new MemoryTokenStore(() => clock.now());
        const parts = { vault: vaultOf(keys), own: true, limit: 1_000, clock, store };
        const [one, two] = [new Market(parts), new Market(parts)];
        ask(one.service);
        const outcomes = await one.outcomes(...keys);
        await settle();
        expect(outcomes.map(clientOf)).toEqual(each(keys));
        expect(await two.outcomes(...keys)).toEqual(outcomes);
        const own = ask(two.service);
        await settle();
        expect(own.token?.value).toBe('id-v1#1');
        expect(two.bank.requests).toBe(0);
        one.service.close();
        two.service.close();
      }),
      { ...replayable('FUZZ', 30), examples: [[NASTY]] },
    );
  });
});

/** What may happen to one of several merchants, in one of two processes. */
interface Step {
  readonly what: 'get' | 'refresh' | 'invalidate' | 'refuse' | 'rotate' | 'crowd' | 'wait';
  readonly process: number;
  readonly index: number;
}

const steps = fc.array(
  fc.record<Step>({
    what: fc.constantFrom('get', 'get', 'refresh', 'invalidate', 'refuse', 'rotate', 'crowd', 'wait'),
    process: fc.nat(1),
    index: fc.nat(7),
  }),
  { maxLength: 20, size: 'max' },
);

/** Of a token, in milliseconds. */
const LIFETIME = 600_000;

/** One merchant as a plain account of what happened. */
interface Account {
  readonly client: string;
  version: number;
  readonly emitter: Emitter;
}

/** Two processes, with the merchants of these keys; every other one tells of new credentials by an Observable. */
class World {
  readonly clock = new VirtualClock();
  readonly accounts: Account[];
  readonly markets: Market[];
  /** Tokens that each process has dropped. */
  readonly dropped: Set<string>[] = [new Set(), new Set()];
  /** Of the credentials with which the last token was obtained that a process served, by process and merchant. */
  readonly #versions = new Map<string, number>();

  constructor(
    readonly keys: readonly string[],
    shared: boolean,
  ) {
    const vault = new Vault();
    this.accounts = keys.map((key, index) => {
      const client = `client-${index}`;
      const account = { client, version: 1, emitter: new Emitter(secret(client, '1')) };
      const value = () => secret(client, `${account.version}`);
      vault.secrets.set(key, index % 2 === 0 ? value : account.emitter.changes);
      return account;
    });
    for (const other of ['crowd-1', 'crowd-2']) vault.secrets.set(other, secret(other));
    const { clock } = this;
    const store = new MemoryTokenStore(() => clock.now());
    this.markets = [0, 1].map((process) => {
      const market = new Market({ vault, limit: 2, idleTime: LIFETIME, clock, ...(shared ? { store } : {}) });
      market.bank.replies((exchange) =>
        exchange.grant(`${exchange.clientId}#${process}-${exchange.number}`, LIFETIME),
      );
      return market;
    });
  }

  async take({ what, process, index: any }: Step): Promise<void> {
    const index = any % this.keys.length;
    const key = this.keys[index] as string;
    const account = this.accounts[index] as Account;
    const market = this.markets[process] as Market;
    const service = market.of(key);
    const dropped = this.dropped[process] as Set<string>;
    switch (what) {
      case 'get':
        break;
      case 'refresh': {
        const asked = ask(service, 'refresh');
        await settle();
        expect(asked.token?.value.split('#')[0]).toBe(`${account.client}@${account.version}`);
        break;
      }
      case 'invalidate':
      case 'refuse': {
        const asked = ask(service);
        await settle();
        const token = asked.token as AccessToken;
        if (what === 'invalidate') service.invalidate(token);
        if (what === 'invalidate' || service.forCall().refused(token)) dropped.add(token.value);
        break;
      }
      case 'rotate':
        account.version += 1;
        account.emitter.emit(secret(account.client, `${account.version}`));
        await this.clock.advance(1_000);
        break;
      case 'crowd':
        await market.outcomes('crowd-1', 'crowd-2');
        break;
      case 'wait':
        await this.clock.advance(LIFETIME / 2);
    }
    await settle();
    const asked = ask(service);
    await settle();
    const value = asked.token?.value ?? `${asked.error}`;
    const [client, version] = value.split(/[@#]/);
    expect(client).toBe(account.client);
    expect(Number(version)).toBeLessThanOrEqual(account.version);
    expect(Number(version)).toBeGreaterThanOrEqual(this.#versions.get(`${process} ${index}`) ?? 1);
    // Who is told of new credentials has renewed.
    if (index % 2 === 1) expect(Number(version)).toBe(account.version);
    this.#versions.set(`${process} ${index}`, Number(version));
    expect(dropped).not.toContain(value);
  }

  /** All that was served was asked for with credentials of the same merchant. */
  close(): void {
    for (const market of this.markets) market.service.close();
    for (const { emitter } of this.accounts) expect(emitter.listeners).toBe(0);
    expect(this.clock.timers).toBe(0);
  }
}

describe('in any order of events each merchant is served a token of its own', () => {
  test.each([
    ['with the memory of each process only', false],
    ['with a store that two processes share', true],
  ])('%s', async (_how, shared) => {
    await fc.assert(
      fc.asyncProperty(distinctKeys, steps, async (keys, taken) => {
        const world = new World(keys, shared);
        for (const step of taken) await world.take(step);
        world.close();
      }),
      replayable('FUZZ', 25),
    );
  });
});
