import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from '@jest/globals';
import * as nestCommon from '@nestjs/common';
import * as nestConfig from '@nestjs/config';
import { Test } from '@nestjs/testing';
import * as library from 'nestjs-bank-auth';
import * as redis from 'nestjs-bank-auth/redis';
import * as testing from 'nestjs-bank-auth/testing';
import { firstValueFrom } from 'rxjs';
import { namedBlocks, readPage } from '../support/documentation.js';
import { evaluate } from '../support/evaluated-examples.js';
import { describeRedis, RedisServer, stopRedis } from '../support/redis-server.js';
import { until } from '../support/until.js';

const page = readPage('replicas.md');
const block = (name: string) => namedBlocks(page).get(name) as string;

const environment = { ...process.env };
const running: nestCommon.INestApplicationContext[] = [];
let simulator: testing.BankSimulator | undefined;
afterEach(async () => {
  await Promise.all(running.splice(0).map((app) => app.close()));
  await Promise.all([simulator?.stop(), stopRedis()]);
  for (const name of Object.keys(process.env)) if (!(name in environment)) delete process.env[name];
});

describe('the page about replicas', () => {
  test('has a working example of the contract for stores', async () => {
    const cases: [string, () => Promise<void>][] = [];
    evaluate(block('my-token-store.test.ts'), {
      '@jest/globals': { test: (name: string, run: () => Promise<void>) => cases.push([name, run]) },
      'nestjs-bank-auth': library,
      'nestjs-bank-auth/testing': testing,
    });
    expect(cases.length).toBeGreaterThan(20);
    const [, run] = cases[0] as (typeof cases)[number];
    await run();
  });

  test('names every option and every variable of the store, and no other', () => {
    const named = [...page.matchAll(/^\| `(\w+)`(?: or `(\w+)`|, `(\w+)`)? +\|/gm)].flatMap(([, ...names]) =>
      names.filter((name) => name !== undefined),
    );
    const wrong = () => new redis.RedisTokenStore('redis://localhost', { wrong: 1 } as never);
    const options = /its options are ([\w, ]+)/.exec(errorOf(wrong).message)?.[1]?.split(', ') ?? [];
    const variables = named.filter((name) => name.startsWith('BANK_AUTH_'));
    expect(named.filter((name) => !variables.includes(name)).sort()).toEqual([...options].sort());
    const missing = errorOf(() => redis.redisTokenStoreFromEnv({}));
    for (const name of ['BANK_AUTH_REDIS_URL', 'BANK_AUTH_ENCRYPTION_KEY']) {
      expect(variables).toContain(name);
      expect(missing.message).toContain(`${name} is missing`);
    }
    const unreadable = Object.fromEntries(variables.map((name) => [name, 'x']));
    const both = Object.fromEntries(variables.map((name) => [`${name}_FILE`, 'y']));
    const { message } = errorOf(() => redis.redisTokenStoreFromEnv({ ...unreadable, ...both }));
    for (const name of variables) expect(message).toContain(`${name} and ${name}_FILE are both set`);
  });
});

function errorOf(failing: () => unknown): Error {
  try {
    failing();
  } catch (error) {
    return error as Error;
  }
  throw new Error('it did not fail');
}

describeRedis('the page about replicas, with Redis', () => {
  async function startReplica() {
    const { AppModule } = evaluate(block('app.module.ts'), {
      '@nestjs/common': nestCommon,
      '@nestjs/config': nestConfig,
      'nestjs-bank-auth': library,
      'nestjs-bank-auth/redis': redis,
    });
    const module = await Test.createTestingModule({ imports: [AppModule] }).compile();
    // A renewal is refused on purpose: its log line is none of this test's.
    module.useLogger(false);
    running.push(await module.init());
    return module.get<library.TokenService>(library.getTokenServiceToken('bog-payments'));
  }

  test('has a module whose replicas share tokens, and lists the content of Redis', async () => {
    const server = await RedisServer.start();
    simulator = await testing.BankSimulator.start('bog-payments', 'tbc-installments');
    Object.assign(process.env, simulator.env(), {
      BANK_AUTH_REDIS_URL: server.url,
      BANK_AUTH_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    });
    const replicas = [await startReplica(), await startReplica()];
    const tokens = await Promise.all(replicas.map((replica) => replica.getAccessToken()));
    expect(new Set(tokens).size).toBe(1);
    // Once connected, each replica offers its token anew, which ends what cools down.
    await new Promise((resolve) => setTimeout(resolve, 600));
    simulator.bank('bog-payments').failToken('rejected');
    await firstValueFrom(replicas[0]!.refresh()).catch(() => undefined);
    await until(() => replicas[1]?.status.state === 'fresh', 'a token');
    for (const { tokensIssued } of simulator.banks) expect(tokensIssued).toBe(1);
    const keys = await server.cli<string[]>('KEYS', '*');
    const kinds = new Set(keys.map((key) => key.replace(/\{[\w-]{43}\}/, '{digest}')));
    expect([...kinds].sort()).toEqual([
      'bank-auth:{digest}:2:failure',
      'bank-auth:{digest}:2:number',
      'bank-auth:{digest}:2:token',
    ]);
    for (const kind of kinds) expect(page).toContain(`\`${kind}\``);
    expect(await server.cli('PUBSUB', 'CHANNELS')).toEqual(['bank-auth:changes']);
    expect(page).toContain('channel `bank-auth:changes`');
  });
});

test('the package names the versions of ioredis that the page names', () => {
  const { peerDependencies } = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  );
  expect(peerDependencies.ioredis).toBe('^5.4.0 || ^6.0.0');
  expect(page).toContain('5.4 or 6');
});
