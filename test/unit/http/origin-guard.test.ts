import { describe, expect, test } from '@jest/globals';
import type { InternalAxiosRequestConfig } from 'axios';
import { isBankAuthError, UntrustedOriginError } from '../../../src/errors/index.js';
import { givenUrl, guardedUrl, harmlessly } from '../../../src/http/origin-guard.js';

const provider = {
  name: 'a-bank',
  merchant: 'shop-7',
  origins: new Set(['https://api.bank.example', 'https://files.bank.example:8443']),
};

function url(config: object): string {
  return guardedUrl(givenUrl(config as InternalAxiosRequestConfig), provider).href;
}

function refusal(config: object): UntrustedOriginError {
  try {
    url(config);
  } catch (error) {
    expect(isBankAuthError(error, 'BANK_AUTH_UNTRUSTED_ORIGIN')).toBe(true);
    return error as UntrustedOriginError;
  }
  throw new Error('it was not refused');
}

describe('a request goes to', () => {
  test.each([
    ['https://api.bank.example', '/orders', 'https://api.bank.example/orders'],
    ['https://api.bank.example/', '/orders', 'https://api.bank.example/orders'],
    ['https://api.bank.example//', '//orders', 'https://api.bank.example/orders'],
    ['https://api.bank.example/v1', 'orders', 'https://api.bank.example/v1/orders'],
    ['https://api.bank.example/v1/', '///orders/', 'https://api.bank.example/v1/orders/'],
    ['https://api.bank.example/v1', '', 'https://api.bank.example/v1'],
    ['https://api.bank.example/v1', undefined, 'https://api.bank.example/v1'],
    ['https://api.bank.example/v1', null, 'https://api.bank.example/v1'],
    ['https://api.bank.example/v1/', '', 'https://api.bank.example/v1/'],
    ['https://api.bank.example', 'a/b//c?next=//d', 'https://api.bank.example/a/b//c?next=//d'],
  ])('its base URL %j with %j', (baseURL, path, expected) => {
    expect(url({ baseURL, url: path, allowAbsoluteUrls: false })).toBe(expected);
  });

  test.each([
    ['https://api.bank.example/other'],
    ['HTTPS://API.BANK.EXAMPLE/other'],
    ['https://files.bank.example:8443/statement.pdf'],
  ])('an absolute URL of its own, %s', (absolute) => {
    expect(url({ url: absolute })).toBe(new URL(absolute).href);
    expect(url({ baseURL: '', url: absolute })).toBe(new URL(absolute).href);
    expect(url({ baseURL: 'https://api.bank.example/v1', url: absolute })).toBe(new URL(absolute).href);
  });

  test('its base URL even with an apparent absolute URL, where absolute ones are not allowed', () => {
    expect(
      url({
        baseURL: 'https://api.bank.example/v1',
        url: 'https://evil.example/x',
        allowAbsoluteUrls: false,
      }),
    ).toBe('https://api.bank.example/v1/https://evil.example/x');
  });

  test.each(['http:/evil.example', 'orders?to=https://evil.example/', 'mailto:a@evil.example', '1http://a/'])(
    'its base URL with a path that only resembles an absolute URL: %s',
    (path) => {
      expect(url({ baseURL: 'https://api.bank.example', url: path })).toBe(
        `https://api.bank.example/${path}`,
      );
    },
  );
});

describe('a request is refused', () => {
  test.each([
    ['another host', 'https://evil.example/x', 'https://evil.example'],
    ['plain HTTP', 'http://api.bank.example/x', 'http://api.bank.example'],
    ['another port', 'https://api.bank.example:8443/x', 'https://api.bank.example:8443'],
    ['a look-alike', 'https://api.bank.example.evil.example/', 'https://api.bank.example.evil.example'],
    ['an unusual scheme', 'x-y+z.1://api.bank.example/', 'no HTTP origin'],
    ['a file', 'file:///etc/passwd', 'no HTTP origin'],
    ['a user in the URL', 'https://me@api.bank.example/x', 'a URL that contains credentials'],
    ['a password in the URL', 'https://:mine@api.bank.example/x', 'a URL that contains credentials'],
  ])('that goes to %s', (_what, target, named) => {
    for (const baseURL of [undefined, 'https://api.bank.example']) {
      const { message } = refusal({ baseURL, url: target });
      expect(message).toContain(`this request goes to ${named}, so it was not sent`);
    }
  });

  test.each([
    ['a path alone', { url: '/orders' }],
    ['nothing', {}],
    ['a base that is a path', { baseURL: '/v1', url: '/orders' }],
    [
      'a URL without scheme, whatever its base',
      { baseURL: 'https://api.bank.example', url: '//evil.example/' },
    ],
  ])('that goes nowhere certain: %s', (_what, config) => {
    expect(refusal(config).message).toContain('this request goes to no absolute URL (is baseURL missing?)');
  });

  test.each([
    ['a base elsewhere', { baseURL: 'https://evil.example', url: '/orders' }],
    ['a base elsewhere, before a URL', { baseURL: 'https://evil.example', url: 'https://api.bank.example/' }],
    ['a URL without a base', { url: 'https://evil.example/orders' }],
    ['a URL before an empty base', { baseURL: '', url: 'https://evil.example/orders' }],
  ])('that allows no absolute URLs and goes to %s', (_what, config) => {
    const { message } = refusal({ ...config, allowAbsoluteUrls: false });
    expect(message).toContain('this request goes to https://evil.example, so it was not sent');
  });

  test('that goes through a local socket', () => {
    const { message } = refusal({ url: 'https://api.bank.example/', socketPath: '/run/any.sock' });
    expect(message).toContain('this request goes to a local socket (socketPath), so it was not sent');
  });

  test('with a message that says whose token it is, where it may go and what to do', () => {
    const error = refusal({ url: 'https://evil.example/orders?card=4111' });
    expect(error.message).toBe(
      'a-bank: this request goes to https://evil.example, so it was not sent: the token is for ' +
        'https://api.bank.example, https://files.bank.example:8443 only. Use another client for other hosts, ' +
        'or add the origin to allowedOrigins.',
    );
    expect(error).toMatchObject({ provider: 'a-bank', merchant: 'shop-7', requestSent: false });
  });
});

describe('an adapter of the user gets', () => {
  const target = (config: object) => {
    const given = givenUrl(config as InternalAxiosRequestConfig);
    return harmlessly(given, guardedUrl(given, provider));
  };
  const base = 'https://api.bank.example';

  test.each([
    [base, '/orders'],
    [`${base}/`, '/orders/1?a=b c&d=@e#f'],
    [`${base}/v1`, 'orders/1?a=b:c'],
    [`${base}/v1`, '/users/@me:1'],
    [`${base}/v1`, ''],
    [base, undefined],
    [base, '?a=//b'],
  ])('the base URL %j and the path %j as they were given', (baseURL, url) => {
    expect(target({ baseURL, url })).toEqual({ baseURL, url });
  });

  test.each([
    [base, 'orders'],
    [`${base}/`, 'orders'],
    [base, '.evil.example/'],
    [base, '@evil.example/'],
    [base, ':8443/'],
    [base, '@api.bank.example/'],
    [base, 'https:/evil.example/'],
    [`${base}/v1`, 'https:/evil.example/'],
    [`${base}/v1`, 'https:evil.example/'],
    [`${base}/v1`, ' //evil.example/'],
    [`${base}/v1`, '\u00a0//evil.example/'],
  ])('with the base URL %j a slash in front of %j, without which it could lead elsewhere', (baseURL, url) => {
    expect(target({ baseURL, url })).toEqual({ baseURL, url: `/${url}` });
  });

  test.each([
    ['an absolute URL', base, `${base}/orders`],
    ['an absolute URL', undefined, `${base}/orders`],
    ['an absolute URL', 'https://evil.example', `${base}/orders`],
    ['an absolute URL', base, 'https://files.bank.example:8443/x'],
    ['a path with a backslash', base, '\\\\evil.example/'],
    ['a path with a backslash', base, '/a\\b'],
    ['a path with a control character', base, '\t//evil.example/'],
    ['a path with a control character', base, '/a\rb'],
    ['a base URL with white space', ` ${base}`, '/orders'],
    ['a base URL with a backslash and no path', `${base}\\@evil.example/`, undefined],
  ])('the whole URL that was checked for %s: %j and %j', (_what, baseURL, url) => {
    const checked = guardedUrl({ baseURL, url }, provider);
    expect(target({ baseURL, url })).toEqual({ baseURL: undefined, url: checked.href });
  });

  test('no object that could change after the check', () => {
    let said = 0;
    const flip = () => `${said++ === 0 ? base : 'https://evil.example'}/x`;
    expect(target({ url: { toString: flip } })).toEqual({ url: `${base}/x`, baseURL: undefined });
    said = 0;
    expect(target({ baseURL: { toString: flip }, url: 'y' })).toEqual({ baseURL: `${base}/x`, url: 'y' });
  });
});
