import { parse as legacyParse, resolve as legacyResolve } from 'node:url';
import { expect, test } from '@jest/globals';
import type { InternalAxiosRequestConfig } from 'axios';
import fc from 'fast-check';
import { givenUrl, guardedUrl, harmlessly } from '../../src/http/origin-guard.js';
import { replayable } from '../support/replay.js';

// An adapter of the user gets the token together with `url` and `baseURL`: however it makes a URL of the two, that URL
// must lead to the bank.

const ORIGIN = 'https://api.bank.example';
const provider = { name: 'a-bank', merchant: 'default', origins: new Set([ORIGIN]) };

/** The ways in which adapters make one URL of two strings. */
const readings: Record<string, (url: string | undefined, baseURL: string | undefined) => string | undefined> =
  {
    'the URL alone': (url) => originOf(() => new URL(url ?? '')),
    'the base URL alone': (_url, baseURL) => originOf(() => new URL(baseURL ?? '')),
    'one after the other': (url, baseURL) => originOf(() => new URL(`${baseURL ?? ''}${url ?? ''}`)),
    'with a slash between': (url, baseURL) => originOf(() => new URL(`${baseURL ?? ''}/${url ?? ''}`)),
    'one resolved against the other': (url, baseURL) => originOf(() => new URL(url ?? '', baseURL)),
    'with a stripped slash': (url, baseURL) =>
      originOf(() => new URL((baseURL ?? '').replace(/\/+$/, '') + (url ?? ''))),
    trimmed: (url, baseURL) =>
      originOf(() => new URL((url ?? '').trim(), (baseURL ?? '').trim() || undefined)),
    'by the old parser': (url, baseURL) => legacyOrigin(`${baseURL ?? ''}${url ?? ''}`),
    'resolved by the old parser': (url, baseURL) => legacyOrigin(legacyResolve(baseURL ?? '', url ?? '')),
    'the URL alone by the old parser': (url) => legacyOrigin(url ?? ''),
  };

function originOf(made: () => URL): string | undefined {
  try {
    return made().origin;
  } catch {
    return undefined;
  }
}

function legacyOrigin(text: string): string | undefined {
  try {
    const { protocol, host } = legacyParse(text);
    return host ? `${protocol}//${host}` : undefined;
  } catch {
    return undefined;
  }
}

const fragment = fc.constantFrom(
  ORIGIN,
  `${ORIGIN}/v1`,
  'HTTPS://API.bank.example',
  'https://evil.example',
  '//evil.example',
  '\\\\evil.example',
  'evil.example',
  '/',
  '//',
  '\\',
  ':',
  '@',
  '.',
  '..',
  '?',
  '#',
  ';',
  '%',
  '%2f',
  '%40',
  '%00',
  ' ',
  '\t',
  '\n',
  '\0',
  '\u00a0',
  '\u200b',
  '\uff0f',
  '\uff20',
  '。',
  'http:',
  'https:',
  'https:/',
  ':8443',
  'user:pw@',
  '[::1]',
  'orders',
  '/orders/1',
  '?a=b',
  '&',
  '\u0000',
  '|',
  '^',
  '{',
  '<',
);
const text = fc
  .array(fc.oneof({ weight: 4, arbitrary: fragment }, fc.string({ maxLength: 3 })), { maxLength: 6 })
  .map((parts) => parts.join(''));
const config = fc.record(
  {
    url: fc.oneof(
      text,
      text.map((end) => `${ORIGIN}${end}`),
    ),
    baseURL: fc.oneof(
      fc.constant(ORIGIN),
      fc.constant(`${ORIGIN}/v1/`),
      text,
      text.map((end) => `${ORIGIN}${end}`),
    ),
    allowAbsoluteUrls: fc.boolean(),
  },
  { requiredKeys: [] },
);

test('an adapter of the user reaches the bank only, however it reads its configuration', () => {
  let passed = 0;
  fc.assert(
    fc.property(config, (asked) => {
      const given = givenUrl(asked as InternalAxiosRequestConfig);
      let url: URL;
      try {
        url = guardedUrl(given, provider);
      } catch {
        return;
      }
      const told = harmlessly(given, url);
      passed += 1;
      expect(guardedUrl({ ...given, ...told }, provider).href).toBe(url.href);
      for (const [how, read] of Object.entries(readings)) {
        const origin = read(told.url, told.baseURL);
        if (origin !== undefined && origin !== 'null')
          expect([how, told, origin.toLowerCase()]).toEqual([how, told, ORIGIN]);
      }
    }),
    replayable('FUZZ', 1_200),
  );
  expect(passed).toBeGreaterThan(200);
});
