import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { BankAuthConfigError } from '../../../src/errors/index.js';
import { replayable } from '../../support/replay.js';
import { credentials, problemsOfEnvironment, refusalOf } from '../../support/resolved-options.js';

/** Begins every planted value, so that one search finds any of them. */
const PLANTED = 'sUpErSeCrEt';

/** The lines in which a planted value shows, of everything that anybody could print of an error. */
function leaksOf(error: BankAuthConfigError): string[] {
  const own = Object.getOwnPropertyNames(error).map((name) => String(Reflect.get(error, name)));
  return [
    String(error),
    error.message,
    error.stack,
    error.problems.join('\n'),
    inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true, getters: true }),
    inspect(error.cause, { depth: Number.POSITIVE_INFINITY, showHidden: true }),
    JSON.stringify(error),
    JSON.stringify(error, Object.getOwnPropertyNames(error)),
    ...own,
  ]
    .join('\n')
    .split('\n')
    .filter((line) => line.includes(PLANTED));
}

const PROVIDER_OPTIONS = [
  'bank',
  'environment',
  'enabled',
  'clientId',
  'clientSecret',
  'apiKey',
  'scopes',
  'tokenUrl',
  'apiBaseUrl',
  'allowedOrigins',
  'allowInsecureOrigins',
  'http',
  'keepWarm',
  'credentials',
  'merchants',
  'tokenRequests',
  // Wrong names for secrets, as people write them.
  'client_secret',
  'secret',
  'password',
  'apikey',
  'apisecret',
];

/** The shapes in which a value may stand where it should not. */
const shapes: Record<string, (secret: string) => unknown> = {
  'a string': (secret) => secret,
  'a list': (secret) => [secret],
  'a member': (secret) => ({ value: secret }),
  'a definition': (secret) => ({ id: secret, title: secret, docs: secret, tokenUrl: { sandbox: secret } }),
  'an object that prints it': (secret) => ({ toString: () => secret, toJSON: () => secret }),
  'a URL with credentials': (secret) => `https://${secret}:${secret}@bank.example`,
  'a URL with a query': (secret) => `https://bank.example/?secret=${secret}`,
  'an insecure URL': (secret) => `http://bank.example/${secret}`,
  'text on two lines': (secret) => `${secret}\n${secret}`,
  'a string with a colon': (secret) => `${secret}:${secret}`,
};

describe('no message ever shows a value', () => {
  describe.each(Object.entries(shapes))('that is %s', (_name, shaped) => {
    const value = shaped(PLANTED);

    test.each(PROVIDER_OPTIONS)('and stands under the option %s of a provider', (option) => {
      for (const name of ['bog-payments', 'tbc-tpay', 'tbc-business', 'partner', 'no-such-bank']) {
        const error = refusalOf({
          environment: 'sandbox',
          // A mistake besides, so that there is a message in any case.
          warmUp: 'mistake',
          providers: { [name]: { ...credentials, [option]: value } },
        });
        expect(leaksOf(error)).toEqual([]);
      }
    });

    test.each([
      'environment',
      'providers',
      'store',
      'refresh',
      'retry',
      'cooldown',
      'warmUp',
      'merchantLabel',
      'surprise',
    ])('and stands under the option %s of the module', (option) => {
      const error = refusalOf(
        { environment: 'sandbox', providers: { 'bog-payments': {} }, [option]: value },
        ['bog-payments'],
      );
      expect(leaksOf(error)).toEqual([]);
    });

    test.each([
      'retry.attempts',
      'refresh.jitter',
      'cooldown.rejected',
      'http.timeout',
      'http.proxy',
      'merchants.limit',
      'merchants.idleTime',
      'tokenRequests.concurrency',
      'tokenRequests.queue',
      'tokenRequests.rate',
    ])('and stands under %s', (path) => {
      const [group = '', option = ''] = path.split('.');
      const nested = { [group]: { [option]: value } };
      const isOfProvider = ['http', 'merchants', 'tokenRequests'].includes(group);
      const error = refusalOf({
        environment: 'sandbox',
        ...(isOfProvider ? {} : nested),
        providers: { 'bog-payments': isOfProvider ? nested : {} },
      });
      expect(leaksOf(error)).toEqual([]);
    });

    test('and stands in place of all options', () => {
      const all = Object.fromEntries(PROVIDER_OPTIONS.map((option) => [option, value]));
      const providers = { 'bog-payments': all, 'tbc-tpay': value };
      const error = refusalOf({ environment: value, warmUp: value, store: value, retry: value, providers });
      expect(leaksOf(error)).toEqual([]);
    });
  });

  test('in any combination of values', () => {
    const value = fc
      .tuple(fc.constantFrom(...Object.values(shapes)), fc.string({ maxLength: 8 }))
      .map(([shaped, tail]) => shaped(PLANTED + tail));
    const provider = fc.dictionary(fc.constantFrom(...PROVIDER_OPTIONS), value, { maxKeys: 6 });
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('bog-payments', 'tbc-tpay', 'partner', 'tbc-business'), provider, {
          minKeys: 1,
        }),
        (providers) => {
          const error = refusalOf({ environment: 'sandbox', warmUp: 'mistake', providers });
          expect(leaksOf(error)).toEqual([]);
        },
      ),
      replayable('FUZZ', 200),
    );
  });

  test('that is a number, in any place', () => {
    const number = 98_765_432_109.5;
    const [refresh, retry, cooldown, http, merchants, tokenRequests, rate] = [
      ['aheadFraction', 'aheadMax', 'unusableFraction', 'unusableMax', 'jitter'],
      ['attempts', 'attemptTimeout', 'deadline'],
      ['rejected', 'unavailableMax'],
      ['timeout'],
      ['limit', 'idleTime'],
      ['concurrency', 'queue'],
      ['requests', 'per'],
    ].map((options) => Object.fromEntries(options.map((option) => [option, number])));
    const provider = Object.fromEntries(PROVIDER_OPTIONS.map((option) => [option, number]));
    const error = refusalOf({
      environment: number,
      refresh,
      retry,
      cooldown,
      warmUp: number,
      merchantLabel: number,
      providers: {
        'bog-payments': {
          ...provider,
          bank: undefined,
          http,
          merchants,
          tokenRequests: { ...tokenRequests, rate },
        },
        partner: provider,
      },
    });
    expect(error.problems.length).toBeGreaterThan(20);
    expect(`${error.stack}${inspect(error)}${JSON.stringify(error)}`).not.toMatch(/98765432109/);
  });

  test('that was read from a variable, nor the name of its file', () => {
    const suffixes = [
      'CLIENT_ID',
      'CLIENT_SECRET',
      'API_KEY',
      'SCOPES',
      'TOKEN_URL',
      'API_BASE_URL',
      'ENVIRONMENT',
      'ENABLED',
      'BANK',
    ];
    const plain = suffixes.map((suffix) => [`TBC_TPAY_${suffix}`, `${PLANTED}:\n`] as const);
    const files = suffixes.map((suffix) => [`TBC_TPAY_${suffix}_FILE`, `/${PLANTED}/x`] as const);
    const environment = { BANK_AUTH_ENVIRONMENT: PLANTED };
    for (const variables of [plain, files, [...plain, ...files], plain.slice(0, 7), files.slice(0, 7)]) {
      const problems = problemsOfEnvironment(
        { ...environment, ...Object.fromEntries(variables) },
        'tbc-tpay',
      );
      expect(problems.length).toBeGreaterThan(1);
      expect(problems.join('\n')).not.toContain(PLANTED);
    }
  });

  test('and the error holds no reference to the options', () => {
    const error = refusalOf({
      environment: 'sandbox',
      providers: { 'bog-payments': { clientId: PLANTED, clientSecret: PLANTED, surprise: PLANTED } },
    });
    expect(error.cause).toBeUndefined();
    expect(Reflect.ownKeys(error).map(String).sort()).toEqual(
      [
        'code',
        'merchant',
        'message',
        'name',
        'problems',
        'provider',
        'requestSent',
        'retryable',
        'stack',
      ].sort(),
    );
  });

  test('while the search would find one', () => {
    const leak = Object.assign(refusalOf({}), { cause: { deep: { down: [PLANTED] } } });
    expect(leaksOf(leak)).not.toEqual([]);
  });
});
