import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { bogPayments, defineBank } from '../../../src/banks/index.js';
import { optionsFromEnvironment, variablePrefix } from '../../../src/config/environment.js';
import { resolveOptions } from '../../../src/config/index.js';
import { replayable } from '../../support/replay.js';
import {
  type Environment,
  fromEnvironment,
  problemsOf,
  problemsOfEnvironment,
  refusalOf,
} from '../../support/resolved-options.js';

const sandbox = { BANK_AUTH_ENVIRONMENT: 'sandbox' };
const bog = { ...sandbox, BOG_PAYMENTS_CLIENT_ID: 'id', BOG_PAYMENTS_CLIENT_SECRET: 'secret' };

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bank-auth-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
function fileOf(content: string): string {
  const path = join(folder, `secret-${files++}`);
  writeFileSync(path, content);
  return path;
}

describe('the prefix of the variables', () => {
  test.each([
    ['bog-payments', 'BOG_PAYMENTS'],
    ['partner', 'PARTNER'],
    ['bogMain', 'BOG_MAIN'],
    ['BogMain', 'BOG_MAIN'],
    ['bog_main', 'BOG_MAIN'],
    ['bog.main', 'BOG_MAIN'],
    ['bog main', 'BOG_MAIN'],
    ['bog--main', 'BOG_MAIN'],
    ['bog-2', 'BOG_2'],
    ['bog2Main', 'BOG2_MAIN'],
    ['BOG_MAIN', 'BOG_MAIN'],
  ])('of %s is %s', (name, prefix) => {
    expect(variablePrefix(name)).toBe(prefix);
  });

  test('is always a valid name in a shell', () => {
    fc.assert(
      fc.property(fc.string(), (name) => {
        expect(variablePrefix(name)).toMatch(/^[A-Z0-9_]*$/);
      }),
      replayable('FUZZ'),
    );
  });
});

describe('a variable', () => {
  test('of the module chooses the environment', () => {
    const { providers } = fromEnvironment({ ...bog, BANK_AUTH_ENVIRONMENT: 'production' }, 'bog-payments');
    expect(providers.get('bog-payments')?.environment).toBe('production');
  });

  test.each([
    ['BOG_PAYMENTS_CLIENT_SECRET', { value: 'secret' }],
    ['BOG_PAYMENTS_CLIENT_SECRET', ['secret']],
    ['BOG_PAYMENTS_CLIENT_SECRET_FILE', () => 'secret'],
    ['BOG_PAYMENTS_CLIENT_SECRET_FILE', Symbol('secret')],
  ])('that a configuration service converted is refused: %s %p', (variable, value) => {
    const { BOG_PAYMENTS_CLIENT_SECRET: _left, ...rest } = { ...sandbox, ...bog } as Record<string, string>;
    const variables = { ...rest, [variable]: value } as unknown as Environment;
    expect(problemsOfEnvironment(variables, 'bog-payments')).toEqual([`${variable} must be a string`]);
  });

  test('that a configuration service converted to a number or a switch is a string all the same', () => {
    const converted = { BOG_PAYMENTS_CLIENT_ID: 10_000, BOG_PAYMENTS_CLIENT_SECRET: true };
    const variables = { ...sandbox, ...converted } as unknown as Environment;
    const { providers } = fromEnvironment(variables, 'bog-payments');
    expect(providers.get('bog-payments')?.credentials).toMatchObject({
      clientId: '10000',
      clientSecret: 'true',
    });
  });

  test('exists for each option of a provider that is a string', () => {
    const { providers } = fromEnvironment(
      {
        ...sandbox,
        TBC_TPAY_CLIENT_ID: 'id',
        TBC_TPAY_CLIENT_SECRET: 'secret',
        TBC_TPAY_API_KEY: 'key',
        TBC_TPAY_TOKEN_URL: 'https://double.example/token',
        TBC_TPAY_API_BASE_URL: 'https://double.example/api',
        TBC_TPAY_ENVIRONMENT: 'production',
        TBC_TPAY_ENABLED: 'true',
      },
      'tbc-tpay',
    );
    expect(providers.get('tbc-tpay')).toMatchObject({
      environment: 'production',
      enabled: true,
      tokenUrl: 'https://double.example/token',
      apiBaseUrl: 'https://double.example/api',
      credentials: { clientId: 'id', clientSecret: 'secret', apiKey: 'key', files: {} },
    });
  });

  test('is for one provider only', () => {
    const { providers } = fromEnvironment(
      { ...bog, BOG_MAIN_BANK: 'bog-payments', BOG_MAIN_CLIENT_ID: 'main', BOG_MAIN_CLIENT_SECRET: 'other' },
      'bog-payments',
      'bog-main',
    );
    expect(providers.get('bog-payments')?.credentials?.clientId).toBe('id');
    expect(providers.get('bog-main')).toMatchObject({
      bank: bogPayments,
      credentials: { clientId: 'main', clientSecret: 'other' },
    });
  });

  test('names the bank of a second account, and a misspelt one is reported with the variable', () => {
    const main = { ...sandbox, BOG_MAIN_CLIENT_ID: 'id', BOG_MAIN_CLIENT_SECRET: 'secret' };
    expect(problemsOfEnvironment({ ...main, BOG_MAIN_BANK: 'bog-payment' }, 'bog-main')).toEqual([
      expect.stringMatching(
        /^providers\.bog-main\.bank \(BOG_MAIN_BANK\) is not a built-in bank; did you mean bog-payments\?/,
      ),
    ]);
    expect(problemsOfEnvironment(main, 'bog-main')).toEqual([
      expect.stringMatching(/^providers\.bog-main\.bank \(BOG_MAIN_BANK\) is missing/),
    ]);
  });

  test('of scopes is split on white space', () => {
    const scopesOf = (scopes: string) =>
      fromEnvironment(
        {
          ...sandbox,
          TBC_INSTALLMENTS_CLIENT_ID: 'id',
          TBC_INSTALLMENTS_CLIENT_SECRET: 'secret',
          TBC_INSTALLMENTS_SCOPES: scopes,
        },
        'tbc-installments',
      ).providers.get('tbc-installments')?.scopes;
    expect(scopesOf('one')).toEqual(['one']);
    expect(scopesOf('one two three')).toEqual(['one', 'two', 'three']);
    expect(scopesOf('  one \t two\n')).toEqual(['one', 'two']);
  });

  test('that switches a provider off is obeyed, and no other variable of it is required', () => {
    const { providers } = fromEnvironment({ ...sandbox, BOG_PAYMENTS_ENABLED: 'false' }, 'bog-payments');
    // It is never asked; nothing of it leads anywhere.
    expect(providers.get('bog-payments')).toMatchObject({
      enabled: false,
      bank: {
        id: 'bog-payments',
        title: 'bog-payments',
        tokenUrl: {},
        apiBaseUrl: {},
        clientAuthentication: { method: 'client_secret_basic' },
      },
      environment: 'sandbox',
      tokenUrl: 'https://disabled.invalid',
      apiBaseUrl: 'https://disabled.invalid',
      origins: new Set(),
      scopes: [],
      scopesFrom: '',
      credentials: { clientId: '', clientSecret: '', files: {}, description: 'nothing' },
      http: { timeout: 30_000 },
      keepWarm: false,
    });
    expect(problemsOfEnvironment({ ...sandbox, NO_BANK_ENABLED: 'false' }, 'no-bank')).toEqual([]);
  });

  test('that switches a provider off excuses errors in its files', () => {
    const variables = {
      ...sandbox,
      BOG_PAYMENTS_ENABLED: 'false',
      BOG_PAYMENTS_CLIENT_ID: 'id',
      BOG_PAYMENTS_CLIENT_ID_FILE: join(folder, 'missing'),
      BOG_PAYMENTS_CLIENT_SECRET_FILE: join(folder, 'missing'),
    };
    expect(problemsOfEnvironment(variables, 'bog-payments')).toEqual([]);
  });

  test.each(['0', '1', 'no', 'FALSE', 'True', 'off', ' false'])(
    'that is to switch a provider off may not be %p',
    (word) => {
      expect(problemsOfEnvironment({ ...bog, BOG_PAYMENTS_ENABLED: word }, 'bog-payments')).toEqual([
        expect.stringMatching(
          /^providers\.bog-payments\.enabled \(BOG_PAYMENTS_ENABLED\) must be true or false/,
        ),
      ]);
    },
  );

  test('that is empty counts as missing', () => {
    const empty: Environment = Object.fromEntries(
      ['CLIENT_ID', 'CLIENT_SECRET', 'SCOPES', 'TOKEN_URL', 'API_BASE_URL', 'ENVIRONMENT', 'ENABLED', 'BANK']
        .flatMap((suffix) => [suffix, `${suffix}_FILE`])
        .map((suffix) => [`BOG_PAYMENTS_${suffix}`, '']),
    );
    expect(problemsOfEnvironment({ ...empty, BANK_AUTH_ENVIRONMENT: '' }, 'bog-payments')).toEqual([
      expect.stringMatching(/^environment \(BANK_AUTH_ENVIRONMENT\) is missing/),
      expect.stringMatching(/^providers\.bog-payments\.clientId \(BOG_PAYMENTS_CLIENT_ID\) is missing/),
      expect.stringMatching(
        /^providers\.bog-payments\.clientSecret \(BOG_PAYMENTS_CLIENT_SECRET\) is missing/,
      ),
    ]);
    const rest = { BOG_PAYMENTS_CLIENT_ID: 'id', BOG_PAYMENTS_CLIENT_SECRET: 'secret' };
    expect(problemsOfEnvironment({ ...sandbox, ...empty, ...rest }, 'bog-payments')).toEqual([]);
  });
});

describe('a message of the configuration', () => {
  test('names the variable of each missing option', () => {
    const elsewhere = {
      TBC_TPAY_TOKEN_URL: 'https://double.example/token',
      TBC_TPAY_API_BASE_URL: 'https://double.example',
    };
    const problems = problemsOfEnvironment(
      elsewhere,
      'bog-payments',
      'tbc-tpay',
      'tbc-business',
      'tbc-installments',
      'partner',
    );
    for (const [path, variable] of [
      ['environment', 'BANK_AUTH_ENVIRONMENT'],
      ['providers.bog-payments.clientId', 'BOG_PAYMENTS_CLIENT_ID'],
      ['providers.bog-payments.clientSecret', 'BOG_PAYMENTS_CLIENT_SECRET'],
      ['providers.tbc-tpay.clientId', 'TBC_TPAY_CLIENT_ID'],
      ['providers.tbc-tpay.apiKey', 'TBC_TPAY_API_KEY'],
      ['providers.tbc-business.scopes', 'TBC_BUSINESS_SCOPES'],
      ['providers.tbc-installments.clientId', 'TBC_INSTALLMENTS_CLIENT_ID'],
      ['providers.tbc-installments.clientSecret', 'TBC_INSTALLMENTS_CLIENT_SECRET'],
    ]) {
      expect(problems).toContainEqual(expect.stringContaining(`${path} (${variable}) is missing`));
    }
    expect(problemsOfEnvironment(sandbox, 'partner')).toContainEqual(
      expect.stringContaining('providers.partner.apiBaseUrl (PARTNER_API_BASE_URL) is missing'),
    );
  });

  test('names the variable of each invalid option, and the hint of the bank', () => {
    const variables = {
      ...sandbox,
      BOG_PAYMENTS_CLIENT_ID: 'a:b',
      BOG_PAYMENTS_CLIENT_SECRET: 'secret',
      BOG_PAYMENTS_TOKEN_URL: 'http://bank.example',
      TBC_TPAY_CLIENT_ID: 'id',
    };
    const problems = problemsOfEnvironment(variables, 'bog-payments', 'tbc-tpay', 'tbc-installments');
    for (const begin of [
      'providers.bog-payments.clientId (BOG_PAYMENTS_CLIENT_ID) must not contain a colon',
      'providers.bog-payments.tokenUrl (BOG_PAYMENTS_TOKEN_URL) must use https',
      "providers.tbc-tpay.environment (TBC_TPAY_ENVIRONMENT) is 'sandbox', but",
      'providers.tbc-installments.clientId (TBC_INSTALLMENTS_CLIENT_ID) is missing: the bank\'s page calls it "apikey"',
      'providers.tbc-installments.clientSecret (TBC_INSTALLMENTS_CLIENT_SECRET) is missing: the bank\'s page calls it "apisecret"',
    ]) {
      expect(problems).toContainEqual(expect.stringContaining(begin));
    }
  });

  test('names variables also where the options were spread into others', () => {
    const read = optionsFromEnvironment(new Map([['bog-payments', undefined]]), () => undefined);
    const provider = { ...read.providers['bog-payments'], http: { timeout: 0 } };
    const providers = { 'bog-payments': provider };
    const spread = { ...read, environment: 'sandbox', store: {}, retry: { attempts: 0 }, providers };
    // An option that the environment cannot have has no variable.
    expect(problemsOf(spread)).toEqual([
      'retry.attempts must be at least 1',
      expect.stringMatching(/^store is not a TokenStore/),
      'providers.bog-payments.clientId (BOG_PAYMENTS_CLIENT_ID) is missing',
      'providers.bog-payments.clientSecret (BOG_PAYMENTS_CLIENT_SECRET) is missing',
      'providers.bog-payments.http.timeout must be at least 100 milliseconds',
    ]);
  });

  test('names no variable where the options come from elsewhere', () => {
    expect(() =>
      resolveOptions({ environment: 'sandbox', providers: { 'bog-payments': {} } }, ['bog-payments']),
    ).toThrow('providers.bog-payments.clientId is missing');
  });

  test('about rejected credentials can name their variables', () => {
    const secret = fileOf('secret');
    const { providers } = fromEnvironment(
      {
        BANK_AUTH_ENVIRONMENT: 'production',
        TBC_TPAY_CLIENT_ID: 'id',
        TBC_TPAY_CLIENT_SECRET_FILE: secret,
        TBC_TPAY_API_KEY: 'key',
      },
      'tbc-tpay',
    );
    expect(providers.get('tbc-tpay')?.credentials?.description).toBe(
      'TBC_TPAY_CLIENT_ID, TBC_TPAY_CLIENT_SECRET_FILE and TBC_TPAY_API_KEY',
    );
    expect(providers.get('tbc-tpay')?.scopesFrom).toBe('TBC_TPAY_SCOPES');
  });
});

describe('a variable that names a file', () => {
  test('yields the content of the file, for every option', () => {
    const { providers } = fromEnvironment(
      {
        BANK_AUTH_ENVIRONMENT_FILE: fileOf('sandbox\n'),
        MAIN_BANK_FILE: fileOf('tbc-business'),
        MAIN_CLIENT_ID_FILE: fileOf('id'),
        MAIN_CLIENT_SECRET_FILE: fileOf('secret'),
        MAIN_SCOPES_FILE: fileOf('bab_accounts bab_transfers\n'),
        MAIN_TOKEN_URL_FILE: fileOf('https://double.example/token'),
        MAIN_API_BASE_URL_FILE: fileOf('https://double.example'),
        MAIN_ENVIRONMENT_FILE: fileOf('production'),
        MAIN_ENABLED_FILE: fileOf('true\n'),
        TBC_TPAY_API_KEY_FILE: fileOf('key'),
        TBC_TPAY_ENVIRONMENT: 'production',
        TBC_TPAY_CLIENT_ID: 'id',
        TBC_TPAY_CLIENT_SECRET: 'secret',
      },
      'main',
      'tbc-tpay',
    );
    expect(providers.get('main')).toMatchObject({
      bank: { id: 'tbc-business' },
      environment: 'production',
      scopes: ['bab_accounts', 'bab_transfers'],
      tokenUrl: 'https://double.example/token',
      apiBaseUrl: 'https://double.example',
      credentials: { clientId: 'id', clientSecret: 'secret' },
    });
    expect(providers.get('tbc-tpay')?.credentials?.apiKey).toBe('key');
  });

  test('is remembered for credentials, which are read again, and for nothing else', () => {
    const [id, url] = [fileOf('id'), fileOf('https://double.example')];
    const { providers } = fromEnvironment(
      {
        ...sandbox,
        BOG_PAYMENTS_CLIENT_ID_FILE: id,
        BOG_PAYMENTS_CLIENT_SECRET: 'secret',
        BOG_PAYMENTS_API_BASE_URL_FILE: url,
      },
      'bog-payments',
    );
    expect(providers.get('bog-payments')?.credentials?.files).toEqual({ clientId: id });
  });

  test('is read again also where an agent holds the certificate that the bank requires', async () => {
    const bank = defineBank({
      ...bogPayments,
      id: 'mine',
      clientAuthentication: { method: 'tls_client_auth' },
    });
    const variables: Environment = { MINE_CLIENT_ID_FILE: fileOf('id') };
    const read = optionsFromEnvironment(new Map([['mine', bank]]), (variable) => variables[variable]);
    const mine = { ...read.providers.mine, http: { httpsAgent: new Agent() } };
    const { providers } = resolveOptions({ ...read, environment: 'sandbox', providers: { mine } }, ['mine']);
    expect(await providers.get('mine')?.credentials?.read?.()).toMatchObject({ clientId: 'id' });
  });

  test.each([
    ['BOG_PAYMENTS_CLIENT_SECRET', '\ufeffsecret\r\n'],
    ['BOG_PAYMENTS_API_BASE_URL', '\ufeffhttps://double.example\n'],
    ['BANK_AUTH_ENVIRONMENT', '\ufeffsandbox\n'],
  ])('may hold %s with a byte order mark and a line break', (variable, content) => {
    const { [variable as keyof typeof bog]: _plain, ...rest } = bog;
    const { providers } = fromEnvironment({ ...rest, [`${variable}_FILE`]: fileOf(content) }, 'bog-payments');
    expect(providers.get('bog-payments')).toMatchObject({
      environment: 'sandbox',
      credentials: { clientSecret: 'secret' },
    });
  });

  test.each([
    ['BOG_PAYMENTS_CLIENT_SECRET', '"secret"'],
    ['BOG_PAYMENTS_API_BASE_URL', "'https://double.example'"],
    ['BANK_AUTH_ENVIRONMENT', '`sandbox`'],
  ])('is refused if quotes stand around the value or the path: %s', (variable, quoted) => {
    const { [variable as keyof typeof bog]: _plain, ...rest } = bog;
    const quotes = 'must not be in quotes: were the quotes of a .env file kept?';
    const told = (variables: Environment) => problemsOfEnvironment({ ...rest, ...variables }, 'bog-payments');
    expect(told({ [variable]: quoted })).toEqual([`${variable} ${quotes}`]);
    expect(told({ [`${variable}_FILE`]: fileOf(`${quoted}\n`) })).toEqual([
      `${variable}_FILE names a file whose content ${quotes}`,
    ]);
    expect(told({ [`${variable}_FILE`]: `"${fileOf('x')}"` })).toEqual([`${variable}_FILE ${quotes}`]);
  });

  test('that is not UTF-8 is reported with the variable and what to do', () => {
    const path = fileOf('');
    writeFileSync(path, Buffer.from('\ufeffsecret\r\n', 'utf16le'));
    const variables = { ...bog, BOG_PAYMENTS_API_BASE_URL_FILE: path };
    expect(problemsOfEnvironment(variables, 'bog-payments')).toEqual([
      'BOG_PAYMENTS_API_BASE_URL_FILE names a file that cannot be read (UTF-16: save it as UTF-8)',
    ]);
  });

  test.each([
    ['BOG_PAYMENTS_CLIENT_SECRET', 'credentials'],
    ['BOG_PAYMENTS_API_BASE_URL', 'other options'],
    ['BANK_AUTH_ENVIRONMENT', 'the environment'],
  ])('cannot stand beside the plain form: %s, so for %s', (variable) => {
    const value = { BOG_PAYMENTS_API_BASE_URL: 'https://double.example', ...bog }[variable] as string;
    const problems = problemsOfEnvironment(
      { ...bog, [variable]: value, [`${variable}_FILE`]: fileOf(value) },
      'bog-payments',
    );
    expect(problems).toContainEqual(`${variable} and ${variable}_FILE are both set: leave one out`);
  });

  test('that is missing is reported with the variable and the reason', () => {
    const variables = { ...bog, BOG_PAYMENTS_API_BASE_URL_FILE: join(folder, 'missing') };
    expect(problemsOfEnvironment(variables, 'bog-payments')).toEqual([
      'BOG_PAYMENTS_API_BASE_URL_FILE names a file that cannot be read (ENOENT)',
    ]);
  });

  test('that is a folder is reported with the variable and the reason', () => {
    mkdirSync(join(folder, 'folder'));
    const variables = { ...bog, BOG_PAYMENTS_API_BASE_URL_FILE: join(folder, 'folder') };
    expect(problemsOfEnvironment(variables, 'bog-payments')).toEqual([
      'BOG_PAYMENTS_API_BASE_URL_FILE names a file that cannot be read (EISDIR)',
    ]);
  });

  test.each(['', '\n', '\r\n'])('of a file with nothing but %p is reported as empty', (content) => {
    const variables = { ...bog, BOG_PAYMENTS_API_BASE_URL_FILE: fileOf(content) };
    expect(problemsOfEnvironment(variables, 'bog-payments')).toEqual([
      'BOG_PAYMENTS_API_BASE_URL_FILE names an empty file',
    ]);
  });

  test('that is unusable is the only complaint: its option is not reported as missing too', () => {
    const { BOG_PAYMENTS_CLIENT_SECRET: _secret, ...rest } = bog;
    const named = (path: string) => ({ ...rest, BOG_PAYMENTS_CLIENT_SECRET_FILE: path });
    expect(problemsOfEnvironment(named(join(folder, 'missing')), 'bog-payments')).toHaveLength(1);
    expect(problemsOfEnvironment(named(fileOf('')), 'bog-payments')).toHaveLength(1);
    expect(
      problemsOfEnvironment({ ...bog, BOG_PAYMENTS_CLIENT_SECRET_FILE: fileOf('secret') }, 'bog-payments'),
    ).toHaveLength(1);
  });

  test('with more than one line is no credential', () => {
    const variables = {
      ...sandbox,
      BOG_PAYMENTS_CLIENT_ID: 'id',
      BOG_PAYMENTS_CLIENT_SECRET_FILE: fileOf('one\ntwo\n'),
    };
    expect(problemsOfEnvironment(variables, 'bog-payments')).toEqual([
      expect.stringMatching(
        /^providers\.bog-payments\.clientSecret \(BOG_PAYMENTS_CLIENT_SECRET\) must be a string on one line/,
      ),
    ]);
  });
});

describe('providers', () => {
  const mine = defineBank({
    id: 'my-bank',
    title: 'My bank',
    tokenUrl: { sandbox: 'https://my-bank.example/token' },
    apiBaseUrl: { sandbox: 'https://my-bank.example' },
    clientAuthentication: { method: 'client_secret_post' },
  });

  test('may be definitions of the user', () => {
    const variables = { ...sandbox, MY_BANK_CLIENT_ID: 'id', MY_BANK_CLIENT_SECRET: 'secret' };
    expect(fromEnvironment(variables, mine).providers.get('my-bank')).toMatchObject({
      bank: { id: 'my-bank' },
      tokenUrl: 'https://my-bank.example/token',
    });
  });

  test.each(['__proto__', 'constructor', 'toString'])('may be named %s', (name) => {
    const prefix = variablePrefix(name);
    const variables = {
      ...sandbox,
      [`${prefix}_BANK`]: 'bog-payments',
      [`${prefix}_CLIENT_ID`]: 'id',
      [`${prefix}_CLIENT_SECRET`]: 'secret',
    };
    expect(fromEnvironment(variables, name).providers.get(name)?.credentials?.clientId).toBe('id');
    expect(problemsOfEnvironment(sandbox, name)).toEqual([
      expect.stringContaining(`(${prefix}_BANK) is missing`),
    ]);
  });

  test('whose names lead to the same variables are refused, not given the same account', () => {
    const variables = {
      ...sandbox,
      BOG_MAIN_BANK: 'bog-payments',
      BOG_MAIN_CLIENT_ID: 'id',
      BOG_MAIN_CLIENT_SECRET: 'secret',
    };
    expect(problemsOfEnvironment(variables, 'bog-main', 'bogMain')).toContainEqual(
      expect.stringContaining('BOG_MAIN'),
    );
    // Each two of them.
    expect(
      problemsOfEnvironment(variables, 'bog-main', 'bogMain', 'bog.main').filter((text) =>
        text.includes('BOG_MAIN_'),
      ),
    ).toHaveLength(3);
  });

  test('may get numbers and switches from a typed configuration', () => {
    const values: Record<string, unknown> = {
      ...bog,
      BOG_PAYMENTS_CLIENT_ID: 12345,
      TBC_TPAY_ENABLED: false,
      BOG_PAYMENTS_SCOPES: null,
    };
    const options = optionsFromEnvironment(
      new Map([
        ['bog-payments', undefined],
        ['tbc-tpay', undefined],
      ]),
      (variable) => values[variable] as string | undefined,
    );
    const { providers } = resolveOptions(options, ['bog-payments', 'tbc-tpay']);
    expect(providers.get('bog-payments')?.credentials?.clientId).toBe('12345');
    expect(providers.get('tbc-tpay')?.enabled).toBe(false);
  });
});

describe('a missing variable', () => {
  const missing = 'providers.bog-payments.clientSecret (BOG_PAYMENTS_CLIENT_SECRET) is missing';
  const known = { ...sandbox, BOG_PAYMENTS_CLIENT_ID: 'id' };

  test.each([
    'BOG_PAYMENTS_CLIENT_SECRT',
    'BOG_PAYMENT_CLIENT_SECRET',
    'BOG_PAYMENTS_CLIENT_SECERT',
    'BOGPAYMENTS_CLIENT_SECRET',
    'bog_payments_client_secret',
    'BOG_PAYMENTS_CLIENT_SECRET_FIEL',
  ])('is explained by %s, which looks like a misspelling of it', (name) => {
    const problems = problemsOfEnvironment({ ...known, [name]: 'a-value-of-it' }, 'bog-payments');
    expect(problems).toEqual([
      `${missing}; is ${name}, which is set in the environment, a misspelling of it?`,
    ]);
  });

  test.each([
    // Of another provider, or of another option of this one.
    'BOG_IPAY_CLIENT_SECRET',
    'BOG_PAYMENTS_CLIENT_ID',
    'CLIENT_SECRET',
    'BOG PAYMENTS CLIENT SECRET',
    'BOG_PAYMENTS_CLIENT_SECRET ',
    '-BOG_PAYMENTS_CLIENT_SECRET',
    '',
  ])('is not explained by %j', (name) => {
    expect(problemsOfEnvironment({ ...known, [name]: 'id' }, 'bog-payments')).toEqual([missing]);
  });

  test('is not explained by that of another account, nor by the name of its file', () => {
    const first = { BOG_1_BANK: 'bog-payments', BOG_1_CLIENT_ID: 'id' };
    const second = { BOG_2_BANK: 'bog-payments', BOG_2_CLIENT_ID: 'id' };
    const others: Environment[] = [
      { BOG_1_CLIENT_SECRET: 'secret' },
      { BOG_1_CLIENT_SECRET_FILE: fileOf('secret') },
    ];
    for (const other of others) {
      expect(problemsOfEnvironment({ ...sandbox, ...first, ...second, ...other }, 'bog-1', 'bog-2')).toEqual([
        'providers.bog-2.clientSecret (BOG_2_CLIENT_SECRET) is missing',
      ]);
    }
  });

  test('is explained by its misspelling also where the bank has a hint', () => {
    const others = { TBC_TPAY_CLIENT_ID: 'id', TBC_TPAY_CLIENT_SECRET: 'secret' };
    const environment = { BANK_AUTH_ENVIRONMENT: 'production', ...others, TBC_TPAY_API_KYE: 'key' };
    expect(problemsOfEnvironment(environment, 'tbc-tpay')).toEqual([
      expect.stringMatching(/^providers\.tbc-tpay\.apiKey \(TBC_TPAY_API_KEY\) is missing.*TBC_TPAY_API_KYE/),
    ]);
  });

  test('is looked for in the environment itself by default', () => {
    process.env.BOG_PAYMENTS_CLIENT_SECRT = 'secret';
    try {
      const options = optionsFromEnvironment(new Map([['bog-payments', undefined]]), () => undefined);
      expect(() => resolveOptions(options, ['bog-payments'])).toThrow('BOG_PAYMENTS_CLIENT_SECRT');
    } finally {
      delete process.env.BOG_PAYMENTS_CLIENT_SECRT;
    }
  });
});

describe('where no provider has any credentials, the message asks whether .env was loaded,', () => {
  const question =
    /\n {2}No provider has any credentials\. Was the \.env file loaded\? Nest loads it with ConfigModule/;

  test('if no variable is set', () => {
    expect(() => fromEnvironment({}, 'bog-payments', 'tbc-tpay')).toThrow(question);
  });

  test('if a factory returns none of them', () => {
    const nothing = { clientId: undefined, clientSecret: '' } as unknown as { clientId: string };
    const options = { environment: 'sandbox', providers: { 'bog-payments': nothing } };
    expect(() => resolveOptions(options, ['bog-payments'])).toThrow(question);
  });

  test('beside errors of injections', () => {
    const options = optionsFromEnvironment(new Map([['bog-payments', undefined]]), () => undefined, []);
    expect(() => resolveOptions(options, ['bog-payments'], ['A injects what is not there.'])).toThrow(
      expect.objectContaining({ message: expect.stringMatching(question) }),
    );
  });

  test('unless all providers are disabled or leave their credentials to a function', () => {
    for (const provider of [{ enabled: false }, { credentials: () => undefined, keepWarm: 'x' }]) {
      const refused = refusalOf({ environment: 'x', providers: { 'bog-payments': provider } });
      expect(refused.message).not.toMatch(question);
    }
  });

  test('unless one provider has some', () => {
    const one = { ...sandbox, BOG_PAYMENTS_CLIENT_ID: 'id' };
    expect(() => fromEnvironment(one, 'bog-payments', 'tbc-tpay')).toThrow(/cannot start/);
    expect(() => fromEnvironment(one, 'bog-payments', 'tbc-tpay')).not.toThrow(question);
  });
});
