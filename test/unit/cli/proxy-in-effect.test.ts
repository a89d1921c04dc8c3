import { expect, test } from '@jest/globals';
import { proxyOf } from '../../../src/cli/check/proxy-in-effect.js';

const BANK = 'https://id.bank.example/token';
const PROXY = { HTTPS_PROXY: 'http://me:a-password@proxy.example:3128' };

test('the proxy of the environment is shown for https, without its user and password', () => {
  expect(proxyOf(BANK, undefined, PROXY)).toBe('proxy.example:3128');
  expect(proxyOf(BANK, undefined, { all_proxy: 'socks.example:1080' })).toBe('socks.example:1080');
  expect(proxyOf(BANK, undefined, { HTTPS_PROXY: '' })).toBeNull();
});

test('a configured proxy comes before it, and false turns both off', () => {
  const configured = { host: 'own.example', port: 8080, auth: { username: 'me', password: 'a-password' } };
  expect(proxyOf(BANK, configured, PROXY)).toBe('own.example:8080');
  expect(proxyOf(BANK, false, PROXY)).toBeNull();
});

test('without TLS only a configured proxy is in effect', () => {
  expect(
    proxyOf('http://127.0.0.1:3000/token', undefined, { ...PROXY, http_proxy: 'http://p:1' }),
  ).toBeNull();
});

test.each([
  '*',
  'id.bank.example',
  'x.example, .bank.example',
  '*.bank.example',
  '*bank.example',
  '10.0.0.0/8, *bank.example',
  'x.example *',
  'id.bank.example:443',
])('NO_PROXY exempts the bank: %s', (NO_PROXY) => {
  expect(proxyOf(BANK, undefined, { ...PROXY, NO_PROXY })).toBeNull();
});

test.each(['bank.example', '10.0.0.0/8', 'id.bank.example:8443', 'other.example', 'd.bank.example'])(
  'NO_PROXY exempts others only: %s',
  (NO_PROXY) => {
    expect(proxyOf(BANK, undefined, { ...PROXY, NO_PROXY })).toBe('proxy.example:3128');
  },
);
