import { describe, expect, test } from '@jest/globals';
import { bogPayments, builtInBanks, defineBank } from '../../../src/banks/index.js';
import { resolveOptions } from '../../../src/config/index.js';
import { BankAuthConfigError } from '../../../src/errors/index.js';
import {
  credentials,
  problemsOf,
  problemsOfProvider,
  refusalOf,
  resolvedProvider,
} from '../../support/resolved-options.js';

const elsewhere = { tokenUrl: 'https://double.example/token', apiBaseUrl: 'https://double.example' };

describe('the option environment', () => {
  test('is required, because it has no default', () => {
    expect(problemsOf({ providers: { 'bog-payments': credentials } })).toEqual([
      expect.stringMatching(/^environment is missing\b.*'production'.*'sandbox'/),
    ]);
  });

  test('is required even where every provider has one of its own', () => {
    const providers = { 'bog-payments': { ...credentials, environment: 'sandbox' } };
    expect(problemsOf({ providers })).toEqual([expect.stringMatching(/^environment is missing/)]);
  });

  test.each(['staging', 'Production', 'sandbox ', '', 1, true, ['sandbox'], {}])(
    'cannot be %p',
    (environment) => {
      expect(problemsOf({ environment, providers: { 'bog-payments': credentials } })).toEqual([
        expect.stringMatching(/^environment must be 'production' or 'sandbox'/),
      ]);
      expect(problemsOfProvider({ ...credentials, environment })).toEqual([
        expect.stringMatching(/^environment must be 'production' or 'sandbox'/),
      ]);
    },
  );

  test('that a bank does not have is refused with the ways out: disabled until production, a double, or the other environment', () => {
    expect(problemsOfProvider(credentials, 'bog-ipay')).toEqual([
      "environment is 'sandbox', but Bank of Georgia: iPay (legacy) has no such system. Until production, switch this " +
        'provider off (enabled: false, in the environment …_ENABLED=false), or give both tokenUrl and apiBaseUrl (of a test ' +
        "double), or set this provider's environment to 'production', where money is real",
    ]);
    const sandboxOnly = defineBank({
      ...bogPayments,
      id: 'trial',
      title: 'Trial',
      tokenUrl: { sandbox: 'https://trial.example/token' },
      apiBaseUrl: { sandbox: 'https://trial.example' },
    });
    expect(problemsOfProvider({ ...credentials, bank: sandboxOnly, environment: 'production' })).toEqual([
      "environment is 'production', but Trial has no such system: give both tokenUrl and apiBaseUrl, or set this " +
        "provider's environment to 'sandbox'",
    ]);
  });

  test('selects the systems of the bank', () => {
    const providers = { 'bog-payments': credentials };
    const urls = (environment: string) => {
      const resolved = resolveOptions({ environment, providers }, ['bog-payments']).providers.get(
        'bog-payments',
      );
      return [resolved?.environment, resolved?.tokenUrl, resolved?.apiBaseUrl];
    };
    expect(urls('production')).toEqual([
      'production',
      bogPayments.tokenUrl.production,
      bogPayments.apiBaseUrl.production,
    ]);
    expect(urls('sandbox')).toEqual([
      'sandbox',
      bogPayments.tokenUrl.sandbox,
      bogPayments.apiBaseUrl.sandbox,
    ]);
  });

  test('of a provider overrides that of the module, for this provider only', () => {
    const { providers } = resolveOptions(
      {
        environment: 'sandbox',
        providers: {
          'bog-payments': credentials,
          'tbc-tpay': { ...credentials, apiKey: 'key', environment: 'production' },
        },
      },
      ['bog-payments', 'tbc-tpay'],
    );
    expect(providers.get('bog-payments')?.environment).toBe('sandbox');
    expect(providers.get('tbc-tpay')).toMatchObject({
      environment: 'production',
      tokenUrl: 'https://api.tbcbank.ge/v2/tpay/access-token',
    });
  });
});

describe('a required option', () => {
  test.each([
    ['bog-payments', 'clientId', credentials],
    ['bog-payments', 'clientSecret', credentials],
    ['tbc-installments', 'clientId', credentials],
    ['tbc-installments', 'clientSecret', credentials],
    ['tbc-tpay', 'apiKey', { ...credentials, ...elsewhere, apiKey: 'key' }],
    ['tbc-checkout', 'apiKey', { ...credentials, ...elsewhere, apiKey: 'key' }],
    ['tbc-business', 'scopes', { ...credentials, scopes: ['bab_accounts'] }],
    ['partner', 'apiBaseUrl', { ...credentials, apiBaseUrl: 'https://partner.example' }],
  ])('of %s: a missing %s is reported at its path, and nothing else is', (name, option, options) => {
    expect(problemsOfProvider(options, name)).toEqual([]);
    const { [option as keyof typeof options]: _left, ...without } = options;
    expect(problemsOfProvider(without, name)).toEqual([
      expect.stringMatching(new RegExp(`^${option} is missing`)),
    ]);
    expect(problemsOfProvider({ ...options, [option]: undefined }, name)).toEqual([
      expect.stringMatching(new RegExp(`^${option} is missing`)),
    ]);
    expect(problemsOfProvider({ ...options, [option]: null }, name)).toEqual([
      expect.stringMatching(new RegExp(`^${option} is missing`)),
    ]);
  });

  test("of tbc-installments is explained in the words of the bank's page", () => {
    const [id, secret, ...others] = problemsOfProvider({}, 'tbc-installments');
    expect(id).toMatch(/^clientId is missing: .*"apikey"/);
    expect(secret).toMatch(/^clientSecret is missing: .*"apisecret"/);
    expect(others).toEqual([]);
  });

  test.each([
    ['tbc-tpay', 'clientId', /merchant id/],
    ['tbc-tpay', 'apiKey', /"apikey" header/],
    ['tbc-business', 'scopes', /bab_accounts.*bab_transfers/],
    ['partner', 'apiBaseUrl', /names no host/],
    ['bog-installments', 'clientId', /not those of bog-payments/],
  ])('of %s: a missing %s is reported with a hint', (name, option, hint) => {
    const found = problemsOf({ environment: 'production', providers: { [name]: {} } });
    const problem = found.find((text) => text.startsWith(`providers.${name}.${option} is missing: `));
    expect(problem).toMatch(hint);
  });

  test('is decided by a definition of the user in the same way', () => {
    const bank = defineBank({
      id: 'my-bank',
      title: 'My bank',
      tokenUrl: { sandbox: 'https://my-bank.example/token' },
      apiBaseUrl: { sandbox: 'https://my-bank.example' },
      clientAuthentication: { method: 'client_secret_post' },
      options: { apiKey: 'required', scopes: 'required', hints: { apiKey: 'ask the branch' } },
    });
    expect([...problemsOfProvider({ bank, ...credentials }, 'mine')].sort()).toEqual([
      'apiKey is missing: ask the branch',
      'scopes is missing',
    ]);
  });
});

describe('all mistakes are reported at once', () => {
  const options = {
    environment: 'nowhere',
    store: {},
    warmUp: 'maybe',
    retry: { attempts: 0 },
    surprise: true,
    providers: {
      'bog-payments': { clientSecret: 'secret', environment: 'sandbox', tokenUrl: 'http://bank.example/t' },
      'tbc-tpay': { environment: 'sandbox' },
      'tbc-business': { ...credentials, environment: 'sandbox', scopes: ['others'] },
      partner: {},
      'bog-paymnets': credentials,
      'bog-ipay': 'no object',
      unlisted: {},
    },
  };
  const names = [
    'bog-payments',
    'tbc-tpay',
    'tbc-business',
    'partner',
    'bog-paymnets',
    'bog-ipay',
    'unconfigured',
  ];

  test('in one message, each with its path', () => {
    const { message, problems } = refusalOf(options, names);
    for (const path of [
      'environment',
      'store',
      'warmUp',
      'retry.attempts',
      'surprise',
      'providers.bog-payments.clientId',
      'providers.bog-payments.tokenUrl',
      'providers.tbc-tpay.clientId',
      'providers.tbc-tpay.clientSecret',
      'providers.tbc-tpay.apiKey',
      'providers.tbc-tpay.environment',
      'providers.tbc-business.scopes',
      'providers.partner.clientId',
      'providers.partner.clientSecret',
      'providers.bog-paymnets.bank',
      'providers.bog-ipay',
      'providers.unlisted',
      'providers.unconfigured',
    ]) {
      expect(problems.filter((problem) => problem.startsWith(`${path} `))).toHaveLength(1);
    }
    for (const problem of problems) expect(message).toContain(problem);
  });

  test('with their number', () => {
    const { message, problems } = refusalOf(options, names);
    expect(message).toContain(`${problems.length} problems`);
    expect(refusalOf({ providers: { 'bog-payments': credentials } }).message).toContain('1 problem ');
  });

  test('as a BankAuthConfigError that names the provider where it concerns only one', () => {
    const one = refusalOf({ environment: 'sandbox', providers: { 'bog-payments': {} } });
    expect(one).toBeInstanceOf(BankAuthConfigError);
    expect(one).toMatchObject({
      code: 'BANK_AUTH_CONFIG',
      provider: 'bog-payments',
      retryable: false,
      requestSent: false,
    });
    expect(refusalOf(options, names).provider).toBe('');
    expect(refusalOf({ providers: { 'bog-payments': credentials } }).provider).toBe('');
    expect(
      refusalOf({ environment: 'sandbox', providers: { 'bog-payments': {}, 'tbc-tpay': {} } }).provider,
    ).toBe('');
    const providers = { 'bog-payments': credentials };
    expect(refusalOf({ environment: 'sandbox', retry: { baseDelay: -1 }, providers }).provider).toBe('');
  });

  test('together with errors of injections', () => {
    const refused = (provider: unknown, ...injections: string[]) => {
      try {
        const wrong = { environment: 'sandbox', providers: { 'bog-payments': provider } };
        resolveOptions(wrong, ['bog-payments'], injections);
      } catch (error) {
        return error as BankAuthConfigError;
      }
      throw new Error('the options were accepted');
    };
    const one = refused(credentials, 'A injects X.');
    expect([one.message, one.problems]).toEqual(['A injects X.', ['A injects X.']]);
    const two = refused(credentials, 'A injects X.', 'B injects Y.');
    expect(two.problems).toEqual(['A injects X.', 'B injects Y.']);
    expect(two.message).toMatch(
      /cannot start: 2 problems .* and where it is injected\.\n {2}- A injects X\.\n {2}- B injects Y\.$/,
    );
    const both = refused({ clientId: 'id' }, 'A injects X.');
    expect(both.message).toMatch(
      /cannot start: 2 problems .* and where it is injected\.\n.*clientSecret.*\n.*A injects X\.$/,
    );
    expect(both.provider).toBe('');
    expect(refused({ clientId: 'id' }).message).not.toMatch(/injected/);
  });
});

describe('invalid options', () => {
  test.each([undefined, null, 'options', 1, [], true])('%p is explained', (options) => {
    expect(refusalOf(options, ['bog-payments']).message).toMatch(/options are missing.*useFactory/);
  });

  test.each([undefined, null])('providers of %p are missing', (providers) => {
    expect(problemsOf({ environment: 'sandbox', providers }, [])).toEqual(['providers is missing']);
  });

  test.each(['providers', 1, [credentials]])('providers of %p are invalid', (providers) => {
    expect(problemsOf({ environment: 'sandbox', providers }, [])).toEqual([
      expect.stringMatching(/^providers must be an object/),
    ]);
  });

  test.each([null, 'secret', 1, [], true])('a provider of %p is invalid', (provider) => {
    expect(problemsOfProvider(provider)).toEqual(['must be an object']);
  });
});

describe('a bank without a sandbox', () => {
  const productionOnly = [...builtInBanks.values()].filter(({ tokenUrl }) => tokenUrl.sandbox === undefined);
  const complete = (bank: (typeof productionOnly)[number]) =>
    bank.options?.apiKey === 'required' ? { ...credentials, apiKey: 'key' } : credentials;

  test('exists', () => {
    expect(productionOnly.map(({ id }) => id)).toEqual(
      expect.arrayContaining(['bog-business', 'bog-installments', 'bog-ipay', 'tbc-checkout', 'tbc-tpay']),
    );
  });

  test.each(productionOnly.map((bank) => [bank.id, bank] as const))(
    '%s requires tokenUrl and apiBaseUrl, both of them, in a sandbox',
    (id, bank) => {
      const refused = [expect.stringMatching(/^environment is 'sandbox'.*both tokenUrl and apiBaseUrl/)];
      expect(problemsOfProvider(complete(bank), id)).toEqual(refused);
      expect(problemsOfProvider({ ...complete(bank), tokenUrl: elsewhere.tokenUrl }, id)).toEqual(refused);
      expect(problemsOfProvider({ ...complete(bank), apiBaseUrl: elsewhere.apiBaseUrl }, id)).toEqual(
        refused,
      );
      expect(resolvedProvider({ ...complete(bank), ...elsewhere }, id)).toMatchObject(elsewhere);
    },
  );

  test('may use production instead, and the message says so', () => {
    const options = { ...credentials, apiKey: 'key' };
    expect(problemsOfProvider(options, 'tbc-tpay')[0]).toContain("environment to 'production'");
    expect(problemsOfProvider({ ...options, environment: 'production' }, 'tbc-tpay')).toEqual([]);
  });
});

describe('defaults', () => {
  test('are applied', () => {
    const { providers, merchantLabel, ...rest } = resolveOptions(
      { environment: 'sandbox', providers: { 'bog-payments': credentials } },
      ['bog-payments'],
    );
    expect(merchantLabel('a key')).toBe('a key');
    expect(rest).toEqual({
      refresh: {
        aheadFraction: 0.2,
        aheadMax: 120_000,
        unusableFraction: 0.05,
        unusableMax: 10_000,
        jitter: 0.1,
      },
      retry: { attempts: 3, attemptTimeout: 5_000, deadline: 15_000 },
      cooldown: { rejected: 60_000, unavailableMax: 3_000 },
      warmUp: 'background',
    });
    expect(providers.get('bog-payments')).toMatchObject({
      name: 'bog-payments',
      enabled: true,
      bank: bogPayments,
      scopes: [],
      keepWarm: false,
      http: { timeout: 30_000, maxContentLength: 33_554_432 },
      origins: new Set(['https://api-sandbox.bog.ge']),
      tokenRequests: { concurrency: 8, queue: 10_000 },
    });
    expect(providers.get('bog-payments')).not.toHaveProperty('merchants');
  });

  test('do not replace given options', () => {
    const given = {
      refresh: { aheadFraction: 0.5, jitter: 0 },
      retry: { attempts: 1 },
      cooldown: { unavailableMax: 5_000 },
      warmUp: false,
    };
    const resolved = resolveOptions(
      {
        environment: 'sandbox',
        ...given,
        providers: { 'bog-payments': { ...credentials, keepWarm: true, http: { timeout: 100 } } },
      },
      ['bog-payments'],
    );
    expect(resolved).toMatchObject(given);
    expect(resolved.refresh.aheadMax).toBe(120_000);
    expect(resolved.retry.deadline).toBe(15_000);
    expect(resolved.providers.get('bog-payments')).toMatchObject({ keepWarm: true, http: { timeout: 100 } });
  });

  test('are not shared between applications', () => {
    const options = { environment: 'sandbox', providers: { 'bog-payments': credentials } };
    const [one, other] = [
      resolveOptions(options, ['bog-payments']),
      resolveOptions(options, ['bog-payments']),
    ];
    expect(one.refresh).not.toBe(other.refresh);
    expect(one.providers.get('bog-payments')?.http).not.toBe(other.providers.get('bog-payments')?.http);
  });

  test('of scopes are those of the bank', () => {
    expect(resolvedProvider(credentials, 'tbc-installments').scopes).toEqual(['online_installments']);
    expect(resolvedProvider({ ...credentials, scopes: ['others'] }, 'tbc-installments').scopes).toEqual([
      'others',
    ]);
  });

  test.each([null, undefined])('replace options that are %p', (nothing) => {
    const { providers, ...rest } = resolveOptions(
      {
        environment: 'sandbox',
        store: nothing,
        warmUp: nothing,
        retry: { attempts: nothing, deadline: nothing },
        providers: {
          'bog-payments': {
            ...credentials,
            environment: nothing,
            enabled: nothing,
            tokenUrl: nothing,
            apiBaseUrl: nothing,
            allowedOrigins: nothing,
            allowInsecureOrigins: nothing,
            scopes: nothing,
            keepWarm: nothing,
            http: { timeout: nothing, httpsAgent: nothing, proxy: nothing },
          },
        },
      },
      ['bog-payments'],
    );
    expect(rest).toMatchObject({ warmUp: 'background', retry: { attempts: 3, deadline: 15_000 } });
    expect(rest.store).toBeUndefined();
    expect(providers.get('bog-payments')).toMatchObject({
      environment: 'sandbox',
      enabled: true,
      tokenUrl: bogPayments.tokenUrl.sandbox,
      apiBaseUrl: bogPayments.apiBaseUrl.sandbox,
      scopes: [],
      keepWarm: false,
      http: { timeout: 30_000 },
    });
  });
});
