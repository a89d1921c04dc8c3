import { expect, test } from '@jest/globals';
import { environmentRoute } from '../../../src/http/environment-proxy.js';

const PROXY = 'http://proxy.example:3128';
const proxied = { way: 'proxy', url: PROXY };
const direct = { way: 'direct' };
const unclear = { way: 'unclear' };

test.each([
  [{}, direct],
  [{ HTTP_PROXY: PROXY }, direct],
  [{ https_proxy: PROXY }, proxied],
  [{ HTTPS_PROXY: PROXY }, proxied],
  [{ https_proxy: '', HTTPS_PROXY: PROXY }, proxied],
  [{ ALL_PROXY: PROXY }, proxied],
  [{ HTTPS_PROXY: PROXY, NO_PROXY: '*' }, direct],
  [{ HTTPS_PROXY: PROXY, NO_PROXY: 'api.bank.example' }, direct],
  [{ HTTPS_PROXY: PROXY, NO_PROXY: 'API.bank.example' }, direct],
  [{ HTTPS_PROXY: PROXY, NO_PROXY: 'a.example, api.bank.example:443' }, direct],
  [{ HTTPS_PROXY: PROXY, NO_PROXY: 'api.bank.example:8443' }, proxied],
  [{ HTTPS_PROXY: PROXY, NO_PROXY: '.bank.example' }, direct],
  [{ HTTPS_PROXY: PROXY, NO_PROXY: '*.bank.example' }, direct],
  [{ HTTPS_PROXY: PROXY, NO_PROXY: '*bank.example' }, direct],
  [{ HTTPS_PROXY: PROXY, NO_PROXY: '10.0.0.0/8,.bank.example' }, direct],
  [{ HTTPS_PROXY: PROXY, NO_PROXY: 'a.example *' }, direct],
  [{ HTTPS_PROXY: PROXY, NO_PROXY: 'bank.example' }, proxied],
  [{ HTTPS_PROXY: PROXY, NO_PROXY: '10.0.0.0/8' }, unclear],
  [{ HTTPS_PROXY: PROXY, NO_PROXY: '127.0.0.1' }, unclear],
  [{ HTTPS_PROXY: PROXY, NO_PROXY: 'a.*.example' }, unclear],
  [{ HTTPS_PROXY: 'proxy.example:3128' }, unclear],
  [{ HTTPS_PROXY: 'https://proxy.example' }, unclear],
  [{ HTTPS_PROXY: 'socks5://proxy.example' }, unclear],
  [{ HTTPS_PROXY: 'http://a%20b:c@proxy.example' }, unclear],
  [{ HTTPS_PROXY: 'http://:x' }, unclear],
  [
    { HTTPS_PROXY: 'http://me:secret@proxy.example:3128' },
    { ...proxied, authorization: `Basic ${Buffer.from('me:secret').toString('base64')}` },
  ],
])('the environment %o sends a call this way: %o', (env, expected) => {
  expect(environmentRoute(new URL('https://api.bank.example/v1'), env)).toEqual(expected);
});

test.each(['https://127.0.0.1', 'https://[::1]:8443', 'https://localhost'])(
  'which names mean %s in NO_PROXY is left to axios',
  (url) => {
    expect(environmentRoute(new URL(url), { HTTPS_PROXY: PROXY, NO_PROXY: 'a.example' })).toEqual(unclear);
    expect(environmentRoute(new URL(url), { HTTPS_PROXY: PROXY })).toEqual(proxied);
  },
);
