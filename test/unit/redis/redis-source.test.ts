import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { Cluster, Redis } from 'ioredis';
import {
  addressOf,
  isCluster,
  isInstance,
  isRedisSource,
  type RedisSource,
} from '../../../src/redis/redis-source.js';
import { RedisUrlFile } from '../../../src/redis/redis-url-file.js';

const lazyConnect = true;
const redis = new Redis('redis://app:secret@a.example:6380/2', { lazyConnect });
const cluster = new Cluster(['redis://a.example'], { lazyConnect });

function urlFile(content: string): RedisUrlFile {
  const folder = mkdtempSync(join(tmpdir(), 'redis-source-'));
  try {
    writeFileSync(join(folder, 'url'), content);
    return new RedisUrlFile(join(folder, 'url'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('a source of Redis connections', () => {
  test.each<[string, unknown]>([
    ['a client', redis],
    ['a cluster', cluster],
    ['options', { host: 'a.example' }],
    ['no options', {}],
    ['a URL', 'redis://a.example'],
    ['a URL by TLS', 'rediss://a.example'],
    ['a file', urlFile('redis://a.example')],
    ["another copy's client", { duplicate: () => undefined, isCluster: false }],
  ])('may be %s', (_what, source) => {
    expect(isRedisSource(source)).toBe(true);
  });

  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a number', 6379],
    ['another URL', 'https://a.example'],
    ['a URL with a blank', 'redis://a.example '],
    ['a URL after something', ' redis://a.example'],
    ['a URL without a host', 'redis://'],
    ['a URL that is none', 'redis://[a'],
    ['a URL with a / in its password', 'redis://app:7/Abc@a.example:6379/0'],
    ['a URL with a ? in its password', 'redis://app:7?Abc@a.example:6379/0'],
    ['a URL with a # in its password', 'redis://app:7#Abc@a.example:6379/0'],
    ['a URL with a % in its password', 'redis://app:100%@a.example:6379/0'],
    ["node-redis' client", { duplicate: () => undefined }],
    ["node-redis' options", { url: 'redis://a.example' }],
    ['a client with another kind of cluster', { duplicate: true, isCluster: true }],
  ])('may not be %s', (_what, source) => {
    expect(isRedisSource(source)).toBe(false);
  });

  test('is an instance, or the options of one', () => {
    expect([redis, cluster].map(isInstance)).toEqual([true, true]);
    expect([undefined, null, {}, 'redis://a.example'].map(isInstance)).toEqual(Array(4).fill(false));
    expect([redis, cluster].map(isCluster)).toEqual([false, true]);
  });

  test.each<[string, RedisSource]>([
    ['redis://a.example:6380/2', 'redis://app:secret@a.example:6380/2'],
    ['rediss://b.example', urlFile('rediss://app:secret@b.example\n')],
    ['Redis', 'secret without a URL'],
    ['redis://app:7', 'redis://app:7/secret'],
    ['redis://a.example:6380/2', 'redis://app:sec%2Fret%40%23%3F%25@a.example:6380/2'],
    ['Redis', { host: 'redis://app:secret@a.example' }],
    ['Redis', { path: 'redis://app:secret@a.example' }],
    ['a.example:6380', redis],
    ['a.example:6379', { host: 'a.example' }],
    ['localhost:1', { port: 1 }],
    ['/run/redis.sock', { path: '/run/redis.sock', host: 'a.example' }],
  ])('leads to %s, which is printed without the password', (address, source) => {
    expect(addressOf(source)).toBe(address);
  });

  test('leads to a Cluster, or to the master of Sentinels', () => {
    expect(addressOf(cluster)).toMatch(/Cluster/);
    expect(addressOf({ sentinels: [{ host: 'a.example' }], name: 'main' })).toMatch(
      /Sentinel.*main|main.*Sentinel/,
    );
  });
});
