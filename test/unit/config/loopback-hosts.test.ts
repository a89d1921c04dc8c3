import { describe, expect, test } from '@jest/globals';
import { originProblem, parseUrl, urlProblem } from '../../../src/config/url-rules.js';

describe('a URL without TLS', () => {
  test.each([
    'http://localhost:4000/token',
    'http://127.0.0.1/token',
    'http://127.255.254.253:8080',
    'http://127.10.20.30',
    'http://[::1]:4000/',
    'HTTP://LOCALHOST/token',
  ])('is accepted for this machine: %s', (url) => {
    expect(urlProblem(url, [], true)).toBeUndefined();
  });

  test.each([
    'http://128.0.0.1/',
    'http://10.127.0.1/',
    'http://[::2]/',
    'http://localhost.example/',
    'http://127.0.0.1.example/',
    'http://my-localhost/',
  ])('is refused for another machine: %s', (url) => {
    expect(urlProblem(url, [], true)).toBe('must use https: credentials and tokens are sent there');
    expect(urlProblem(url, [], false)).toBe(
      'must use https, except on loopback (for a test double elsewhere add its origin to allowInsecureOrigins)',
    );
  });

  test('is accepted for an origin that the configuration names, and never in production', () => {
    expect(urlProblem('http://bank:4000/token', ['http://bank:4000'], false)).toBeUndefined();
    expect(urlProblem('http://bank:4001/token', ['http://bank:4000'], false)).toMatch(/^must use https/);
    expect(urlProblem('http://bank:4000/token', ['http://bank:4000'], true)).toMatch(/^must use https/);
  });
});

describe('a URL', () => {
  test.each(['https://me@bank.example', 'https://:mine@bank.example', 'https://me:mine@bank.example/token'])(
    'must not contain credentials: %s',
    (url) => {
      expect(urlProblem(url, [], true)).toBe('must not contain credentials');
    },
  );

  test.each([
    'https://bank.example?',
    'https://bank.example/?a=1',
    'https://bank.example/#',
    'https://bank.example#a',
  ])('must not have a query or a fragment: %s', (url) => {
    expect(urlProblem(url, [], true)).toBe('must not have a query or a fragment');
  });

  test.each([
    'bank.example',
    '/token',
    'ftp://bank.example',
    'xhttps://bank.example',
    'https:',
    'https://',
    '',
  ])('must be absolute and of HTTP: %j', (url) => {
    expect(urlProblem(url, [], true)).toBe('must be an absolute URL, for instance https://api.bank.example');
  });

  test('must be a string', () => {
    for (const other of [undefined, null, 7, ['https://bank.example']])
      expect(parseUrl(other)).toBeUndefined();
  });
});

describe('an origin', () => {
  test.each([
    'https://bank.example',
    'https://bank.example/',
    'http://bank:4000',
    'https://bank.example:8443',
  ])('may be %s', (text) => {
    expect(originProblem(text)).toBeUndefined();
  });

  test.each([
    'https://bank.example//',
    'https://bank.example/v1',
    'https://bank.example?',
    'https://*.bank.example',
    'https://me@bank.example',
    'bank.example',
    '',
  ])('may not be %j', (text) => {
    expect(originProblem(text)).toBe('must contain origins only, for instance https://files.bank.example');
  });
});
