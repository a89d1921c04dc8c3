import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type BankDefinition, defineBank } from '../../../src/banks/index.js';
import { variablePrefix } from '../../../src/config/environment.js';
import type { ResolvedCredentials, ResolvedMerchants } from '../../../src/config/index.js';
import { createCredentialsSource, ResolverCredentials } from '../../../src/credentials/index.js';
import {
  fromEnvironment,
  problemsOfEnvironment,
  problemsOfProvider,
  resolvedProvider,
} from '../../support/resolved-options.js';
import { authority, member } from '../../support/tls-identities.js';

// Every credential, in every form that it must not have, wherever it may come from: one set of rules for all.

const PLANTED = 'sUpErSeCrEt';

let folder: string;
/** Good values of every credential. */
const good: Record<string, string> = {
  clientId: 'id',
  clientSecret: `secret-${PLANTED}`,
  apiKey: `key-${PLANTED}`,
  keyId: `kid-${PLANTED}`,
};
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'credential-forms-'));
  const ca = await authority('An authority');
  const client = await member('client', { ca });
  Object.assign(good, {
    privateKey: client.key,
    tlsCertificate: client.cert,
    tlsKey: client.key,
    tlsCa: ca.cert,
  });
});
afterAll(() => rmSync(folder, { recursive: true }));

const bank = (
  clientAuthentication: BankDefinition['clientAuthentication'],
  options: BankDefinition['options'],
) =>
  defineBank({
    id: 'the-bank',
    title: 'The bank',
    tokenUrl: { sandbox: 'https://bank.example/token' },
    apiBaseUrl: { sandbox: 'https://bank.example' },
    clientAuthentication,
    options: { apiKey: 'required', ...options },
  });
const bySecret = bank({ method: 'client_secret_post' }, {});
const byKey = bank(
  { method: 'private_key_jwt', algorithm: 'ES256', audience: { sandbox: 'https://issuer.example' } },
  {},
);
const overTls = bank({ method: 'client_secret_post' }, { tlsCertificate: 'required' });

/** What each takes. Keys and certificates take long to read: a text is tried where there are none. */
const FIELDS = new Map<BankDefinition, string[]>([
  [bySecret, ['clientId', 'apiKey', 'clientSecret']],
  [byKey, ['clientId', 'apiKey', 'privateKey', 'keyId']],
  [overTls, ['clientId', 'apiKey', 'clientSecret', 'tlsCertificate', 'tlsKey', 'tlsCa']],
]);
const fieldsOf = (definition: BankDefinition) => FIELDS.get(definition) as string[];
const bankOf = (field: string) =>
  [...FIELDS.keys()].find((definition) => fieldsOf(definition).includes(field)) as BankDefinition;
const goodFor = (definition: BankDefinition) =>
  Object.fromEntries(fieldsOf(definition).map((field) => [field, good[field] as string]));

const SUFFIXES: Readonly<Record<string, string>> = {
  clientId: 'CLIENT_ID',
  clientSecret: 'CLIENT_SECRET',
  apiKey: 'API_KEY',
  privateKey: 'PRIVATE_KEY',
  keyId: 'KEY_ID',
  tlsCertificate: 'TLS_CERTIFICATE',
  tlsKey: 'TLS_KEY',
  tlsCa: 'TLS_CA',
};
const variableOf = (field: string) => `${variablePrefix('the-bank')}_${SUFFIXES[field]}`;
const variablesOf = (values: Readonly<Record<string, string>>) => ({
  BANK_AUTH_ENVIRONMENT: 'sandbox',
  ...Object.fromEntries(Object.entries(values).map(([field, value]) => [variableOf(field), value])),
});

/** What is wrong where this value stands in code, in a variable and so on; each begins with the field or its file. */
const places: Readonly<Record<string, (field: string, value: string) => Promise<readonly string[]>>> = {
  'in code': async (field, value) => {
    const definition = bankOf(field);
    return problemsOfProvider({ ...goodFor(definition), bank: definition, [field]: value }, 'the-bank');
  },
  'in a variable': async (field, value) => {
    const definition = bankOf(field);
    return problemsOfEnvironment(variablesOf({ ...goodFor(definition), [field]: value }), definition);
  },
  'in a file at the start': async (field, value) => {
    const definition = bankOf(field);
    const { [field]: _inFile, ...others } = goodFor(definition);
    const path = join(folder, `start-${field}`);
    writeFileSync(path, value);
    return problemsOfEnvironment({ ...variablesOf(others), [`${variableOf(field)}_FILE`]: path }, definition);
  },
  'in a file that is read again': async (field, value) => {
    const definition = bankOf(field);
    const { [field]: first, ...others } = goodFor(definition);
    const path = join(folder, `again-${field}`);
    writeFileSync(path, first as string);
    const variables = { ...variablesOf(others), [`${variableOf(field)}_FILE`]: path };
    const { credentials } = fromEnvironment(variables, definition).providers.get('the-bank') ?? {};
    const source = createCredentialsSource(credentials as ResolvedCredentials);
    expect((await source.read())[field as 'clientId'].trim()).toBe(first?.trim());
    writeFileSync(path, value);
    return source.read().then(
      () => [],
      (error: Error) => {
        expect(error.message.startsWith(`${path}: `)).toBe(true);
        expect(inspect(error, { showHidden: true, depth: 9 })).not.toContain(PLANTED);
        return [error.message.slice(path.length + 2)];
      },
    );
  },
  'found by the function credentials': async (field, value) => {
    const definition = bankOf(field);
    const found = { ...goodFor(definition), [field]: value };
    const { merchants } = resolvedProvider({ bank: definition, credentials: () => found }, 'the-bank');
    const source = new ResolverCredentials(merchants as ResolvedMerchants, 'shop-1', () => undefined);
    return source.read().then(
      () => [],
      (error: Error) => {
        expect(inspect(error, { showHidden: true, depth: 9 })).not.toContain(PLANTED);
        return [error.message];
      },
    );
  },
};

const CONTROL = 'must not contain NUL or another control character';
const INVISIBLE = 'must not contain an invisible character: type it again';
const SPACE = 'must not begin or end with white space';
const QUOTES = 'must not be in quotes: were the quotes of a .env file kept?';
const ONE_LINE = 'must be a string on one line';
const VISIBLE = 'must consist of visible ASCII characters, because it is sent in a header';

/** What becomes of a good value, and what is said then of a text and of PEM; undefined where that is nothing. */
const forms: [what: string, made: (value: string) => string, ofText: string, ofPem: string | undefined][] = [
  ['with a NUL within', (value) => `${value.slice(0, 30)}\0${value.slice(30)}`, CONTROL, CONTROL],
  ['with a NUL at its end', (value) => `${value}\0`, CONTROL, CONTROL],
  ['with an escape character', (value) => `\x1b${value}`, CONTROL, CONTROL],
  ['with a DEL', (value) => `${value}\x7f`, CONTROL, CONTROL],
  ['with a control character of C1', (value) => `${value}\x85`, CONTROL, CONTROL],
  ['with a tab at its end', (value) => `${value}\t`, CONTROL, undefined],
  ['with a space before it', (value) => ` ${value}`, SPACE, undefined],
  ['with a space after it', (value) => `${value} `, SPACE, undefined],
  ['with a no-break space after it', (value) => `${value}\u00a0`, SPACE, undefined],
  ['with a zero-width space', (value) => `${value}\u200b`, INVISIBLE, undefined],
  ['with a direction mark', (value) => `\u202e${value}`, INVISIBLE, undefined],
  ['with a separator of lines', (value) => `${value}\u2028`, INVISIBLE, undefined],
  ['in double quotes', (value) => `"${value}"`, QUOTES, QUOTES],
  ['in single quotes', (value) => `'${value}'`, QUOTES, QUOTES],
  ['in backticks', (value) => `\`${value}\``, QUOTES, QUOTES],
  ['in quotes with a line break in front', (value) => `\n"${value}"`, ONE_LINE, QUOTES],
  ['on two lines', (value) => `${value}\n${value}`, ONE_LINE, undefined],
  ['with two line feeds at its end', (value) => `${value}\n\n`, ONE_LINE, undefined],
  ['of white space only', () => ' \u00a0 ', ONE_LINE, 'must be a'],
];

const TEXTS = ['clientId', 'clientSecret', 'apiKey', 'keyId'];
const PEMS = ['privateKey', 'tlsCertificate', 'tlsKey', 'tlsCa'];

describe.each(Object.keys(places))('a credential %s', (place) => {
  const problemsOf = places[place] as (typeof places)[string];

  test.each(TEXTS)('may be any visible string: %s', async (field) => {
    for (const value of ['x', '"', "it's", 'a"', '"\'', 'a b', `'${PLANTED}"`, '%00', '\\0\\n'])
      if (field !== 'apiKey' || value !== 'a b') expect(await problemsOf(field, value)).toEqual([]);
  });

  test.each(
    forms.flatMap(([what, made, ofText]) => TEXTS.map((field) => [field, what, made, ofText] as const)),
  )('is refused: %s %s', async (field, _what, made, ofText) => {
    const problems = await problemsOf(field, made(good[field] as string));
    const expected = field === 'apiKey' && ofText !== QUOTES ? VISIBLE : ofText;
    expect(problems).toEqual([expect.stringContaining(expected)]);
    expect(problems.join()).not.toContain(PLANTED);
  });

  test.each(
    forms.flatMap(([what, made, , ofPem]) =>
      ofPem === undefined ? [] : PEMS.map((field) => [field, what, made, ofPem] as const),
    ),
  )('is refused: %s %s', async (field, _what, made, ofPem) => {
    const value = good[field] as string;
    expect(await problemsOf(field, made(value))).toEqual([expect.stringContaining(ofPem)]);
  });

  test.each(PEMS)('may be PEM in any layout: %s', async (field) => {
    const value = good[field] as string;
    for (const layout of [
      value.replaceAll('\n', '\\n'),
      value.replaceAll('\n', '\\r\\n'),
      `${value.trim().replaceAll('\n', '\\n')}\n`,
      `${value.replaceAll('\n', '\\n')}\n\n`,
      value.replaceAll('\n', '\r\n'),
      `\ufeff${value}`,
      `\ufeff${value.replaceAll('\n', '\\n')}`,
      `\n${value}\n\n`,
    ])
      expect(await problemsOf(field, layout)).toEqual([]);
  });
});

describe('a byte order mark in a secret', () => {
  test.each(Object.keys(places).filter((place) => !place.includes('file')))(
    'is refused %s',
    async (place) => {
      const problemsOf = places[place] as (typeof places)[string];
      expect(await problemsOf('clientSecret', `\ufeff${PLANTED}`)).toEqual([
        expect.stringContaining('must not begin with a byte order mark'),
      ]);
    },
  );

  test.each(Object.keys(places).filter((place) => place.includes('file')))('is dropped %s', async (place) => {
    const problemsOf = places[place] as (typeof places)[string];
    expect(await problemsOf('clientSecret', `\ufeff${PLANTED}\r\n`)).toEqual([]);
  });
});
