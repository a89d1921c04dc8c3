import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { BankSimulator } from '../../src/testing/index.js';
import { NOTHING_KEEPS_ALIVE, RECORD_TIMERS, sayWhatKeepsAlive } from '../support/ending-program.js';
import {
  describeRedis,
  RedisCluster,
  RedisSentinelGroup,
  RedisServer,
  stopRedis,
} from '../support/redis-server.js';
import { useTranspiledPackage } from '../support/transpiled-package.js';

const library = useTranspiledPackage('bundled');
let simulator: BankSimulator;
let group: RedisSentinelGroup | undefined;
beforeEach(async () => {
  simulator = await BankSimulator.start('partner');
});
afterEach(async () => {
  await simulator.stop();
  await group?.stop();
  group = undefined;
  await stopRedis();
});

let programs = 0;

/** Runs an application in a process of its own, which gets a token; resolves to what it says at its end. */
function ending(redis: string, then = ''): Promise<string> {
  const program = join(library.folder, `program-${programs++}.mjs`);
  writeFileSync(
    program,
    `
    import 'reflect-metadata';
    import { Cluster, Redis } from 'ioredis';
    import { NestFactory } from '@nestjs/core';
    import { BankAuthModule, TokenService } from 'nestjs-bank-auth';
    import { RedisTokenStore } from 'nestjs-bank-auth/redis';
    ${RECORD_TIMERS}
    const store = new RedisTokenStore(${redis}, { encryptionKey: '5'.repeat(64) });
    const module = BankAuthModule.forRoot({ ...${JSON.stringify(simulator.options())}, store });
    const application = await NestFactory.createApplicationContext({ module: class Root {}, imports: [module] }, { logger: false });
    if (!(await application.get(TokenService).getAccessToken())) throw new Error('no token');
    ${then}
    ${sayWhatKeepsAlive(2_000)}
    `,
  );
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program], {
      cwd: library.folder,
      env: { PATH: process.env.PATH },
    });
    const timeout = setTimeout(() => child.kill('SIGKILL'), 15_000);
    let output = '';
    const read = (data: unknown) => {
      output += data;
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.on('close', (code) => {
      clearTimeout(timeout);
      if (code === 0) resolve(output);
      else reject(new Error(`it ended with ${code} after: ${output}`));
    });
  });
}

const quoted = JSON.stringify;

describeRedis('a process that shares tokens through Redis', () => {
  test('ends by itself, with the token written and the lease released', async () => {
    const server = await RedisServer.start();
    expect(await ending(quoted(server.url))).toBe(NOTHING_KEEPS_ALIVE);
    const keys = await server.cli<string[]>('KEYS', '*');
    expect(keys.map((key) => key.split(':').at(-1)).sort()).toEqual(['number', 'token']);
  }, 30_000);

  test('ends by itself with a Redis Cluster', async () => {
    const { startupNodes } = await RedisCluster.start();
    const cluster = `new Cluster(${quoted(startupNodes)}, { lazyConnect: true })`;
    expect(await ending(cluster)).toBe(NOTHING_KEEPS_ALIVE);
  }, 30_000);

  test('ends by itself with Sentinel, even if Sentinel is frozen', async () => {
    group = await RedisSentinelGroup.start();
    const { address, sentinel } = group;
    expect(await ending(quoted(address))).toBe(NOTHING_KEEPS_ALIVE);
    sentinel.freeze();
    expect(await ending(quoted(address), 'await application.close();')).toBe(NOTHING_KEEPS_ALIVE);
  }, 60_000);

  test('ends while Redis is frozen, by itself and by close(), and while it is down', async () => {
    const server = await RedisServer.start();
    server.freeze();
    const frozen = ['', 'await application.close();'].map((then) => ending(quoted(server.url), then));
    expect(await Promise.all(frozen)).toEqual([NOTHING_KEEPS_ALIVE, NOTHING_KEEPS_ALIVE]);
    await server.kill();
    expect(await ending(quoted(server.url))).toBe(NOTHING_KEEPS_ALIVE);
  }, 60_000);
});
