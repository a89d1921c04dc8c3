import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { inspect } from 'node:util';
import { expect, test } from '@jest/globals';
import axios, { type InternalAxiosRequestConfig } from 'axios';
import { lostPart, OutOfSight, takeTransport } from '../../../src/http/transport.js';
import { request } from '../../support/authorised-calls.harness.js';

const parts = {
  httpAgent: new HttpAgent(),
  httpsAgent: new HttpsAgent(),
  proxy: false,
  auth: { username: 'me', password: 'mine' },
  fetchOptions: { cache: 'no-store' },
  http2Options: { sessionTimeout: 5 },
} as const;

test('sockets and credentials are removed from the configuration that the caller is shown', () => {
  const config = request({ ...parts, timeout: 5 });
  expect(takeTransport(config)).toEqual(parts);
  expect(config).toMatchObject({
    url: 'https://api.bank.example/orders',
    method: 'get',
    timeout: 5,
    proxy: false,
  });
  const { proxy: _, ...hidden } = parts;
  for (const name of Object.keys(hidden) as (keyof typeof hidden)[]) {
    expect(config[name]).toBeInstanceOf(OutOfSight);
    const shown = inspect(config[name], { showHidden: true, getters: true, customInspect: false, depth: 9 });
    expect(shown).toMatch(/^OutOfSight \{ \[Symbol\([\w:-]+\)\]: \[Getter: true\] \}$/);
    expect([inspect(config[name]), JSON.stringify({ part: config[name] })]).toEqual([
      '[out of sight]',
      '{"part":"[out of sight]"}',
    ]);
  }
});

test('removed members are found again, also in a configuration that axios copies', () => {
  const config = request(parts);
  takeTransport(config);
  const merged = axios.create({ httpsAgent: new HttpsAgent(), proxy: { host: 'other.example', port: 1 } });
  let again: InternalAxiosRequestConfig | undefined;
  merged.interceptors.request.use((made) => {
    again = made;
    throw new Error('not sent');
  });
  return merged.request(config).catch(() => {
    expect(again).not.toBe(config);
    const found = takeTransport(again as InternalAxiosRequestConfig);
    expect(found).toEqual(parts);
    expect(found.httpsAgent).toBe(parts.httpsAgent);
  });
});

test.each<[string, (part: object) => unknown]>([
  ['JSON', (part) => JSON.parse(JSON.stringify(part))],
  ['a deep copy', (part) => Object.create(Object.getPrototypeOf(part))],
  ['another copy of the package', () => ({ [Symbol.for('nestjs-bank-auth:out-of-sight')]: true })],
])('a removed member that went through %s is known to be lost', (_what, through) => {
  const config = request(parts);
  expect(lostPart(takeTransport(config))).toBeUndefined();
  const lost = through(config.httpsAgent as object);
  const copy = request({ httpsAgent: lost as HttpsAgent });
  expect(lostPart(takeTransport(copy))).toBe('httpsAgent');
  expect(copy.httpsAgent).toBe(lost);
  for (const value of [null, true, 'a proxy', {}])
    expect(lostPart(takeTransport(request({ proxy: value as never })))).toBeUndefined();
});

test('members that a request leaves out are not taken, so that they overrule nothing', () => {
  const config = request({ proxy: undefined, httpAgent: parts.httpAgent });
  expect(Object.keys(takeTransport(config))).toEqual(['httpAgent']);
  expect(Object.keys(config)).not.toContain('httpsAgent');
});

test('members that a request leaves out get no default of axios when the request is sent again', () => {
  const { defaults } = axios;
  try {
    Object.assign(defaults, { httpsAgent: new HttpsAgent(), proxy: { host: 'other.example', port: 1 } });
    const config = request({ httpAgent: parts.httpAgent });
    takeTransport(config);
    const again = axios.mergeConfig(defaults as never, config) as InternalAxiosRequestConfig;
    expect(takeTransport(again)).toEqual({ httpAgent: parts.httpAgent });
    expect(inspect(config.httpsAgent)).toBe('[out of sight]');
  } finally {
    Reflect.deleteProperty(defaults, 'httpsAgent');
    Reflect.deleteProperty(defaults, 'proxy');
  }
});
