import { Agent } from 'node:https';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { builtInBanks, defineBank } from '../../../src/banks/index.js';
import { optionsFromEnvironment } from '../../../src/config/environment.js';
import { resolveOptions } from '../../../src/config/index.js';
import { BankAuthConfigError } from '../../../src/errors/index.js';
import {
  credentials,
  problemsOf,
  problemsOfProvider,
  resolvedProvider,
} from '../../support/resolved-options.js';
import { authority, type TlsIdentity } from '../../support/tls-identities.js';

const find = () => undefined;
/** What each built-in bank wants besides credentials. */
const besides: Readonly<Record<string, object>> = {
  'tbc-business': { scopes: ['bab_accounts'] },
  partner: { apiBaseUrl: 'https://partner.example' },
};
const elsewhere = { tokenUrl: 'https://double.example/token', apiBaseUrl: 'https://double.example' };

let ca: TlsIdentity;
beforeAll(async () => {
  ca = await authority('An authority');
});

describe('a provider with a function for credentials', () => {
  test.each([...builtInBanks.keys()])('requires none of its own at %s', (bank) => {
    const { credentials: own, merchants } = resolvedProvider(
      { ...elsewhere, ...besides[bank], credentials: find },
      bank,
    );
    expect(own).toBeUndefined();
    expect(merchants).toEqual({
      resolve: find,
      limit: 10_000,
      idleTime: 3_600_000,
      values: expect.any(Function),
      description: `the function providers.${bank}.credentials`,
    });
  });

  test.each([
    { method: 'private_key_jwt', algorithm: 'ES256', audience: { sandbox: 'https://issuer.example' } },
    { method: 'tls_client_auth' },
    { method: 'self_signed_tls_client_auth' },
    { method: 'client_secret_post' },
  ] as const)('requires none of its own where the bank requires $method', (clientAuthentication) => {
    const bank = defineBank({
      id: 'a-bank',
      title: 'A bank',
      tokenUrl: { sandbox: 'https://bank.example/token' },
      apiBaseUrl: { sandbox: 'https://bank.example' },
      clientAuthentication,
      options: { apiKey: 'required', tlsCertificate: 'required' },
    });
    expect(resolvedProvider({ bank, credentials: find }).credentials).toBeUndefined();
  });

  test('still requires all other options', () => {
    expect(problemsOfProvider({ credentials: find }, 'tbc-business')).toEqual([
      'scopes is missing: one or both of "bab_accounts" and "bab_transfers"',
    ]);
    expect(problemsOfProvider({ credentials: find }, 'partner')).toEqual([
      "apiBaseUrl is missing: the partner's page names no host",
    ]);
  });

  test.each(['clientId', 'clientSecret', 'apiKey', 'privateKey', 'keyId', 'tlsCertificate', 'tlsKey'])(
    'requires all of its own as soon as %s is given',
    (option) => {
      const given = { ...elsewhere, [option]: 'x' };
      const problems = problemsOfProvider({ ...given, credentials: find }, 'tbc-tpay');
      expect(problems).toEqual(problemsOfProvider(given, 'tbc-tpay'));
      expect(problems.length).toBeGreaterThan(1);
    },
  );

  test('requires all of its own also where a part of them is empty', () => {
    expect(problemsOfProvider({ clientId: '', credentials: find })).toEqual([
      'clientId must be a string on one line',
      'clientSecret is missing',
    ]);
  });

  test.each([undefined, null])('treats a part of them that is %p as missing', (nothing) => {
    const options = { clientId: nothing, clientSecret: nothing, credentials: find };
    expect(resolvedProvider(options).credentials).toBeUndefined();
  });

  test('may have a default merchant besides', () => {
    const provider = resolvedProvider({ ...credentials, credentials: find, keepWarm: true });
    expect(provider.credentials).toMatchObject({
      ...credentials,
      description: 'providers.bog-payments.clientId and providers.bog-payments.clientSecret',
    });
    expect(provider.merchants?.resolve).toBe(find);
    expect(provider.keepWarm).toBe(true);
  });

  test('cannot keep the token of a missing default merchant warm', () => {
    expect(problemsOfProvider({ credentials: find, keepWarm: true })).toEqual([
      "keepWarm requires the provider's own credentials, and there are none: subscribe to token$ of a merchant instead",
    ]);
    expect(problemsOfProvider({ credentials: find, keepWarm: false })).toEqual([]);
  });

  test.each([{}, [], 'a key', 1, true, new Map(), Promise.resolve(find)])(
    'is refused where it is no function: %p',
    (credentials) => {
      expect(problemsOfProvider({ credentials })).toEqual([
        'credentials must be a function that takes a merchant key and returns its credentials',
      ]);
    },
  );

  test.each([undefined, null])('has none where it is %p', (nothing) => {
    expect(problemsOfProvider({ credentials: nothing })).toEqual([
      'clientId is missing',
      'clientSecret is missing',
    ]);
    expect(resolvedProvider({ ...credentials, credentials: nothing })).not.toHaveProperty('merchants');
  });

  test('may name authorities for all of its merchants, which an agent would ignore', () => {
    expect(resolvedProvider({ credentials: find, tlsCa: ca.cert }).credentials).toBeUndefined();
    expect(problemsOfProvider({ credentials: find, tlsCa: 'ca.pem' })).toEqual([
      'tlsCa must be a certificate in PEM',
    ]);
    const http = { httpsAgent: new Agent() };
    expect(problemsOfProvider({ credentials: find, tlsCa: ca.cert, http })).toEqual([
      expect.stringMatching(/^http\.httpsAgent cannot be combined with/),
    ]);
  });

  test('suggests options of credentials for a misspelling', () => {
    expect(problemsOfProvider({ credentials: find, clientSecrt: 'x' })).toEqual([
      'clientSecrt is not an option here; did you mean clientSecret?',
    ]);
  });
});

describe('the limit of merchants', () => {
  test('is accepted', () => {
    const merchants = { limit: 7, idleTime: 1_500 };
    expect(resolvedProvider({ credentials: find, merchants }).merchants).toMatchObject(merchants);
    expect(resolvedProvider({ credentials: find, merchants: { limit: 7 } }).merchants).toMatchObject({
      limit: 7,
      idleTime: 3_600_000,
    });
  });

  test('is refused without a function that finds merchants', () => {
    for (const merchants of [{}, { limit: 1 }])
      expect(problemsOfProvider({ ...credentials, merchants })).toEqual(['merchants requires credentials']);
    expect(problemsOfProvider({ ...credentials, merchants: undefined })).toEqual([]);
  });
});

describe('the load limits of a token endpoint', () => {
  test('are accepted, with a default merchant alone too', () => {
    const tokenRequests = { concurrency: 2, queue: 0, rate: { requests: 5, per: 1_000.5 } };
    expect(resolvedProvider({ ...credentials, tokenRequests }).tokenRequests).toEqual(tokenRequests);
    expect(
      resolvedProvider({ credentials: find, tokenRequests: { queue: 3, rate: null } }).tokenRequests,
    ).toEqual({ concurrency: 8, queue: 3 });
  });

  test('have defaults, also in a disabled provider', () => {
    const defaults = { concurrency: 8, queue: 10_000 };
    expect(resolvedProvider(credentials).tokenRequests).toEqual(defaults);
    const off = resolvedProvider({ enabled: false, credentials: find, tokenRequests: { concurrency: 2 } });
    expect(off).toMatchObject({ enabled: false, tokenRequests: defaults });
    expect(off).not.toHaveProperty('merchants');
    expect(off.credentials).toBeDefined();
  });

  test('require both parts of a rate', () => {
    expect(problemsOfProvider({ ...credentials, tokenRequests: { rate: { requests: 1 } } })).toEqual([
      'tokenRequests.rate.per is missing',
    ]);
    expect(problemsOfProvider({ ...credentials, tokenRequests: { rate: { per: 100 } } })).toEqual([
      'tokenRequests.rate.requests is missing',
    ]);
  });

  test('are validated at their path', () => {
    const options = { ...credentials, tokenRequests: { rate: { requests: 1, per: 0 } } };
    expect(problemsOf({ environment: 'sandbox', providers: { 'bog-payments': options } })).toEqual([
      'providers.bog-payments.tokenRequests.rate.per must be at least 100 milliseconds',
    ]);
  });
});

describe('options from the environment', () => {
  const read = (variables: Readonly<Record<string, string>>, besides: object) => {
    const options = optionsFromEnvironment(
      new Map([['bog-payments', undefined]]),
      (variable) => ({ BANK_AUTH_ENVIRONMENT: 'sandbox', ...variables })[variable],
    );
    const provider = { ...options.providers['bog-payments'], ...besides };
    return resolveOptions({ ...options, providers: { 'bog-payments': provider } }, [
      'bog-payments',
    ]).providers.get('bog-payments');
  };

  test('belong to the default merchant', () => {
    const variables = { BOG_PAYMENTS_CLIENT_ID: 'id', BOG_PAYMENTS_CLIENT_SECRET: 'secret' };
    expect(read(variables, {})).not.toHaveProperty('merchants');
    const both = read(variables, { credentials: find });
    expect(both?.credentials).toMatchObject({ clientId: 'id', clientSecret: 'secret' });
    expect(both?.merchants?.resolve).toBe(find);
  });

  test('are not required beside a function', () => {
    expect(read({}, { credentials: find })?.credentials).toBeUndefined();
    expect(() => read({}, {})).toThrow(BankAuthConfigError);
    expect(() => read({ BOG_PAYMENTS_CLIENT_ID: 'id' }, { credentials: find })).toThrow(
      /BOG_PAYMENTS_CLIENT_SECRET\) is missing/,
    );
  });

  test('are read even then, and unreadable ones are reported', () => {
    expect(() => read({ BOG_PAYMENTS_CLIENT_ID_FILE: '/nowhere' }, { credentials: find })).toThrow(/ENOENT/);
  });
});
