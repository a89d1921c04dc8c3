import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { expect, test } from '@jest/globals';
import { takeTransport } from '../../../src/http/transport.js';
import { request } from './authorised-calls.harness.js';

const parts = {
  httpAgent: new HttpAgent(),
  httpsAgent: new HttpsAgent(),
  proxy: false,
  auth: { username: 'me', password: 'mine' },
  fetchOptions: { cache: 'no-store' },
  http2Options: { sessionTimeout: 5 },
} as const;

test('sockets and credentials are taken out of what the caller will be shown', () => {
  const config = request({ ...parts, timeout: 5 });
  expect(takeTransport(config)).toEqual(parts);
  for (const key of Object.keys(parts)) expect(config).toHaveProperty(key, undefined);
  expect(config).toMatchObject({ url: 'https://api.bank.example/orders', method: 'get', timeout: 5 });
});

test('what a request does not say is not taken, so that it overrules nothing', () => {
  const config = request({ proxy: undefined, httpAgent: parts.httpAgent });
  expect(Object.keys(takeTransport(config))).toEqual(['httpAgent']);
  expect(Object.keys(config)).not.toContain('httpsAgent');
});
