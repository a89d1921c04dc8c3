import { Agent } from 'node:https';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { bogPayments, builtInBanks, defineBank } from '../../../src/banks/index.js';
import { resolveOptions } from '../../../src/config/index.js';
import { BankAuthConfigError } from '../../../src/errors/index.js';
import { MemoryTokenStore } from '../../../src/store/index.js';
import { replayable } from '../../support/replay.js';
import {
  credentials,
  problemsOf,
  problemsOfProvider,
  refusalOf,
  resolvedProvider,
} from '../../support/resolved-options.js';

/** What a path needs beside it. */
const BESIDE: Readonly<Record<string, object>> = {
  'merchants.limit': { credentials: () => undefined },
  'merchants.idleTime': { credentials: () => undefined },
  'tokenRequests.rate.requests': { tokenRequests: { rate: { per: 100 } } },
  'tokenRequests.rate.per': { tokenRequests: { rate: { requests: 1 } } },
};
const BESIDE_PROVIDERS: Readonly<Record<string, object>> = {
  'retry.attemptTimeout': { retry: { deadline: 2 ** 31 - 1 } },
  'retry.deadline': { retry: { attemptTimeout: 100 } },
};

const isOfProvider = (path: string) => /^(?:http|merchants|tokenRequests)\b/.test(path);

/** Options with this value at a path such as `retry.attempts`, or `http.timeout` of the only provider. */
function optionsWith(path: string, value: unknown) {
  const at = (names: readonly string[], beside: Record<string, unknown>): object => {
    const [name = '', ...more] = names;
    const within = (beside[name] ?? {}) as Record<string, unknown>;
    return { ...beside, [name]: more.length === 0 ? value : at(more, within) };
  };
  const provider = { ...credentials, ...BESIDE[path] };
  const names = path.split('.');
  return isOfProvider(path)
    ? { environment: 'sandbox', providers: { 'bog-payments': at(names, provider) } }
    : at(names, {
        ...BESIDE_PROVIDERS[path],
        environment: 'sandbox',
        providers: { 'bog-payments': provider },
      });
}

const fullPath = (path: string) => (isOfProvider(path) ? `providers.bog-payments.${path}` : path);

describe('numbers', () => {
  const most = 2 ** 31 - 1;
  const ranges: [path: string, least: number, most: number][] = [
    ['refresh.aheadFraction', 0, 0.9],
    ['refresh.aheadMax', 100, most],
    ['refresh.unusableFraction', 0, 0.5],
    ['refresh.unusableMax', 100, most],
    ['refresh.jitter', 0, 1],
    ['retry.attempts', 1, 10],
    ['retry.attemptTimeout', 100, most],
    ['retry.deadline', 100, most],
    ['cooldown.rejected', 100, most],
    ['cooldown.unavailableMax', 100, most],
    ['http.timeout', 100, most],
    ['http.maxContentLength', -1, Number.MAX_SAFE_INTEGER],
    ['merchants.limit', 1, 10_000_000],
    ['merchants.idleTime', 100, most],
    ['tokenRequests.concurrency', 1, 1_000],
    ['tokenRequests.queue', 0, 10_000_000],
    ['tokenRequests.rate.requests', 1, 1_000_000],
    ['tokenRequests.rate.per', 100, most],
  ];

  test.each(ranges)('%s may be anything from %d to %d', (path, least, top) => {
    expect(problemsOf(optionsWith(path, least))).toEqual([]);
    expect(problemsOf(optionsWith(path, top))).toEqual([]);
    for (const value of [least - 1, top + 1, Number.MAX_VALUE]) {
      expect(problemsOf(optionsWith(path, value))).toEqual([
        expect.stringMatching(
          new RegExp(`^${fullPath(path)} must (not be negative|be (0 or )?at (least|most) [\\d.-]+)`),
        ),
      ]);
    }
  });

  test.each(ranges)(
    '%s may not be a string that looks like a number, and the message says what to do',
    (path, least) => {
      for (const value of [String(least), '1e3', '', ' 5 ']) {
        expect(problemsOf(optionsWith(path, value))).toEqual([
          expect.stringMatching(
            new RegExp(
              `^${fullPath(path)} must be a (whole )?number, not a string: convert environment variables$`,
            ),
          ),
        ]);
      }
    },
  );

  test.each(ranges)('%s may not be NaN, infinite or anything else that is no number', (path) => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, true, [1], { valueOf: () => 1 }, 5n]) {
      expect(problemsOf(optionsWith(path, value))).toEqual([
        expect.stringMatching(new RegExp(`^${fullPath(path)} must be a (whole )?number`)),
      ]);
    }
  });

  test.each([
    'retry.attempts',
    'merchants.limit',
    'tokenRequests.concurrency',
    'tokenRequests.queue',
    'tokenRequests.rate.requests',
  ])('%s must be whole', (path) => {
    expect(problemsOf(optionsWith(path, 1.5))).toEqual([
      expect.stringMatching(new RegExp(`^${fullPath(path)} must be a whole number`)),
    ]);
  });

  const durations = [
    ...['retry.attemptTimeout', 'retry.deadline', 'http.timeout', 'merchants.idleTime'],
    ...['cooldown.rejected', 'cooldown.unavailableMax', 'tokenRequests.rate.per'],
    ...['refresh.aheadMax', 'refresh.unusableMax'],
  ];

  test.each(durations)('of milliseconds that must be seconds are questioned: %s', (path) => {
    for (const value of [0.5, 1, 5, 15, 60, 99, 99.9]) {
      expect(problemsOf(optionsWith(path, value))).toEqual([
        expect.stringMatching(
          new RegExp(
            `^${fullPath(path)} must be (0 or )?at least 100 milliseconds \\(this option is in milliseconds, not in seconds\\)$`,
          ),
        ),
      ]);
    }
    for (const value of [100, 100.5, 999, 1_000]) expect(problemsOf(optionsWith(path, value))).toEqual([]);
    expect(problemsOf(optionsWith(path, -5)).join()).toMatch(/at least 100 milliseconds$/);
  });

  test.each(durations)('of milliseconds may be 0 only where that means none: %s', (path) => {
    expect(problemsOf(optionsWith(path, 0))).toEqual(
      path.startsWith('refresh') ? [] : [`${fullPath(path)} must be at least 100 milliseconds`],
    );
  });

  test('of the deadline and of an attempt must fit together', () => {
    const told = (retry: object) =>
      problemsOf({ environment: 'sandbox', providers: { 'bog-payments': credentials }, retry });
    const seconds = ' (this option is in milliseconds, not in seconds)';
    expect(told({ deadline: 15, attemptTimeout: 5 })).toEqual([
      `retry.attemptTimeout must be at least 100 milliseconds${seconds}`,
      `retry.deadline must be at least 100 milliseconds${seconds}`,
    ]);
    const notBelow = 'retry.deadline must be at least attemptTimeout';
    expect(told({ deadline: 500 })).toEqual([`${notBelow}${seconds}`]);
    for (const deadline of [1_000, 4_999]) expect(told({ deadline })).toEqual([notBelow]);
    expect(told({ attemptTimeout: 15_001 })).toEqual([notBelow]);
    // What is wrong with the attempt is told there.
    for (const [attemptTimeout, wrong] of [
      [2 ** 31, /^retry\.attemptTimeout must be at most/],
      ['15001', /^retry\.attemptTimeout must be a number/],
    ] as const)
      expect(told({ attemptTimeout })).toEqual([expect.stringMatching(wrong)]);
    expect(told({ deadline: 15, attemptTimeout: 60 })).toEqual([
      `retry.attemptTimeout must be at least 100 milliseconds${seconds}`,
      `retry.deadline must be at least 100 milliseconds${seconds}`,
    ]);
    for (const fitting of [
      { deadline: 5_000 },
      { attemptTimeout: 15_000 },
      { deadline: 100, attemptTimeout: 100 },
    ])
      expect(told(fitting)).toEqual([]);
  });

  test('within their range are accepted unchanged', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ranges.filter(([path]) => /Max|Timeout|deadline|rejected/.test(path))),
        fc.double({ min: 0, max: 1, noNaN: true }),
        ([path, least, top], part) => {
          const value = Math.floor(least + (top - least) * part);
          const [group = '', option = ''] = path.split('.');
          const resolved = resolveOptions(optionsWith(path, value), ['bog-payments']);
          const found = (resolved as unknown as Record<string, Record<string, unknown>>)[group]?.[option];
          expect(found).toBe(value);
        },
      ),
      replayable('FUZZ'),
    );
  });
});

describe('switches', () => {
  test.each(['enabled', 'keepWarm'])('%s is true or false, not a string', (option) => {
    for (const value of ['true', 'false', 0, 1, 'yes', {}]) {
      expect(problemsOfProvider({ ...credentials, [option]: value })).toEqual([
        expect.stringMatching(new RegExp(`^${option} must be true or false`)),
      ]);
    }
  });

  test("warmUp is 'background', 'required' or false", () => {
    const providers = { 'bog-payments': credentials };
    for (const warmUp of ['background', 'required', false]) {
      expect(problemsOf({ environment: 'sandbox', providers, warmUp })).toEqual([]);
    }
    for (const warmUp of [true, 'false', 'Required', 0, '']) {
      expect(problemsOf({ environment: 'sandbox', providers, warmUp })).toEqual([
        expect.stringMatching(/^warmUp must be 'background', 'required' or false/),
      ]);
    }
  });
});

describe('credentials', () => {
  test.each(['clientId', 'clientSecret'])('%s is a string on one line', (option) => {
    for (const value of ['', '   ', '\n', 'two\nlines', 'end\r', 1, true, {}, ['a']]) {
      expect(problemsOfProvider({ ...credentials, [option]: value })).toEqual([
        expect.stringMatching(new RegExp(`^${option} must be a string on one line`)),
      ]);
    }
  });

  test('may contain any other character', () => {
    for (const clientSecret of ['a:b', 'p%20q', 'a\\nb', 'ლარი', 'with spaces', '"\\', '"']) {
      expect(resolvedProvider({ ...credentials, clientSecret }).credentials?.clientSecret).toBe(clientSecret);
    }
  });

  test('of an API key are visible ASCII, because they are sent in a header', () => {
    const elsewhere = { tokenUrl: 'https://double.example/token', apiBaseUrl: 'https://double.example' };
    for (const apiKey of ['a b', 'ключ', 'a\r\nX: y', '', 1]) {
      expect(problemsOfProvider({ ...credentials, ...elsewhere, apiKey }, 'tbc-tpay')).toEqual([
        expect.stringMatching(/^apiKey must (?:be|consist of) /),
      ]);
    }
  });

  test('are visible ASCII where the definition sends them in headers', () => {
    const names = { clientId: 'x-id', clientSecret: 'x-secret' };
    const inHeaders = (more: object = {}) =>
      defineBank({
        ...bogPayments,
        id: 'in-headers',
        clientAuthentication: { method: 'client_secret_header', names },
        ...more,
      });
    expect(problemsOfProvider({ ...credentials, bank: inHeaders() })).toEqual([]);
    for (const value of ['a b', 'ключ', 'a\u00e9', '', 1]) {
      for (const option of ['clientId', 'clientSecret']) {
        expect(problemsOfProvider({ ...credentials, bank: inHeaders(), [option]: value })).toEqual([
          expect.stringMatching(new RegExp(`^${option} must (?:be|consist of) `)),
        ]);
      }
    }
    // Without a header for it, the bank knows no secret.
    const keyed = inHeaders({
      clientAuthentication: { method: 'client_secret_header', names: { clientId: 'x-id' } },
      options: { apiKey: 'required', scopes: 'none' },
    });
    const { clientId } = credentials;
    expect(problemsOfProvider({ clientId, apiKey: 'key', bank: keyed })).toEqual([]);
    expect(problemsOfProvider({ clientId: 'a b', bank: keyed })).toEqual([
      expect.stringMatching(/^apiKey is missing/),
      expect.stringMatching(/^clientId must consist of /),
    ]);
    expect(problemsOfProvider({ ...credentials, apiKey: 'key', bank: keyed })).toEqual([
      expect.stringMatching(/^clientSecret /),
    ]);
  });

  test('have no colon in the client id where it would end there in HTTP Basic', () => {
    expect(problemsOfProvider({ ...credentials, clientId: 'a:b' })).toEqual([
      expect.stringMatching(/^clientId must not contain a colon/),
    ]);
  });

  test('may have a colon in the client id where it is encoded or sent in the body', () => {
    const encoded = defineBank({
      ...bogPayments,
      id: 'encoded',
      clientAuthentication: { method: 'client_secret_basic', encoding: 'rfc6749' },
    });
    expect(problemsOfProvider({ ...credentials, clientId: 'a:b', bank: encoded })).toEqual([]);
    const apiBaseUrl = 'https://partner.example';
    expect(problemsOfProvider({ ...credentials, clientId: 'a:b', apiBaseUrl }, 'partner')).toEqual([]);
  });

  test('of an API key are refused by a bank without one', () => {
    for (const name of ['bog-payments', 'tbc-installments']) {
      expect(problemsOfProvider({ ...credentials, apiKey: 'key' }, name)).toEqual([
        expect.stringMatching(/^apiKey is not an option here/),
      ]);
    }
  });
});

describe('scopes', () => {
  const scoped = (scopes: unknown) => problemsOfProvider({ ...credentials, scopes }, 'tbc-business');

  test('known to the bank are accepted in any number', () => {
    expect(scoped(['bab_accounts'])).toEqual([]);
    expect(scoped(['bab_transfers', 'bab_accounts'])).toEqual([]);
  });

  test('unknown to the bank are refused with a list of the known ones', () => {
    expect(scoped(['bab_accounts', 'bab_cards'])).toEqual([
      expect.stringMatching(/^scopes must be among bab_accounts, bab_transfers/),
    ]);
  });

  test('are at least one where the bank requires them', () => {
    expect(scoped([])).toEqual(['scopes must name at least one scope']);
  });

  test.each(['bab_accounts', 'bab_accounts bab_transfers', { 0: 'bab_accounts' }, 1])(
    'must be a list, not %p',
    (scopes) => {
      expect(scoped(scopes)).toEqual([expect.stringMatching(/^scopes must be a list of scopes/)]);
    },
  );

  test('have no spaces and no characters that a scope cannot have', () => {
    for (const scope of ['a b', '', 'a"b', 'a\\b', 'ბ', 'a\n']) {
      expect(problemsOfProvider({ ...credentials, scopes: [scope] }, 'tbc-installments')).toEqual([
        expect.stringMatching(/^scopes must contain one scope per element/),
      ]);
    }
  });

  test('are accepted where the definition says nothing of them', () => {
    const { options: _left, ...rest } = bogPayments;
    const bank = defineBank({ ...rest, id: 'silent' });
    expect(resolvedProvider({ ...credentials, bank, scopes: ['a'] }).scopes).toEqual(['a']);
  });

  test('are refused by a bank without scopes', () => {
    const urls = { tokenUrl: 'https://double.example/token', apiBaseUrl: 'https://double.example' };
    expect(problemsOfProvider({ ...credentials, ...urls, apiKey: 'key', scopes: ['a'] }, 'tbc-tpay')).toEqual(
      [expect.stringMatching(/^scopes is not an option here/)],
    );
  });
});

describe('unknown options', () => {
  test.each([
    ['environmnet', 'environment'],
    ['warmup', 'warmUp'],
    ['retrys', 'retry'],
    ['provider', 'providers'],
  ])('%s of the module is refused with a suggestion of %s', (wrong, right) => {
    const options = { environment: 'sandbox', providers: { 'bog-payments': credentials }, [wrong]: 1 };
    expect(problemsOf(options)).toEqual([`${wrong} is not an option here; did you mean ${right}?`]);
  });

  test.each([
    ['clientID', 'clientId'],
    ['client_secret', 'clientSecret'],
    ['tokenURL', 'tokenUrl'],
    ['apiBaseURL', 'apiBaseUrl'],
    ['allowedOrigin', 'allowedOrigins'],
    ['keepwarm', 'keepWarm'],
    ['credential', 'credentials'],
    ['tokenRequest', 'tokenRequests'],
    ['merchant', 'merchants'],
  ])('%s of a provider is refused with a suggestion of %s', (wrong, right) => {
    expect(problemsOfProvider({ ...credentials, [wrong]: 'x' })).toEqual([
      `${wrong} is not an option here; did you mean ${right}?`,
    ]);
  });

  test('suggest the API key only for a bank with one', () => {
    const urls = { tokenUrl: 'https://double.example/token', apiBaseUrl: 'https://double.example' };
    expect(problemsOfProvider({ ...credentials, ...urls, apikey: 'x' }, 'tbc-tpay')).toEqual(
      expect.arrayContaining(['apikey is not an option here; did you mean apiKey?']),
    );
    expect(problemsOfProvider({ ...credentials, apikey: 'x' })).toEqual(['apikey is not an option here']);
  });

  test.each([
    ['refresh', 'aheadfraction', 'aheadFraction'],
    ['retry', 'attempt', 'attempts'],
    ['cooldown', 'reject', 'rejected'],
  ])('of %s are found below it', (group, wrong, right) => {
    const providers = { 'bog-payments': credentials };
    expect(problemsOf({ environment: 'sandbox', providers, [group]: { [wrong]: 1 } })).toEqual([
      `${group}.${wrong} is not an option here; did you mean ${right}?`,
    ]);
  });

  test('of http are found below it', () => {
    expect(problemsOfProvider({ ...credentials, http: { timeOut: 1, http: {} } })).toEqual(
      expect.arrayContaining([
        'http.timeOut is not an option here; did you mean timeout?',
        expect.stringMatching(/^http\.http is not an option here/),
      ]),
    );
  });

  test.each<[string, object, string]>([
    ['merchants', { limits: 1 }, 'merchants.limits is not an option here; did you mean limit?'],
    ['merchants', { http: {} }, 'merchants.http is not an option here'],
    ['tokenRequests', { que: 1 }, 'tokenRequests.que is not an option here; did you mean queue?'],
    [
      'tokenRequests',
      { rate: { requests: 1, per: 1_000, request: 1 } },
      'tokenRequests.rate.request is not an option here; did you mean requests?',
    ],
  ])('of %s are found below it: %j', (group, value, problem) => {
    const options = { ...credentials, credentials: () => undefined, [group]: value };
    expect(problemsOfProvider(options)).toEqual([problem]);
  });

  test('that resemble none get no suggestion', () => {
    expect(problemsOfProvider({ ...credentials, merchantCategoryCode: 1 })).toEqual([
      'merchantCategoryCode is not an option here',
    ]);
  });

  test.each(['constructor', '__proto__', 'toString', 'hasOwnProperty', 'valueOf'])(
    'named %s are refused like any other',
    (name) => {
      const planted = (value: object) =>
        Object.defineProperty({ ...value }, name, { value: { polluted: true }, enumerable: true });
      expect(problemsOfProvider(planted(credentials))).toEqual([
        expect.stringMatching(new RegExp(`^${name} is not an option here`)),
      ]);
      expect(
        problemsOf(planted({ environment: 'sandbox', providers: { 'bog-payments': credentials } })),
      ).toEqual([expect.stringMatching(new RegExp(`^${name} is not an option here`))]);
      expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    },
  );

  test.each(['refresh', 'retry', 'cooldown'])('are found where %s is no object', (group) => {
    for (const value of [1, 'x', [], true, () => ({})]) {
      const options = { environment: 'sandbox', providers: { 'bog-payments': credentials }, [group]: value };
      expect(problemsOf(options)).toEqual([`${group} must be an object`]);
    }
  });

  test.each(['http', 'merchants', 'tokenRequests'])('are found where %s is no object', (group) => {
    for (const value of [1, 'x', [], true, () => ({})]) {
      const options = { ...credentials, credentials: () => undefined, [group]: value };
      expect(problemsOfProvider(options)).toEqual([`${group} must be an object`]);
    }
  });

  test('are found where a rate is no object', () => {
    for (const rate of [1, 'x', [], true, () => ({})]) {
      expect(problemsOfProvider({ ...credentials, tokenRequests: { rate } })).toEqual([
        'tokenRequests.rate must be an object',
      ]);
    }
  });
});

describe('the bank of a provider', () => {
  test('is the one of that name', () => {
    expect(resolvedProvider(credentials).bank).toBe(bogPayments);
  });

  test('may be a built-in one under another name', () => {
    const main = resolvedProvider({ ...credentials, bank: 'bog-payments' }, 'bog-main');
    expect(main).toMatchObject({
      name: 'bog-main',
      bank: bogPayments,
      tokenUrl: bogPayments.tokenUrl.sandbox,
    });
  });

  test('may be a definition of the user', () => {
    const bank = defineBank({
      id: 'my-bank',
      title: 'My bank',
      tokenUrl: { sandbox: '/oauth/token' },
      apiBaseUrl: { sandbox: 'https://my-bank.example/api/' },
      clientAuthentication: { method: 'client_secret_post' },
    });
    expect(resolvedProvider({ ...credentials, bank }, 'mine')).toMatchObject({
      bank: { id: 'my-bank' },
      tokenUrl: 'https://my-bank.example/api/oauth/token',
      apiBaseUrl: 'https://my-bank.example/api/',
    });
  });

  test('may be a built-in definition itself', () => {
    expect(resolvedProvider({ ...credentials, bank: bogPayments }, 'mine').tokenUrl).toBe(
      bogPayments.tokenUrl.sandbox,
    );
  });

  test('that is misspelt is refused with a suggestion and a list of all banks', () => {
    const [byName] = problemsOfProvider(credentials, 'bog-paymnets');
    expect(byName).toMatch(/^bank is missing.*did you mean bog-payments\?/);
    const [byBank] = problemsOfProvider({ ...credentials, bank: 'tbc-tpey' }, 'mine');
    expect(byBank).toMatch(/^bank is not a built-in bank; did you mean tbc-tpay\?/);
    for (const problem of [byName, byBank]) expect(problem).toContain([...builtInBanks.keys()].join(', '));
  });

  test('that resembles none gets no suggestion', () => {
    const [problem] = problemsOfProvider({ ...credentials, bank: 'a-quite-different-one' }, 'mine');
    expect(problem).toMatch(/^bank is not a built-in bank/);
    expect(problem).not.toContain('did you mean');
  });

  test.each([1, true, ['bog-payments'], () => bogPayments])('cannot be %p', (bank) => {
    expect(problemsOfProvider({ ...credentials, bank })).toEqual([
      expect.stringMatching(/^bank must be the id of a built-in bank or a definition/),
    ]);
  });

  test('with an invalid definition is refused, with the reason', () => {
    expect(problemsOfProvider({ ...credentials, bank: {} }, 'mine')).toEqual([
      expect.stringMatching(/^bank is not a bank definition.*id must.*title must.*clientAuthentication/),
    ]);
  });

  test.each(['__proto__', 'constructor', 'toString', 'prototype'])('%s is not built in', (name) => {
    expect(problemsOf({ environment: 'sandbox', providers: ownMember(name, credentials) })).toEqual([
      expect.stringMatching(new RegExp(`^providers\\.${name}\\.bank is missing`)),
    ]);
    expect(problemsOfProvider({ ...credentials, bank: name })).toEqual([
      expect.stringMatching(/^bank is not a built-in bank/),
    ]);
  });
});

describe('names of providers', () => {
  test.each(['__proto__', 'constructor', 'toString', 'prototype', 'a.b', 'ბანკი', ' '])(
    '%p works for a provider',
    (name) => {
      const providers = ownMember(name, { ...credentials, bank: 'bog-payments' });
      const resolved = resolveOptions({ environment: 'sandbox', providers }, [name]);
      expect([...resolved.providers.keys()]).toEqual([name]);
      expect(resolved.providers.get(name)?.credentials?.clientId).toBe('client');
    },
  );

  test.each(['__proto__', 'constructor', 'toString'])('%s is reported where it is not configured', (name) => {
    expect(problemsOf({ environment: 'sandbox', providers: {} }, [name])).toEqual([
      expect.stringMatching(new RegExp(`^providers\\.${name} is declared .* but not configured`)),
    ]);
  });

  test('that are only declared or only configured are both reported', () => {
    const providers = { 'bog-payments': credentials, 'tbc-instalments': credentials };
    expect(problemsOf({ environment: 'sandbox', providers }, ['bog-payments', 'tbc-installments'])).toEqual([
      expect.stringMatching(/^providers\.tbc-installments is declared .* but not configured/),
      expect.stringMatching(
        /^providers\.tbc-instalments is configured but not declared.*did you mean tbc-installments\?/,
      ),
    ]);
  });
});

describe('a disabled provider', () => {
  test('validates no other option', () => {
    const junk = {
      enabled: false,
      bank: 'no such bank',
      environment: 'nowhere',
      clientId: 1,
      tokenUrl: 'ftp://x',
      allowedOrigins: 5,
      surprise: {},
    };
    expect(problemsOfProvider(junk)).toEqual([]);
    expect(problemsOfProvider({ enabled: false }, 'no-bank-of-this-name')).toEqual([]);
    expect(resolvedProvider(junk)).toMatchObject({ name: 'bog-payments', enabled: false });
  });

  test('shows the bank and the environment that were configured, as far as they can be shown', () => {
    const shown = (options: object) => {
      const providers = { 'bog-main': { ...options, enabled: false } };
      const { bank, environment } =
        resolveOptions({ environment: 'production', providers }, ['bog-main']).providers.get('bog-main') ??
        {};
      return [bank?.id, environment];
    };
    expect(shown({ bank: 'bog-payments', environment: 'sandbox' })).toEqual(['bog-payments', 'sandbox']);
    expect(shown({ bank: bogPayments })).toEqual(['bog-payments', 'production']);
    expect(shown({ bank: 7, environment: 'nowhere' })).toEqual(['bog-main', 'production']);
  });

  test('does not disable the others', () => {
    const providers = { 'bog-payments': { enabled: false }, 'tbc-installments': {} };
    expect(problemsOf({ environment: 'sandbox', providers })).toEqual([
      expect.stringMatching(/^providers\.tbc-installments\.clientId/),
      expect.stringMatching(/^providers\.tbc-installments\.clientSecret/),
    ]);
  });

  test('is not listed as missing', () => {
    const { message } = refusalOf({ environment: 'sandbox', providers: {} }, ['bog-payments']);
    expect(message).toContain('enabled: false');
  });
});

describe('objects among the options', () => {
  test('arrive as the same objects: agents, proxies, engines and stores', () => {
    const engine = { open: () => undefined };
    const httpsAgent = new Agent();
    const proxy = { host: 'proxy.example', port: 3128 };
    const store = new MemoryTokenStore();
    const resolved = resolveOptions(
      {
        environment: 'sandbox',
        store,
        providers: { 'bog-payments': { ...credentials, http: { httpsAgent, proxy, engine } } },
      },
      ['bog-payments'],
    );
    expect(resolved.store).toBe(store);
    expect(resolved.providers.get('bog-payments')?.http.httpsAgent).toBe(httpsAgent);
    expect(resolved.providers.get('bog-payments')?.http.proxy).toBe(proxy);
    expect(resolved.providers.get('bog-payments')?.http.engine).toBe(engine);
    httpsAgent.destroy();
  });

  test('are refused as agents, proxies, engines or stores if they do not look so', () => {
    expect(problemsOfProvider({ ...credentials, http: { httpsAgent: {} } })).toEqual([
      expect.stringMatching(/^http\.httpsAgent must be an Agent/),
    ]);
    expect(problemsOfProvider({ ...credentials, http: { proxy: 'http://proxy.example' } })).toEqual([
      expect.stringMatching(/^http\.proxy must be an axios proxy configuration/),
    ]);
    expect(problemsOfProvider({ ...credentials, http: { proxy: false } })).toEqual([]);
    for (const engine of [{}, { open: true }, 'undici', () => undefined])
      expect(problemsOfProvider({ ...credentials, http: { engine } })).toEqual([
        expect.stringMatching(/^http\.engine must be /),
      ]);
    const providers = { 'bog-payments': credentials };
    expect(problemsOf({ environment: 'sandbox', providers, store: { read() {} } })).toEqual([
      expect.stringMatching(/^store is not a TokenStore: it has no writeIfNewer, remove/),
    ]);
    const methods = { read() {}, writeIfNewer() {}, remove() {} };
    expect(
      problemsOf({
        environment: 'sandbox',
        providers,
        store: { ...methods, lease: 1, changes: 2, check: {}, close: '' },
      }),
    ).toEqual(['store is not a TokenStore: lease, changes, check, close must be a method or absent']);
    expect(problemsOf({ environment: 'sandbox', providers, store: methods })).toEqual([]);
    expect(problemsOf({ environment: 'sandbox', providers: {} })).toEqual([
      'providers must configure at least one provider',
    ]);
    expect(problemsOf({ environment: 'sandbox', providers, store: 'redis://secret' })).toEqual([
      expect.stringMatching(/^store must be a TokenStore/),
    ]);
  });

  test('may be instances of classes, on every level', () => {
    class Retry {
      attempts = 2;
    }
    class Http {
      timeout = 1_000;
    }
    class Provider {
      clientId = 'client';
      clientSecret = 'secret';
      http = new Http();
    }
    class Options {
      environment = 'sandbox';
      retry = new Retry();
      providers = { 'bog-payments': new Provider() };
    }
    const resolved = resolveOptions(new Options(), ['bog-payments']);
    expect(resolved.retry).toMatchObject({ attempts: 2, deadline: 15_000 });
    expect(resolved.providers.get('bog-payments')).toMatchObject({
      credentials: { clientId: 'client' },
      http: { timeout: 1_000 },
    });
  });

  test('are not changed, and may be frozen', () => {
    const options = deepFreeze({
      environment: 'sandbox',
      retry: { attempts: 2 },
      providers: { 'tbc-business': { ...credentials, scopes: ['bab_accounts'], allowedOrigins: [] } },
    });
    const before = JSON.stringify(options);
    expect(problemsOf(options)).toEqual([]);
    expect(JSON.stringify(options)).toBe(before);
  });
});

describe('junk', () => {
  const junk = fc.oneof(
    fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true, withMap: true, withSet: true }),
    fc.constantFrom(null, Number.NaN, Symbol('junk'), () => 1),
  );
  const optional = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: undefined, freq: 3 });
  const names = [
    'bank',
    'environment',
    'enabled',
    'clientId',
    'clientSecret',
    'tokenUrl',
    'apiBaseUrl',
    'allowedOrigins',
    'allowInsecureOrigins',
    'scopes',
    'http',
    'keepWarm',
  ];
  const provider = fc
    .dictionary(fc.constantFrom(...names, 'apiKey', 'surprise'), junk, { maxKeys: 3 })
    .map((options) => ({ ...credentials, ...options }));

  test.each(names)('as %s is refused by name, never a crash', (option) => {
    for (const value of [5, true, 'x y', {}, [5], [null], [[]], Symbol('s'), () => 1, new Date(), 5n]) {
      try {
        resolvedProvider({ ...credentials, [option]: value });
      } catch (error) {
        expect(error).toBeInstanceOf(BankAuthConfigError);
        expect((error as BankAuthConfigError).problems).toContainEqual(
          expect.stringContaining(`providers.bog-payments.${option}`),
        );
      }
    }
  });

  test('anywhere is refused, never a crash', () => {
    fc.assert(
      fc.property(
        optional(junk),
        optional(junk),
        fc.dictionary(fc.string(), fc.oneof(provider, junk)),
        fc.array(fc.constantFrom('bog-payments', 'tbc-tpay', 'partner', 'tbc-business')),
        provider,
        (environment, retry, others, banks, each) => {
          const providers = { ...others, ...Object.fromEntries(banks.map((bank) => [bank, each])) };
          try {
            resolveOptions(
              { environment: environment ?? 'sandbox', retry, providers },
              Object.keys(providers),
            );
          } catch (error) {
            expect(error).toBeInstanceOf(BankAuthConfigError);
          }
        },
      ),
      replayable('FUZZ', 300),
    );
  });
});

function ownMember(name: string, value: unknown): object {
  return Object.defineProperty({}, name, { value, enumerable: true });
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(deepFreeze);
  return value;
}

describe('a string or a flag in place of an object', () => {
  test.each([
    [{ clientId: new String('id') }, ['clientId must be a string on one line']],
    [{ apiBaseUrl: new String('https://bank.example') }, ['apiBaseUrl must be an absolute URL']],
    [{ enabled: new Boolean(false) }, ['enabled must be true or false, not a string']],
    [{ keepWarm: new Boolean(true) }, ['keepWarm must be true or false, not a string']],
  ])('is refused: %p', (options, problems) => {
    expect(problemsOfProvider({ ...credentials, ...options })).toEqual(problems);
  });
});
