import { AsyncLocalStorage } from 'node:async_hooks';
import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { Controller, Get, Injectable } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { firstValueFrom } from 'rxjs';
import {
  AccessToken,
  BankAuthConfigError,
  CredentialsRejectedError,
  getTokenServiceToken,
  InjectTokenService,
  type TokenService,
} from '../../../src/index.js';
import {
  type FakeTokenOptions,
  type FakeTokenService,
  provideFakeTokenService,
} from '../../../src/testing/index.js';

@Controller()
class Reports {
  constructor(@InjectTokenService('bog-payments') readonly tokens: TokenService) {}
  @Get()
  async headers(): Promise<Readonly<Record<string, string>>> {
    return (await firstValueFrom(this.tokens.getToken())).headers;
  }
}

async function reports(
  token?: string | FakeTokenOptions,
): Promise<{ reports: Reports; fake: FakeTokenService }> {
  const testing = await Test.createTestingModule({
    controllers: [Reports],
    providers: [provideFakeTokenService('bog-payments', token)],
  }).compile();
  return { reports: testing.get(Reports), fake: testing.get(getTokenServiceToken('bog-payments')) };
}

const rejected = new CredentialsRejectedError('refused', { provider: 'bog-payments' });

describe('a fake token service', () => {
  test('replaces the real one in a class that injects it', async () => {
    const { reports: controller, fake } = await reports();
    expect(controller.tokens).toBe(fake);
    expect(fake).toMatchObject({ provider: 'bog-payments', merchant: 'default' });
    expect(await controller.headers()).toEqual({ Authorization: 'Bearer fake-token-of-bog-payments' });
  });

  test('returns its configured token, in every way', async () => {
    const { fake } = await reports('a token');
    expect(await fake.getAccessToken()).toBe('a token');
    for (const one of [fake.getToken(), fake.refresh(), fake.token$]) {
      const token = await firstValueFrom(one);
      expect(token).toBeInstanceOf(AccessToken);
      expect(token).toMatchObject({ provider: 'bog-payments', value: 'a token' });
    }
  });

  test('returns its configured headers, scopes and lifetime', async () => {
    const headers = { Authorization: 'Bearer t', apikey: 'key' };
    const before = Date.now();
    const { fake } = await reports({ value: 't', headers, scopes: ['a', 'b'], lifetime: 60_000 });
    const token = await firstValueFrom(fake.getToken());
    expect(token.headers).toEqual(headers);
    expect(token.scopes).toEqual(['a', 'b']);
    expect(token.expiresAt - token.issuedAt).toBe(60_000);
    expect(token.issuedAt).toBeGreaterThanOrEqual(before);
    expect(token.issuedAt).toBeLessThanOrEqual(Date.now());
  });

  test('has tokens that hide their value, as real ones do', async () => {
    const { fake } = await reports('planted secret');
    const token = await firstValueFrom(fake.getToken());
    expect(`${token}${JSON.stringify(token)}${inspect(token, { showHidden: true })}`).not.toContain(
      'planted',
    );
  });

  test('has the state fresh', async () => {
    const { fake } = await reports();
    const token = await firstValueFrom(fake.getToken());
    expect(fake.status).toMatchObject({
      provider: 'bog-payments',
      merchant: 'default',
      state: 'fresh',
      failures: 0,
      expiresAt: token.expiresAt,
    });
  });

  test('remembers invalidations, in order, by token and by value', async () => {
    const { fake } = await reports('first');
    expect(fake.invalidated).toEqual([]);
    fake.invalidate(await firstValueFrom(fake.getToken()));
    fake.invalidate('second');
    expect(fake.invalidated).toEqual(['first', 'second']);
  });

  test('is separate for each provider', async () => {
    @Injectable()
    class Both {
      @InjectTokenService('bog-payments') readonly one!: TokenService;
      @InjectTokenService('tbc-tpay') readonly other!: TokenService;
    }
    const testing = await Test.createTestingModule({
      providers: [Both, provideFakeTokenService('bog-payments'), provideFakeTokenService('tbc-tpay', 'x')],
    }).compile();
    const { one, other } = testing.get(Both);
    expect(await one.getAccessToken()).toBe('fake-token-of-bog-payments');
    expect(await other.getAccessToken()).toBe('x');
  });

  test('is a new one in each testing module, also of one provider definition', async () => {
    const provider = provideFakeTokenService('bog-payments');
    const compile = async (): Promise<FakeTokenService> =>
      (await Test.createTestingModule({ providers: [provider] }).compile()).get(provider.provide as symbol);
    const [one, other] = [await compile(), await compile()];
    one.invalidate('x');
    one.renew('y');
    expect(other.invalidated).toEqual([]);
    expect(await other.getAccessToken()).toBe('fake-token-of-bog-payments');
  });
});

describe('a renewal of the fake token service', () => {
  test('becomes the token, and is emitted on token$', async () => {
    const { fake } = await reports('first');
    const seen: string[] = [];
    fake.token$.subscribe(({ value }) => seen.push(value));
    const second = fake.renew('second');
    expect(second).toBeInstanceOf(AccessToken);
    expect(second.value).toBe('second');
    expect(await fake.getAccessToken()).toBe('second');
    fake.renew({ value: 'third', scopes: ['a'] });
    expect(seen).toEqual(['first', 'second', 'third']);
    expect((await firstValueFrom(fake.getToken())).scopes).toEqual(['a']);
  });

  test('without a value is another token object', async () => {
    const { fake } = await reports();
    const before = await firstValueFrom(fake.getToken());
    expect(fake.renew()).not.toBe(before);
  });

  test('reaches every subscriber, and late ones begin with the current token', async () => {
    const { fake } = await reports('first');
    const [early, late]: [string[], string[]] = [[], []];
    fake.token$.subscribe(({ value }) => early.push(value));
    fake.renew('second');
    fake.token$.subscribe(({ value }) => late.push(value));
    fake.renew('third');
    expect(early).toEqual(['first', 'second', 'third']);
    expect(late).toEqual(['second', 'third']);
  });

  test('reaches each subscriber in its own AsyncLocalStorage context, as with the real service', async () => {
    const { fake } = await reports();
    const storage = new AsyncLocalStorage<string>();
    const seen: (string | undefined)[] = [];
    const subscriptions = ['a', 'b'].map((who) =>
      storage.run(who, () => fake.token$.subscribe(() => seen.push(storage.getStore()))),
    );
    storage.run('test', () => fake.renew('next'));
    for (const subscription of subscriptions) subscription.unsubscribe();
    expect(seen).toEqual(['a', 'b', 'a', 'b']);
  });

  test('is obtained anew by each subscription to getToken', async () => {
    const { fake } = await reports('first');
    const asked = fake.getToken();
    fake.renew('second');
    expect((await firstValueFrom(asked)).value).toBe('second');
  });
});

describe('an error of the fake token service', () => {
  test('makes every way to a token fail', async () => {
    const { reports: controller, fake } = await reports({ error: rejected });
    await expect(fake.getAccessToken()).rejects.toBe(rejected);
    await expect(firstValueFrom(fake.getToken())).rejects.toBe(rejected);
    await expect(firstValueFrom(fake.refresh())).rejects.toBe(rejected);
    await expect(controller.headers()).rejects.toBe(rejected);
    expect(fake.status).toMatchObject({ state: 'cooling-down', failures: 1 });
  });

  test('ends with the next renewal', async () => {
    const { fake } = await reports({ error: rejected });
    fake.renew('again');
    expect(await fake.getAccessToken()).toBe('again');
    expect(fake.status).toMatchObject({ state: 'fresh', failures: 0 });
  });

  test('can begin later', async () => {
    const { fake } = await reports();
    fake.renew({ error: rejected });
    await expect(fake.getAccessToken()).rejects.toBe(rejected);
  });

  test('never ends token$, and leaves no token there, as with the real service', async () => {
    const { fake } = await reports({ error: rejected });
    const seen: unknown[] = [];
    fake.token$.subscribe({
      next: ({ value }) => seen.push(value),
      error: (error) => seen.push(error),
      complete: () => seen.push('complete'),
    });
    expect(seen).toEqual([]);
    fake.renew('first');
    fake.renew({ value: 'none', error: rejected });
    fake.renew('second');
    expect(seen).toEqual(['first', 'second']);
  });
});

describe('a merchant of the fake token service', () => {
  const merchantOf = async (token: string | FakeTokenOptions | undefined, key: string) =>
    (await reports(token)).fake.forMerchant(key);

  test('has a token of its own, in every way', async () => {
    const shop = await merchantOf(undefined, 'shop-1');
    expect(shop).toMatchObject({ provider: 'bog-payments', merchant: 'shop-1' });
    expect(await shop.getAccessToken()).toBe('fake-token-of-bog-payments-shop-1');
    for (const one of [shop.getToken(), shop.refresh(), shop.token$])
      expect(await firstValueFrom(one)).toMatchObject({ value: 'fake-token-of-bog-payments-shop-1' });
    expect(shop.status).toMatchObject({ provider: 'bog-payments', merchant: 'shop-1', state: 'fresh' });
  });

  test('is the same object for the same key, everywhere', async () => {
    const { fake } = await reports();
    const shop = fake.forMerchant('shop-1');
    expect(fake.forMerchant('shop-1')).toBe(shop);
    expect(shop.forMerchant('shop-1')).toBe(shop);
    expect(shop.forMerchant('shop-2')).toBe(fake.forMerchant('shop-2'));
    expect(fake.forMerchant('Shop-1')).not.toBe(shop);
  });

  test('is separate from the others and from the default one', async () => {
    const { fake } = await reports('default token');
    const [one, other, likeDefault] = ['a', 'b', 'default'].map((key) => fake.forMerchant(key)) as [
      FakeTokenService,
      FakeTokenService,
      FakeTokenService,
    ];
    const seen: string[] = [];
    for (const each of [fake, other, likeDefault]) each.token$.subscribe(({ value }) => seen.push(value));
    one.renew('renewed');
    one.invalidate('x');
    expect(await one.getAccessToken()).toBe('renewed');
    expect(await fake.getAccessToken()).toBe('default token');
    expect(seen).toEqual([
      'default token',
      'fake-token-of-bog-payments-b',
      'fake-token-of-bog-payments-default',
    ]);
    expect([fake.invalidated, one.invalidated, other.invalidated]).toEqual([[], ['x'], []]);
    fake.renew({ error: rejected });
    expect(await one.getAccessToken()).toBe('renewed');
    await expect(likeDefault.getAccessToken()).resolves.toBe('fake-token-of-bog-payments-default');
  });

  test('is as configured', async () => {
    const merchants = { 'shop-1': 'a token', 'shop-2': { scopes: ['a'], lifetime: 1_000 } };
    const { fake } = await reports({ value: 'default token', merchants });
    expect(await fake.forMerchant('shop-1').getAccessToken()).toBe('a token');
    const token = await firstValueFrom(fake.forMerchant('shop-2').getToken());
    expect(token).toMatchObject({ value: 'fake-token-of-bog-payments-shop-2', scopes: ['a'] });
    expect(token.expiresAt - token.issuedAt).toBe(1_000);
    expect(await fake.getAccessToken()).toBe('default token');
  });

  test.each(['shop-2', 'Shop-1', 'shop-1 ', '__proto__', 'constructor', 'hasOwnProperty', 'toString'])(
    'is unknown where others are configured: %s',
    async (key) => {
      const shop = await merchantOf({ merchants: { 'shop-1': 'a token' } }, key);
      expect(shop.merchant).toBe(key);
      for (const way of [
        () => shop.getAccessToken(),
        () => firstValueFrom(shop.getToken()),
        () => firstValueFrom(shop.refresh()),
      ]) {
        const error = await way().catch((reason: unknown) => reason);
        expect(error).toBeInstanceOf(BankAuthConfigError);
        expect(error).toMatchObject({ provider: 'bog-payments', merchant: key });
        expect((error as Error).message).toMatch(/^bog-payments: merchant ".*" is unknown/);
      }
      expect(shop.status.state).toBe('cooling-down');
    },
  );

  test('may be named like a member of Object, if it is configured', async () => {
    const merchants = JSON.parse('{"__proto__":"a","constructor":"b"}');
    const { fake } = await reports({ merchants });
    expect(await fake.forMerchant('__proto__').getAccessToken()).toBe('a');
    expect(await fake.forMerchant('constructor').getAccessToken()).toBe('b');
    const { fake: any } = await reports();
    expect(await any.forMerchant('__proto__').getAccessToken()).toBe('fake-token-of-bog-payments-__proto__');
  });

  test('is unknown where none is configured, and can become known', async () => {
    const shop = await merchantOf({ merchants: { other: undefined as never } }, 'other');
    await expect(shop.getAccessToken()).rejects.toThrow(/is unknown/);
    shop.renew('known');
    expect(await shop.getAccessToken()).toBe('known');
    await expect((await merchantOf({ merchants: {} }, 'a')).getAccessToken()).rejects.toThrow(/is unknown/);
  });

  test.each([undefined, null, '', 0, 7, {}, ['shop-1'], new String('shop-1'), Symbol('shop-1')])(
    'requires a string as key, not %p',
    async (key) => {
      const { fake } = await reports({ merchants: { undefined: 'x', '': 'x', 7: 'x' } });
      const ask = () => fake.forMerchant(key as string);
      expect(ask).toThrow(BankAuthConfigError);
      expect(ask).toThrow(/^bog-payments: /);
    },
  );
});
