import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { HttpService } from '@nestjs/axios';
import { Test } from '@nestjs/testing';
import { Cluster, Redis } from 'ioredis';
import { BankAuthModule, getBankHttpToken, getTokenServiceToken, type TokenService } from 'nestjs-bank-auth';
import { RedisTokenStore } from 'nestjs-bank-auth/redis';
import { BankSimulator } from 'nestjs-bank-auth/testing';
import { firstValueFrom } from 'rxjs';
import { PlantedSecrets } from '../support/planted-secrets.js';
import { describeRedis, RedisServer, stopRedis } from '../support/redis-server.js';
import { leaks, SecretScanner } from '../support/secret-scan.js';
import { until } from '../support/until.js';

const encryptionKey = randomBytes(32).toString('base64');

/** Everything that a server is told, tells its clients and keeps. */
class Eavesdropper {
  readonly #heard = new Set<string>();
  #monitor!: Redis;
  #listener!: Redis;

  constructor(private readonly server: RedisServer) {}

  async start(): Promise<void> {
    const client = new Redis({ ...this.server.address, disconnectTimeout: 50 });
    this.#monitor = await client.monitor();
    client.disconnect();
    this.#monitor.on('monitor', (_time, args: string[]) => {
      for (const argument of args) this.#heard.add(argument);
    });
    this.#listener = new Redis({ ...this.server.address, disconnectTimeout: 50 });
    this.#listener.on('pmessage', (_pattern, channel: string, message: string) => {
      this.#heard.add(channel).add(message);
    });
    await this.#listener.psubscribe('*');
  }

  /** Takes down what is there just now. */
  async look(): Promise<void> {
    for (const key of await this.server.cli<string[]>('KEYS', '*')) {
      this.#heard.add(key);
      const type = await this.server.cli<string>('TYPE', key);
      const content =
        type === 'hash'
          ? await this.server.cliBuffer<Buffer[]>('HGETALL', key)
          : [await this.server.cliBuffer<Buffer | null>('GET', key)];
      // What has expired meanwhile is not there.
      for (const bytes of content.filter((bytes) => bytes !== null))
        this.#heard.add(bytes.toString('latin1')).add(bytes.toString('utf8'));
    }
  }

  async stop(): Promise<void> {
    this.#monitor.disconnect();
    this.#listener.disconnect();
  }

  get texts(): ReadonlySet<string> {
    return this.#heard;
  }

  /** Which of the secrets it has heard, and in what. */
  findings(planted: PlantedSecrets): string[] {
    return [...this.#heard].flatMap((text) => planted.namesIn([text, ...decoded(text)].join('\n')));
  }
}

/** What may be written in a text in another alphabet, wherever in it that begins. */
function decoded(text: string): string[] {
  const base64 = (text.match(/[A-Za-z0-9+/_-]{11,}/g) ?? []).flatMap((part) =>
    [0, 1, 2, 3].map((start) => Buffer.from(part.slice(start), 'base64').toString('latin1')),
  );
  const hex = (text.match(/[0-9a-f]{16,}/gi) ?? []).flatMap((part) =>
    [0, 1].map((start) => Buffer.from(part.slice(start), 'hex').toString('latin1')),
  );
  return [...base64, ...hex];
}

describeRedis('the Redis store shows nobody', () => {
  let server: RedisServer;
  let eavesdropper: Eavesdropper;
  const stores: RedisTokenStore[] = [];
  const newStore = () => {
    const store = new RedisTokenStore(server.url, { encryptionKey });
    stores.push(store);
    return store;
  };
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  beforeEach(async () => {
    await server.cli('FLUSHALL');
    eavesdropper = new Eavesdropper(server);
    await eavesdropper.start();
  });
  afterEach(async () => {
    await eavesdropper.stop();
    await Promise.all(stores.splice(0).map((store) => store.close()));
  });
  afterAll(stopRedis);

  test('any part of a token, a failure or a key, whichever operation runs', async () => {
    const planted = new PlantedSecrets();
    const word = (name: string) => planted.plant(name, `${name}-${randomBytes(12).toString('hex')}`);
    const key = JSON.stringify([word('provider'), word('merchant'), word('https://bank'), [word('scope')]]);
    planted.plant('the key', key);
    planted.plant('the encryption key', encryptionKey);
    planted.plant('the encryption key', Buffer.from(encryptionKey, 'base64').toString('hex'));
    const token = (number: number) => ({
      fingerprint: word('fingerprint'),
      value: `${word('token')}.${'payload'.repeat(number)}`,
      scopes: [word('scope'), word('scope')],
      issuedAt: Date.now(),
      lifetime: 3_600_000,
      credentialsVersion: word('version'),
    });
    const failure = {
      kind: 'rejected',
      reason: word('reason'),
      status: 401,
      credentialsVersion: word('version'),
      by: word('process'),
    } as const;
    const [one, two] = [newStore(), newStore()];
    const heard: string[] = [];
    one.changes(key).subscribe(({ type }) => heard.push(type));
    two.changes(key).subscribe(({ type }) => heard.push(type));
    await until(() => heard.length === 2);

    for (let round = 0; round < 3; round++) {
      const [first, second] = [token(round), token(round)];
      const answer = await one.lease(key, 10_000);
      if (answer.kind !== 'acquired') throw new Error(`the lease is ${answer.kind}`);
      await two.lease(key, 10_000);
      await answer.lease.extend(20_000);
      await eavesdropper.look();
      await one.writeIfNewer(key, first, { ageMs: 0, lease: answer.lease });
      await answer.lease.release();
      await eavesdropper.look();
      await two.read(key);
      await two.check(key);
      await two.remove(key, first.fingerprint, { refused: true });
      const next = await two.lease(key, 10_000);
      if (next.kind === 'acquired') await next.lease.release({ failure, forMs: 10_000 });
      await eavesdropper.look();
      await one.lease(key, 10_000);
      await one.writeIfNewer(key, second);
      await one.writeIfNewer(key, first, { ageMs: 60_000 });
      await eavesdropper.look();
    }
    await eavesdropper.look();

    expect(eavesdropper.findings(planted)).toEqual([]);
    // There was something to be heard of each kind.
    const texts = [...eavesdropper.texts];
    for (const part of ['token', 'lease', 'failure', 'check']) {
      expect(texts.some((text) => /^bank-auth:\{[\w-]{43}\}:/.test(text) && text.endsWith(part))).toBe(true);
    }
    expect(texts).toContain('bank-auth:changes');
    expect(texts).toContain('evalsha');
    expect(new Set(heard)).toEqual(new Set(['resumed', 'released', 'written', 'removed']));
  });

  test('any part of the configuration of an application, or of the answers of its bank', async () => {
    const banks = await BankSimulator.start('bog-payments');
    const bank = banks.bank('bog-payments');
    const planted = new PlantedSecrets();
    const { clientId, clientSecret } = bank.credentials;
    planted.plant('the client id', clientId);
    planted.plant('the client secret', clientSecret);
    planted.plantBasic(clientId, clientSecret);
    planted.plant('the provider', 'bog-payments');
    planted.plant('the token URL', bank.tokenUrl);
    const start = async () => {
      const module = await Test.createTestingModule({
        imports: [BankAuthModule.forRoot({ ...banks.options(), store: newStore(), warmUp: false })],
      })
        .setLogger({ log() {}, warn() {}, error() {} })
        .compile();
      await module.init();
      return {
        module,
        tokens: module.get<TokenService>(getTokenServiceToken('bog-payments')),
        http: module.get<HttpService>(getBankHttpToken('bog-payments')),
      };
    };
    const [one, two] = [await start(), await start()];
    try {
      planted.plant('the first token', await one.tokens.getAccessToken());
      await two.tokens.getAccessToken();
      await eavesdropper.look();
      bank.revoke();
      await firstValueFrom(one.http.get('/simulator/echo'));
      planted.plant('the second token', await one.tokens.getAccessToken());
      await eavesdropper.look();
      bank.failToken('rejected');
      await expect(firstValueFrom(one.tokens.refresh())).rejects.toThrow();
      await eavesdropper.look();
      bank.revoke();
      await Promise.allSettled([
        firstValueFrom(one.http.get('/simulator/echo')),
        firstValueFrom(two.http.get('/simulator/echo')),
      ]);
      await eavesdropper.look();
      expect([...eavesdropper.texts].some((text) => text.endsWith(':token'))).toBe(true);
      expect(eavesdropper.findings(planted)).toEqual([]);
    } finally {
      await one.module.close();
      await two.module.close();
      await banks.stop();
    }
  });

  test.each<[string, (secret: string) => Promise<unknown>]>([
    ['in a string', (secret) => server.cli('SET', 'x', `before ${secret} after`)],
    ['in a field of a hash', (secret) => server.cli('HSET', 'x', 'field', JSON.stringify({ secret }))],
    ['in the name of a field', (secret) => server.cli('HSET', 'x', secret, '1')],
    ['in the name of a key', (secret) => server.cli('SET', `x:${secret}`, '1')],
    ['in bytes', (secret) => server.cli('SET', 'x', Buffer.concat([randomBytes(9), Buffer.from(secret)]))],
    ['in Base64', (secret) => server.cli('SET', 'x', Buffer.from(`12${secret}`).toString('base64'))],
    ['in digits', (secret) => server.cli('SET', 'x', Buffer.from(`12${secret}`).toString('hex'))],
  ])('(what is planted %s would be found, kept or gone)', async (_where, plant) => {
    const planted = new PlantedSecrets();
    const secret = planted.plant('the secret', `secret-${randomBytes(12).toString('hex')}`);
    await plant(secret);
    await eavesdropper.look();
    expect(eavesdropper.findings(planted)).not.toEqual([]);
  });

  test('(the test hears all messages and commands)', async () => {
    const planted = new PlantedSecrets();
    const [said, asked] = ['said', 'asked'].map((name) =>
      planted.plant(name, `${name}-${randomBytes(12).toString('hex')}`),
    ) as [string, string];
    await server.cli('PUBLISH', 'somewhere', said);
    await server.cli('EVAL', 'return 1', 1, 'x', asked);
    await until(() => /said.*asked/.test(eavesdropper.findings(planted).join()));
  });

  test('its keys and the passwords of Redis, however it is printed', () => {
    const planted = new PlantedSecrets();
    const word = (name: string) => planted.plant(name, `${name}-${randomBytes(12).toString('hex')}`);
    planted.plant('the encryption key', encryptionKey);
    planted.plant('the encryption key', Buffer.from(encryptionKey, 'base64').toString('hex'));
    const previous = randomBytes(32).toString('hex');
    planted.plant('the previous key', previous);
    const [user, password, sentinelPassword] = [word('user'), word('password'), word('sentinel')];
    const sources = [
      `redis://${user}:${password}@redis.example:6390/2?password=${password}`,
      `rediss://:${encodeURIComponent(password)}@redis.example`,
      { host: 'redis.example', username: user, password, sentinelPassword },
      { sentinels: [{ host: 'redis.example' }], name: 'master', password, sentinelPassword },
      { path: '/run/redis.sock', password },
      new Redis({ host: 'redis.example', password, lazyConnect: true }),
      new Redis(`redis://${user}:${password}@redis.example`, { lazyConnect: true }),
      new Cluster([`redis://:${password}@redis.example:7000`], {
        lazyConnect: true,
        redisOptions: { password },
      }),
    ];
    for (const source of sources) {
      const store = new RedisTokenStore(source, { encryptionKey, previousEncryptionKeys: [previous] });
      stores.push(store);
      const scanner = new SecretScanner(planted);
      scanner.reach('the store', store);
      scanner.reach('its description', store.description);
      scanner.print('the store', { store });
      expect(scanner.findings).toEqual([]);
      expect(inspect(store)).toMatch(/^RedisTokenStore\(/);
    }
  });

  test('a token, a key or a password in its errors', async () => {
    const full = await RedisServer.start({
      password: `password-${randomBytes(12).toString('hex')}`,
      args: ['--maxmemory', '1', '--maxmemory-policy', 'noeviction'],
    });
    const { password = '' } = full.address;
    const wrong = `wrong-${randomBytes(12).toString('hex')}`;
    const token = {
      fingerprint: `fingerprint-${randomBytes(12).toString('hex')}`,
      value: `value-${randomBytes(12).toString('hex')}`,
      scopes: [],
      issuedAt: Date.now(),
      lifetime: 3_600_000,
      credentialsVersion: 'v1',
    };
    const failing = [
      new RedisTokenStore(full.url, { encryptionKey }),
      new RedisTokenStore({ ...full.address, password: wrong }, { encryptionKey }),
      new RedisTokenStore({ ...full.address, password: undefined }, { encryptionKey }),
    ];
    stores.push(...failing);
    for (const store of failing) {
      const failures = (
        await Promise.allSettled([
          store.writeIfNewer('key', token),
          store.lease('key', 1_000),
          store.check('key'),
        ])
      ).flatMap((settled) => (settled.status === 'rejected' ? [settled.reason] : []));
      expect(failures.length).toBeGreaterThan(1);
      for (const error of failures) {
        expect(leaks(error, [password, wrong, encryptionKey, token.value, token.fingerprint])).toEqual([]);
      }
    }
  });
});
