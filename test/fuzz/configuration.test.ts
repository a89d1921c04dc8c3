import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { BankDefinition } from '../../src/banks/index.js';
import { optionsFromEnvironment, type ResolvedOptions, resolveOptions } from '../../src/config/index.js';
import { BankAuthConfigError } from '../../src/errors/index.js';
import { defineBank } from '../../src/index.js';
import { replayable } from '../support/replay.js';
import { withoutFrames } from '../support/without-frames.js';
import { HOSTILE, UNREADABLE } from './hostile-values.js';
import { PLANTED } from './planted.js';
import { sabotaged, sabotages } from './sabotage.arbitrary.js';

const credentials = { clientId: `id-${PLANTED}`, clientSecret: `secret-${PLANTED}` };

const definition = () => ({
  id: 'my-bank',
  title: 'My bank',
  docs: 'https://bank.example/docs',
  tokenUrl: { production: 'https://bank.example/token', sandbox: '/token' },
  apiBaseUrl: { production: 'https://bank.example', sandbox: 'https://sandbox.bank.example' },
  clientAuthentication: { method: 'client_secret_basic', encoding: 'raw' },
  tokenRequest: { format: 'form', grantType: 'client_credentials', parameters: { audience: 'x' } },
  tokenResponse: {
    expiresIn: 'seconds',
    defaultLifetime: 1_000,
    maxLifetime: 2_000,
    members: { accessToken: 'token' },
    tokenTypes: ['Access'],
  },
  idempotencyHeader: 'X-Key',
  singleActiveToken: false,
  options: {
    apiKey: 'none',
    scopes: 'optional',
    defaultScopes: ['a'],
    knownScopes: ['a', 'b'],
    hints: { clientId: 'look here' },
  },
});

/** Providers in whose options nothing is wrong. */
const PROVIDERS: Readonly<Record<string, () => object>> = {
  'bog-payments': () => ({ ...credentials }),
  'tbc-tpay': () => ({
    ...credentials,
    apiKey: PLANTED,
    environment: 'production',
    scopes: undefined,
    http: { timeout: 1_000, proxy: false },
    tokenRequests: { concurrency: 2, queue: 5, rate: { requests: 3, per: 1_000 } },
  }),
  'tbc-business': () => ({ ...credentials, scopes: ['bab_accounts'], keepWarm: true }),
  partner: () => ({
    ...credentials,
    apiBaseUrl: 'https://partner.example',
    allowedOrigins: ['https://files.partner.example'],
    allowInsecureOrigins: ['http://partner:4000'],
  }),
  'my-bank': () => ({ ...credentials, bank: definition(), enabled: true }),
  'bog-installments': () => ({
    credentials: () => credentials,
    merchants: { limit: 5, idleTime: 5_000 },
    tokenRequests: { rate: { requests: 3, per: 1_000 } },
  }),
  'bog-business': () => ({ ...credentials, credentials: () => credentials, keepWarm: true }),
};

const someProviders = fc.subarray(Object.keys(PROVIDERS), { minLength: 1, maxLength: 2 });

/** Options in which nothing is wrong. */
const optionsFor = (names: readonly string[]) => ({
  environment: 'sandbox',
  providers: Object.fromEntries(names.map((name) => [name, PROVIDERS[name]?.()])),
  refresh: { aheadFraction: 0.2, aheadMax: 1_000, unusableFraction: 0.1, unusableMax: 1_000, jitter: 0.1 },
  retry: { attempts: 2, attemptTimeout: 1_000, deadline: 5_000 },
  cooldown: { rejected: 60_000, unavailableMax: 3_000 },
  warmUp: 'background',
  merchantLabel: 'hash',
});

/** A definition holds no secrets: some of its texts are there to be shown. */
const SHOWN = 'sHoWn';
const THEIRS = 'theirs';
const secretOfOptions = (path: string) => (path.startsWith('providers.my-bank.bank') ? SHOWN : PLANTED);
const secretOfDefinition = (path: string) => (/^(?:id|title|options)/.test(path) ? SHOWN : PLANTED);

/** What is wrong with a refusal: it has to be ours, and must show no value. */
function problemsOfRefusal(error: unknown): string[] {
  if (!(error instanceof BankAuthConfigError)) return [`not a BankAuthConfigError but ${String(error)}`];
  const texts = [error.message, error.stack ?? '', ...error.problems, inspect(error, { showHidden: true })];
  return texts.some((text) => text.toLowerCase().includes(PLANTED.toLowerCase()))
    ? [`it shows a value: ${error.message}`]
    : [];
}

/** What is wrong with what comes of it: with its result, or with its refusal. */
function judged<T>(attempt: () => T, problemsOf: (result: T) => string[]): string[] {
  let result: T;
  try {
    result = withoutFrames(attempt);
  } catch (error) {
    return problemsOfRefusal(error);
  }
  return problemsOf(result);
}

const within = (value: unknown, least: number, most: number) =>
  typeof value === 'number' && value >= least && value <= most;

const whole = (value: unknown, least: number, most: number) =>
  within(value, least, most) && Number.isInteger(value);

/** What is wrong with options that were accepted. */
function problemsOfResolved(
  { providers, refresh, retry, cooldown, warmUp, merchantLabel }: ResolvedOptions,
  given: object,
  names: readonly string[],
): string[] {
  const problems: string[] = [];
  const must = (holds: boolean, problem: string) => {
    if (!holds) problems.push(problem);
  };
  must(within(retry.attempts, 1, 10) && Number.isInteger(retry.attempts), 'attempts');
  for (const duration of [retry.attemptTimeout, retry.deadline])
    must(within(duration, 100, 2 ** 31 - 1), 'retry');
  must(retry.deadline >= retry.attemptTimeout, 'deadline');
  for (const duration of [cooldown.rejected, cooldown.unavailableMax])
    must(within(duration, 100, 2 ** 31 - 1), 'cooldown');
  for (const duration of [refresh.aheadMax, refresh.unusableMax])
    must(duration === 0 || within(duration, 100, 2 ** 31 - 1), 'refresh');
  for (const part of [refresh.aheadFraction, refresh.unusableFraction, refresh.jitter])
    must(within(part, 0, 1), 'fractions');
  must([false, 'background', 'required'].includes(warmUp), 'warmUp');
  must(/^[^\p{Cc}]{1,256}$/u.test(merchantLabel('a key')), 'merchantLabel');
  must([...providers.keys()].sort().join() === [...names].sort().join(), 'providers are missing');
  for (const [name, provider] of providers) {
    const { environment, tokenUrl, apiBaseUrl, origins, scopes, credentials, merchants } = provider;
    if (!provider.enabled) continue;
    must(
      environment === 'production' || environment === 'sandbox',
      `${name}: environment ${String(environment)}`,
    );
    const insecure = insecureOriginsOf(given, name);
    const secure = (text: string) => isSecure(text, environment === 'production' ? [] : insecure);
    must(secure(tokenUrl) && secure(apiBaseUrl), `${name}: ${tokenUrl} and ${apiBaseUrl}`);
    must([...origins].every(secure), `${name}: ${[...origins].join()}`);
    must(origins.has(new URL(apiBaseUrl).origin), `${name}: its own origin`);
    must(isListOfTexts(scopes) && scopes.every((scope) => /^[\x21-\x7e]+$/.test(scope)), `${name}: scopes`);
    must(credentials !== undefined || merchants !== undefined, `${name}: nobody to be`);
    for (const text of credentials === undefined ? [] : [credentials.clientId, credentials.clientSecret])
      must(typeof text === 'string' && text.trim() !== '' && !/[\r\n]/.test(text), `${name}: credentials`);
    must(within(provider.http.timeout, 100, 2 ** 31 - 1), `${name}: timeout`);
    must(typeof provider.keepWarm === 'boolean', `${name}: keepWarm`);
    must(!provider.keepWarm || credentials !== undefined, `${name}: keeps nobody's token warm`);
    const { concurrency, queue, rate } = provider.tokenRequests;
    must(whole(concurrency, 1, 1_000) && whole(queue, 0, 10_000_000), `${name}: tokenRequests`);
    must(
      rate === undefined || (whole(rate.requests, 1, 1_000_000) && within(rate.per, 100, 2 ** 31 - 1)),
      `${name}: rate`,
    );
    if (merchants === undefined) continue;
    must(typeof merchants.resolve === 'function', `${name}: credentials is no function`);
    must(whole(merchants.limit, 1, 10_000_000), `${name}: limit`);
    must(within(merchants.idleTime, 100, 2 ** 31 - 1), `${name}: idleTime`);
  }
  return problems;
}

function insecureOriginsOf(given: object, name: string): string[] {
  const { providers } = given as { providers: Record<string, { allowInsecureOrigins?: unknown }> };
  const list: unknown = providers[name]?.allowInsecureOrigins;
  return Array.isArray(list) ? list.filter(isText).map((origin) => origin.replace(/\/$/, '')) : [];
}

/** Whether credentials may go there, wherever that is for those who read URLs. */
function isSecure(text: string, insecureOrigins: readonly string[]): boolean {
  if (!URL.canParse(text) || /[?#]/.test(text)) return false;
  const { protocol, username, password, hostname, origin } = new URL(text);
  if (username !== '' || password !== '') return false;
  if (protocol === 'https:') return true;
  const loopback = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
  return protocol === 'http:' && (loopback || insecureOrigins.includes(origin));
}

describe('options with hostile values', () => {
  const check = (given: unknown, names: readonly string[]) => {
    const problems = judged(
      () => resolveOptions(given, names),
      (resolved) => problemsOfResolved(resolved, given as object, names),
    );
    if (problems.length > 0) expect(problems).toEqual([]);
  };

  test('are resolved to safe ones, or refused without showing their content', () => {
    fc.assert(
      fc.property(someProviders, sabotages(), (names, sabotages) =>
        check(sabotaged(optionsFor(names), sabotages, secretOfOptions), names),
      ),
      replayable('FUZZ', 400),
    );
  }, 120_000);

  test.each(['tokenUrl', 'apiBaseUrl', 'clientId', 'clientSecret'])(
    'are refused where %s is an object',
    (option) => {
      const provider = { ...PROVIDERS.partner?.(), [option]: new String('https://bank.example') };
      check({ ...optionsFor(['partner']), providers: { partner: provider } }, ['partner']);
    },
  );

  test('are resolved to safe URLs, whatever URLs they contain', () => {
    const url = fc
      .tuple(
        fc.constantFrom('https', 'http', 'HTTP', 'Http', 'ftp', 'ws', ''),
        fc.constantFrom('://', '://', '://', ':/', ':', ':\\\\', ':///'),
        fc.constantFrom('', '', '', 'user@', 'user:password@', '@', 'localhost@', '127.0.0.1:80@'),
        fc.constantFrom(
          'bank.example',
          'bank',
          'localhost',
          'LOCALHOST',
          'localhost.evil.example',
          'evil.example.localhost',
          '127.0.0.1',
          '127.9.9.9',
          '127.1',
          '127.0.0.1.evil.example',
          '2130706433',
          '0x7f000001',
          '0.0.0.0',
          '10.0.0.1',
          '[::1]',
          '[::ffff:127.0.0.1]',
          '[::]',
          'ⓛocalhost',
        ),
        fc.constantFrom('', '', ':80', ':4000', ':0', ':99999'),
        fc.constantFrom('', '', '/', '/v1', '/v1/', '//', '/?a=b', '?a', '#', '/ ', '\\', '/%2e%2e'),
      )
      .map((parts) => parts.join(''));
    const given = fc.record(
      {
        environment: fc.constantFrom('production', 'sandbox'),
        tokenUrl: url,
        apiBaseUrl: url,
        allowedOrigins: fc.array(url, { maxLength: 2 }),
        allowInsecureOrigins: fc.oneof(
          fc.constant([]),
          fc.array(url, { maxLength: 2 }),
          fc.constant(['http://bank']),
        ),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.constantFrom('bog-payments', 'partner'), given, (name, given) => {
        const options = optionsFor([name]);
        check({ ...options, providers: { [name]: { ...options.providers[name], ...given } } }, [name]);
      }),
      replayable('FUZZ', 600),
    );
  }, 120_000);

  test('of any kind at all are refused in the same way', () => {
    const anything = fc.oneof(
      fc.anything({
        withNullPrototype: true,
        withSparseArray: true,
        withMap: true,
        withDate: true,
        withBigInt: true,
      }),
      fc.constantFrom(...Object.keys(HOSTILE)).map((name) => HOSTILE[name]?.(PLANTED)),
    );
    fc.assert(
      fc.property(anything, (given) => check(given, ['bog-payments'])),
      replayable('FUZZ', 500),
    );
  }, 120_000);
});

/** What is wrong with a merchant's credentials that were accepted. */
function problemsOfValues(values: object): string[] {
  const names = ['clientId', 'clientSecret', 'apiKey', 'version'];
  return Object.entries(values).flatMap(([name, text]) =>
    names.includes(name) && isText(text) && text !== '' && (name === 'version' || !/[\r\n]/.test(text))
      ? []
      : [`${name}: ${typeof text}`],
  );
}

describe('credentials of a merchant with hostile values', () => {
  test('are accepted as strings, or refused without showing their content', () => {
    const resolved = resolveOptions(
      {
        environment: 'production',
        providers: {
          'bog-payments': { credentials: () => undefined },
          'tbc-tpay': { credentials: () => undefined },
        },
      },
      ['bog-payments', 'tbc-tpay'],
    );
    const good = () => ({ ...credentials, apiKey: PLANTED, version: `version-${PLANTED}` });
    const anything = fc.oneof(
      sabotages().map((sabotages) => () => sabotaged(good(), sabotages, () => PLANTED)),
      fc.constantFrom(...Object.values({ ...HOSTILE, ...UNREADABLE })).map((make) => () => make(PLANTED)),
    );
    fc.assert(
      fc.property(fc.constantFrom('bog-payments', 'tbc-tpay'), anything, (name, make) => {
        const values = resolved.providers.get(name)?.merchants?.values;
        const problems = judged(() => values?.(make()) ?? {}, problemsOfValues);
        if (problems.length > 0) expect(problems).toEqual([]);
      }),
      replayable('FUZZ', 750),
    );
  }, 120_000);
});

const METHOD =
  /^(?:client_secret_(?:basic|post|header|jwt)|(?:self_signed_)?tls_client_auth|private_key_jwt)$/;

const isText = (value: unknown) => typeof value === 'string';
const isListOfTexts = (value: unknown) => Array.isArray(value) && value.every(isText);
const holdsTexts = (value: unknown, mayLack = false) =>
  typeof value === 'object' &&
  value !== null &&
  Object.values(value).every((text) => isText(text) || (mayLack && text === undefined));
const holdsPlaces = (value: unknown) =>
  typeof value === 'object' &&
  value !== null &&
  Object.values(value).every((place) => place === undefined || isText(place) || isListOfTexts(place));
const mayHoldTexts = (value: unknown) => holdsTexts(value, true);

/** What is wrong with a definition that was accepted: all that is used of it has to be what its type says. */
function problemsOfDefinition(defined: BankDefinition): string[] {
  const { id, title, tokenUrl, apiBaseUrl, clientAuthentication, tokenRequest, tokenResponse } = defined;
  const urls = [...Object.values(tokenUrl), ...Object.values(apiBaseUrl)].filter((url) => url !== undefined);
  const { defaultScopes, knownScopes, hints } = defined.options ?? {};
  const problems: string[] = [];
  const must = (holds: boolean, problem: string) => {
    if (!holds) problems.push(problem);
  };
  const mayBe = (value: unknown, holds: (value: unknown) => boolean, problem: string) =>
    must(value === undefined || holds(value), problem);
  must(/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(id), 'id');
  must(isText(title), 'title');
  must(
    urls.every((url) => /^(?:https?:\/)?\/./.test(url)),
    'URLs',
  );
  must(METHOD.test(clientAuthentication.method), 'method');
  mayBe(defined.docs, isText, 'docs');
  mayBe(defined.idempotencyHeader, isText, 'idempotencyHeader');
  mayBe(defined.singleActiveToken, (value) => typeof value === 'boolean', 'singleActiveToken');
  mayBe(tokenRequest?.grantType, (value) => value === false || isText(value), 'grantType');
  mayBe(tokenRequest?.parameters, (value) => typeof value === 'function' || holdsTexts(value), 'parameters');
  mayBe(tokenResponse?.members, holdsPlaces, 'members');
  mayBe(tokenResponse?.tokenTypes, isListOfTexts, 'tokenTypes');
  mayBe(defaultScopes, isListOfTexts, 'defaultScopes');
  mayBe(knownScopes, isListOfTexts, 'knownScopes');
  mayBe(hints, mayHoldTexts, 'hints');
  must(Object.isFrozen(defined), 'it may be changed');
  return problems;
}

describe('definitions with hostile values', () => {
  test('are accepted unchanged and frozen, or refused without showing their content', () => {
    fc.assert(
      fc.property(sabotages(), (sabotages) => {
        const given = sabotaged(definition(), sabotages, secretOfDefinition) as unknown as BankDefinition;
        const problems = judged(() => defineBank(given), problemsOfDefinition);
        if (problems.length > 0) expect(problems).toEqual([]);
      }),
      replayable('FUZZ', 1_500),
    );
  }, 120_000);
});

describe('an environment with hostile values', () => {
  const suffixes = [
    'BANK',
    'ENVIRONMENT',
    'ENABLED',
    'CLIENT_ID',
    'CLIENT_SECRET',
    'API_KEY',
    'PRIVATE_KEY',
    'KEY_ID',
    'TLS_CERTIFICATE',
    'TLS_KEY',
    'TLS_CA',
    'SCOPES',
    'TOKEN_URL',
    'API_BASE_URL',
  ];
  const prefixes = ['BOG_PAYMENTS', 'TBC_TPAY', 'TBC_BUSINESS', 'PARTNER'];
  const providers = fc.subarray(['bog-payments', 'tbc-tpay', 'tbc-business', 'partner'], {
    minLength: 1,
    maxLength: 2,
  });
  const good: Readonly<Record<string, string>> = {
    BANK_AUTH_ENVIRONMENT: 'sandbox',
    ...Object.fromEntries(
      prefixes.flatMap((prefix) => [
        [`${prefix}_CLIENT_ID`, `id-${PLANTED}`],
        [`${prefix}_CLIENT_SECRET`, `secret-${PLANTED}`],
      ]),
    ),
    TBC_TPAY_API_KEY: PLANTED,
    TBC_TPAY_ENVIRONMENT: 'production',
    TBC_BUSINESS_SCOPES: 'bab_accounts bab_transfers',
    PARTNER_API_BASE_URL: 'https://partner.example',
  };
  const variables = [
    'BANK_AUTH_ENVIRONMENT',
    ...prefixes.flatMap((prefix) => suffixes.map((suffix) => `${prefix}_${suffix}`)),
  ].flatMap((variable) => [variable, `${variable}_FILE`]);
  const files = ['/', '/nonexistent', `/${PLANTED}`, '\u0000', 'x'.repeat(5_000), '/dev/null', '.'];
  // Configuration services return what was loaded, which need not be text.
  const value = fc.oneof(
    fc.constantFrom(...Object.keys(HOSTILE)),
    fc.constantFrom(...files.map((_file, index) => `file ${index}`)),
  );

  const changes = fc.array(fc.tuple(fc.constantFrom(...variables), value), { maxLength: 6 });

  test('is read as safe options, or refused without showing its content', () => {
    fc.assert(
      fc.property(providers, changes, (names, changes) => {
        const environment: Record<string, unknown> = { ...good };
        for (const [variable, name] of changes) {
          const file = /^file (\d)$/.exec(name)?.[1];
          environment[variable] = file === undefined ? HOSTILE[name]?.(PLANTED) : files[Number(file)];
        }
        const declared = new Map(names.map((name) => [name, undefined]));
        const read = (variable: string) => environment[variable] as string | undefined;
        const problems = judged(
          () => resolveOptions(optionsFromEnvironment(declared, read), names),
          (resolved) =>
            [...resolved.providers.values()]
              .flatMap(({ enabled, tokenUrl, apiBaseUrl }) => (enabled ? [tokenUrl, apiBaseUrl] : []))
              .filter((url) => !isSecure(url, [])),
        );
        if (problems.length > 0) expect(problems).toEqual([]);
      }),
      replayable('FUZZ', 400),
    );
  }, 120_000);
});

describe('unreadable options', () => {
  // What the user's own code throws is told as it is: it says more than anything that we could make of it.
  test.each(Object.keys(UNREADABLE))('are refused with our error or with theirs, because of %s', (name) => {
    fc.assert(
      fc.property(someProviders, sabotages([name]), (names, sabotages) => {
        try {
          resolveOptions(
            sabotaged(optionsFor(names), sabotages, () => THEIRS, UNREADABLE),
            names,
          );
        } catch (error) {
          const theirs = /^(?:theirs$|Cannot perform '\w+' on a proxy that has been revoked$)/;
          if (!theirs.test((error as Error).message)) expect(problemsOfRefusal(error)).toEqual([]);
        }
      }),
      replayable('FUZZ', 200),
    );
  });
});
