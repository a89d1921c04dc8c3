import { describe, expect, test } from '@jest/globals';
import {
  ERROR_CODES,
  errorOf,
  isTokenFailure,
  type TokenFailure,
  tokenFailure,
  unusableCredentials,
} from '../../../src/token/token-failure.js';
import { type Trouble, whoIs } from '../../../src/token/token-failure.messages.js';

const context = {
  provider: 'a-bank',
  merchant: 'default',
  endpoint: 'https://bank.example/token',
  who: 'a-bank',
  credentialsFrom: 'A_BANK_CLIENT_ID and A_BANK_CLIENT_SECRET',
  scopesFrom: 'A_BANK_SCOPES',
};
const rejected: TokenFailure = { kind: 'rejected', reason: 'HTTP 401', status: 401 };

const check =
  'Check A_BANK_CLIENT_ID and A_BANK_CLIENT_SECRET, and that they belong to this product and environment.';
const http = (status: number, more = ''): Pick<TokenFailure, 'reason' | 'status'> => ({
  reason: `HTTP ${status}${more}`,
  status,
});

test('a failure has the code of its error, which a status tells without the error', () => {
  const kinds = Object.keys(ERROR_CODES) as TokenFailure['kind'][];
  const codes = kinds.map((kind) => [kind, errorOf({ kind, reason: 'HTTP 500' }, context, 0).code]);
  expect(Object.fromEntries(codes)).toEqual(ERROR_CODES);
});

describe('the message of an error says what happened, where, what to do and when it is tried again:', () => {
  test.each<[TokenFailure, string]>([
    [
      rejected,
      `a-bank: the bank refused the credentials at https://bank.example/token (HTTP 401). ${check} ` +
        'The first call after 60 s asks the bank again.',
    ],
    [
      { kind: 'unavailable', reason: 'ESOMETHING' },
      'a-bank: no token from https://bank.example/token (ESOMETHING). Wait if the bank is down; if not, check the ' +
        'network between. The first call after 60 s asks the bank again.',
    ],
    [
      { kind: 'invalid', ...http(418) },
      'a-bank: https://bank.example/token answered something that is no token (HTTP 418). Check the token URL and ' +
        'the bank definition, then ask the bank. The first call after 60 s asks the bank again.',
    ],
    [
      { kind: 'credentials-unreadable', reason: 'ENOENT: /run/secrets/bank' },
      'a-bank: the credentials could not be read (ENOENT: /run/secrets/bank), so the bank was not asked. Fix that; files and functions are read again without a restart. The first call after 60 s asks the bank again.',
    ],
    [
      { kind: 'credentials-unreadable', reason: 'of global-agent', trouble: 'agent-replaced' },
      'a-bank: no token was asked for, because of global-agent. Exempt the bank from this, or use http.proxy. ' +
        'The first call after 60 s asks the bank again.',
    ],
  ])('%j', (failure, message) => {
    expect(errorOf(failure, context, 60_000).message).toBe(message);
  });

  test.each<[string, TokenFailure, RegExp]>([
    [
      'a 500',
      { kind: 'unavailable', ...http(500) },
      /The fault is the bank's: its token endpoint failed\. Wait/,
    ],
    [
      'a 503',
      { kind: 'unavailable', ...http(503) },
      /The fault is the bank's: its token endpoint failed\. Wait/,
    ],
    [
      'a 429',
      { kind: 'unavailable', ...http(429) },
      /more token requests than it allows\..*tokenRequests\.rate/,
    ],
    ['a 408', { kind: 'unavailable', ...http(408) }, /gave up on this one request\. Wait/],
    [
      'a 400 that says so',
      { kind: 'unavailable', ...http(400, ' temporarily_unavailable') },
      /The bank says that it is out of service\. Wait/,
    ],
    [
      'a redirect',
      { kind: 'invalid', ...http(302, ', a redirect') },
      /The token URL is outdated, or a proxy/,
    ],
    ['a 404', { kind: 'invalid', ...http(404) }, /no token endpoint at this URL: check the token URL\./],
    ['a 403', { kind: 'invalid', ...http(403) }, /whether it admits the address of this machine/],
    [
      'a 200 with another body',
      { kind: 'invalid', ...http(200, ', but the body is not a JSON object in UTF-8') },
      /a proxy or a maintenance page/,
    ],
    [
      'a 200 without a token',
      { kind: 'invalid', ...http(200, ', but it contains no access token') },
      /does not match the bank definition: compare its tokenResponse/,
    ],
    [
      'a request that is not understood',
      { kind: 'invalid', ...http(400, ' unsupported_grant_type') },
      /does not understand the request: compare the bank definition/,
    ],
    [
      'invalid_scope',
      { kind: 'rejected', ...http(400, ' invalid_scope') },
      /refused the scopes at .*A_BANK_SCOPES/,
    ],
    [
      'unauthorized_client',
      { kind: 'rejected', ...http(400, ' unauthorized_client') },
      /refused the client at .*has not enabled this product for the client: ask the bank to enable it\. Some banks also answer this to a wrong secret\. Check A_BANK_CLIENT_ID/,
    ],
    [
      'unauthorized_client with 401, which Keycloak says of a wrong secret',
      { kind: 'rejected', ...http(401, ' unauthorized_client') },
      /refused the credentials at .*The secret is wrong, or the bank has not enabled this product/,
    ],
    [
      'special characters as they are',
      { ...rejected, encoding: 'raw' },
      /refused the credentials .*special characters.*Try encoding: 'rfc6749' \(form-encoded\) .*client_secret_post/,
    ],
    [
      'special characters form-encoded',
      { ...rejected, encoding: 'rfc6749' },
      /special characters.*Try encoding: 'raw' in the clientAuthentication/,
    ],
  ])('has a sentence of its own on %s', (_what, failure, sentence) => {
    const { message } = errorOf(failure, context, 1_000);
    expect(message).toMatch(sentence);
    expect(message).toMatch(/ The first call after 1 s asks the bank again\.$/);
  });

  test.each<[Trouble, RegExp]>([
    ['time-out', /bank is slow or down, or something on the way drops packets/],
    ['name-unknown', /the DNS of this machine knows no host of that name, so nothing was sent/],
    ['name-server', /the DNS of this machine does not answer, so nothing was sent/],
    ['refused', /Nothing accepts connections there, so nothing was sent/],
    ['unreachable', /no route to the bank, so nothing was sent/],
    ['out-of-handles', /as many files and connections open as it may/],
    ['cut', /closed the connection/],
    ['untrusted', /does not prove that it is the bank, so no credentials were sent\. Leave verification on/],
    ['certificate-expired', /out of date, or the clock of this machine is wrong/],
    ['other-host', /made out to another host/],
    ['handshake', /Check tlsCertificate and tlsKey/],
    ['others', /Another replica of this application/],
    ['expired', /expire before they can be used/],
  ])('has a sentence of its own on the trouble "%s"', (trouble, sentence) => {
    expect(errorOf({ kind: 'unavailable', reason: 'ECODE', trouble }, context, 0).message).toMatch(sentence);
  });

  test('says for how long payments go on where a renewal fails', () => {
    const served = { forMs: 95_000, until: Date.UTC(2026, 10, 29, 12, 30, 7, 250) };
    expect(errorOf(rejected, context, 60_000, { served }).message).toMatch(
      / Payments go on with the current token for 95 s, until 2026-11-29T12:30:07Z\. The first call after 60 s asks the bank again\.$/,
    );
  });

  test('a call during a cool-down gets an error that says it was not sent', () => {
    expect(errorOf(rejected, context, 60_000, { cooling: true }).message).toMatch(
      / This call sent no token request, because one failed just before\. The first call after 60 s asks the bank again\.$/,
    );
  });

  test('a merchant other than the provider itself is named', () => {
    const merchant = 'shop "7"';
    const error = errorOf(rejected, { ...context, merchant, who: whoIs('a-bank', merchant) }, 0);
    expect(error.message).toMatch(/^a-bank \(merchant "shop \\"7\\""\): the bank refused/);
    expect(error).toMatchObject({ provider: 'a-bank', merchant: 'shop "7"' });
  });

  test.each([
    [-5, '0 ms'],
    [0, '0 ms'],
    [0.2, '1 ms'],
    [999, '999 ms'],
    [1_000, '1 s'],
    [1_001, '2 s'],
    [59_999.5, '60 s'],
  ])('%d ms are %s', (milliseconds, text) => {
    expect(errorOf(rejected, context, milliseconds).message.includes(` after ${text} asks `)).toBe(true);
  });

  test.each<[string, TokenFailure, RegExp]>([
    ['a rejection', rejected, /, and that they belong to this product and environment\.$/],
    ['a bank that is down', { kind: 'unavailable', ...http(500) }, /its token endpoint failed\. .*\.$/],
    ['no token', { kind: 'invalid', ...http(404) }, /check the token URL\.$/],
    ['a broken definition', { kind: 'invalid', reason: 'x', trouble: 'definition' }, /definition.*\.$/],
    ['unreadable credentials', { kind: 'credentials-unreadable', reason: 'ENOENT' }, /without a restart\.$/],
  ])('says nothing of a next attempt where none follows by itself: %s', (_what, failure, end) => {
    const error = errorOf(failure, context, undefined);
    expect(error.message).toMatch(end);
    expect(error.message).not.toMatch(/NaN|undefined|^\s|\s$/);
    expect(error).not.toHaveProperty('retryAfterMs');
  });

  test("the fault is the definition's where its functions make no request or no headers", () => {
    const broken = { kind: 'invalid', reason: 'its headers are none', trouble: 'definition' } as const;
    const [of, without] = [broken, { ...broken, trouble: undefined }].map(
      (failure) => errorOf(failure, context, 0).message,
    );
    expect(of).toMatch(/^a-bank: .*definition/);
    expect(of).not.toContain('answered something that is no token');
    expect(without).toContain('answered something that is no token');
  });

  test('a caller that waits as long as the message says is not early', () => {
    expect(errorOf(rejected, context, 999.5).retryAfterMs).toBe(1_000);
  });
});

test('the status of the answer is reported where there was an answer', () => {
  expect(errorOf(rejected, context, 0).status).toBe(401);
  expect(errorOf({ kind: 'unavailable', reason: 'ECONNRESET' }, context, 0)).not.toHaveProperty('status');
});

test('a failure of ours is recognised, and a look-alike is not', () => {
  const failure = tokenFailure({ kind: 'unavailable', reason: 'HTTP 503' });
  expect(isTokenFailure(failure)).toBe(true);
  for (const other of [{ ...failure }, new Error('HTTP 503'), undefined, null, 'unavailable', 7]) {
    expect(isTokenFailure(other)).toBe(false);
  }
});

test('unusable credentials are reported with a code where there is one, and show nothing', () => {
  const error = Object.assign(new Error('-----BEGIN PRIVATE KEY'), { code: 'ERR_OSSL_UNSUPPORTED' });
  expect(unusableCredentials('the key', error)).toEqual({
    kind: 'credentials-unreadable',
    reason: 'the key cannot be used, ERR_OSSL_UNSUPPORTED',
  });
  expect(unusableCredentials('the key', new Error('-----BEGIN PRIVATE KEY'))).toEqual({
    kind: 'credentials-unreadable',
    reason: 'the key cannot be used',
  });
});
