import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { Agent } from 'node:https';
import { inspect } from 'node:util';
import { beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { BankDefinition, BankOptionsShape, ClientAuthentication } from '../../../src/banks/index.js';
import { defineBank } from '../../../src/banks/index.js';
import { BankAuthConfigError } from '../../../src/errors/index.js';
import { replayable } from '../../support/replay.js';
import { problemsOfProvider, resolvedProvider } from '../../support/resolved-options.js';
import { authority, member, type TlsIdentity } from '../../support/tls-identities.js';

const PLANTED = 'sUpErSeCrEt';
const secret = { clientId: 'id', clientSecret: `secret-${PLANTED}` };
const pem = (key: KeyObject) => key.export({ type: 'pkcs8', format: 'pem' }) as string;
const [p256, p384] = ['P-256', 'P-384'].map((namedCurve) =>
  pem(generateKeyPairSync('ec', { namedCurve }).privateKey),
) as [string, string];

const bankWith = (clientAuthentication: ClientAuthentication, options?: BankOptionsShape): BankDefinition =>
  defineBank({
    id: 'the-bank',
    title: 'The bank',
    tokenUrl: { sandbox: 'https://bank.example/token' },
    apiBaseUrl: { sandbox: 'https://bank.example' },
    clientAuthentication,
    ...(options === undefined ? {} : { options }),
  });
const basic = bankWith({ method: 'client_secret_basic' });
const encoded = bankWith({ method: 'client_secret_basic', encoding: 'rfc6749' });
const posted = bankWith({ method: 'client_secret_post' });
const withApiKey = bankWith({ method: 'client_secret_post' }, { apiKey: 'required' });
const signing = bankWith({
  method: 'private_key_jwt',
  algorithm: 'ES256',
  audience: { sandbox: 'https://issuer.example' },
});
const byCertificate = bankWith({ method: 'tls_client_auth' });
const alsoByCertificate = bankWith({ method: 'client_secret_post' }, { tlsCertificate: 'required' });

let ca: TlsIdentity;
let client: TlsIdentity;
let other: TlsIdentity;
beforeAll(async () => {
  ca = await authority('An authority');
  [client, other] = await Promise.all([member('client', { ca }), member('other', { ca })]);
});

const valuesOf = (bank: BankDefinition, found: unknown, provider: object = {}) => {
  const { merchants } = resolvedProvider({ bank, credentials: () => undefined, ...provider });
  if (merchants === undefined) throw new Error('no merchants');
  return merchants.values(found);
};

/** The error that this causes; fails where it causes none, or one of another kind. */
function refusalOf(bank: BankDefinition, found: unknown, provider: object = {}): BankAuthConfigError {
  let values: object;
  try {
    values = valuesOf(bank, found, provider);
  } catch (error) {
    if (error instanceof BankAuthConfigError) return error;
    throw new Error('not a BankAuthConfigError', { cause: error });
  }
  throw new Error(`accepted: ${Object.keys(values).join()}`);
}

const problemsOf = (bank: BankDefinition, found: unknown, provider: object = {}) =>
  refusalOf(bank, found, provider).problems;

/** All that can be printed of an error. */
const shown = (error: BankAuthConfigError) =>
  [
    error.stack,
    ...error.problems,
    inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true, getters: true }),
    JSON.stringify(error),
    JSON.stringify(error, Object.getOwnPropertyNames(error)),
  ].join('\n');

describe('the credentials of a merchant', () => {
  test('are copied as strings into an object of our own', () => {
    const found = { ...secret, version: 'v1' };
    const values = valuesOf(posted, found);
    expect(values).toEqual({ clientId: 'id', clientSecret: secret.clientSecret, version: 'v1' });
    expect(values).not.toBe(found);
    found.clientId = 'another';
    expect(values.clientId).toBe('id');
  });

  test('may be an instance of a class, frozen, or without a prototype', () => {
    class Row {
      clientId = 'id';
      clientSecret = secret.clientSecret;
      get surplus(): string {
        throw new Error('never asked for');
      }
    }
    const bare = Object.assign(Object.create(null), secret);
    for (const found of [new Row(), Object.freeze({ ...secret }), bare, new Proxy({ ...secret }, {})])
      expect(valuesOf(posted, found)).toEqual(secret);
  });

  test('have an empty secret where the bank requires none', () => {
    expect(valuesOf(signing, { clientId: 'id', privateKey: p256, keyId: 'k-1' })).toEqual({
      clientId: 'id',
      clientSecret: '',
      privateKey: p256,
      keyId: 'k-1',
    });
  });

  test.each([undefined, null])('may have members that are %p, which are ignored', (nothing) => {
    const found = { ...secret, apiKey: nothing, version: nothing, region: nothing };
    expect(valuesOf(posted, found)).toEqual(secret);
  });

  test.each<[string, BankDefinition, object, string[]]>([
    ['no secret', posted, { clientId: 'id' }, ['clientSecret is missing']],
    ['nothing at all', posted, {}, ['clientId is missing', 'clientSecret is missing']],
    ['an empty id', posted, { ...secret, clientId: '' }, ['clientId must be a string on one line']],
    ['a number for an id', posted, { ...secret, clientId: 7 }, ['clientId must be a string on one line']],
    [
      'a secret on two lines',
      posted,
      { ...secret, clientSecret: `${PLANTED}\n${PLANTED}` },
      ['clientSecret must be a string on one line'],
    ],
    [
      'a boxed secret',
      posted,
      { ...secret, clientSecret: new String(PLANTED) },
      ['clientSecret must be a string on one line'],
    ],
    [
      'a colon in the id where HTTP Basic ends it there',
      basic,
      { ...secret, clientId: `${PLANTED}:x` },
      ['clientId must not contain a colon: HTTP Basic (RFC 7617) ends the id there'],
    ],
    ['no API key where one is wanted', withApiKey, secret, ['apiKey is missing']],
    [
      'an API key that no header can hold',
      withApiKey,
      { ...secret, apiKey: `${PLANTED} ` },
      ['apiKey must consist of visible ASCII characters, because it is sent in a header'],
    ],
    [
      'an API key where none is wanted',
      posted,
      { ...secret, apiKey: PLANTED },
      ['apiKey is not an option here'],
    ],
    ['no key where assertions are signed', signing, { clientId: 'id' }, ['privateKey is missing']],
    [
      'a key of another kind',
      signing,
      { clientId: 'id', privateKey: p384 },
      ['privateKey must be an EC key on P-256: the bank requires ES256'],
    ],
    [
      'a key that is none',
      signing,
      { clientId: 'id', privateKey: PLANTED },
      ['privateKey must be a private key in PEM, without a passphrase'],
    ],
    [
      'a secret where assertions are signed',
      signing,
      { ...secret, privateKey: p256 },
      ['clientSecret is not an option here'],
    ],
    [
      'a version that is no string',
      posted,
      { ...secret, version: 3 },
      ['version must be a string of 1 to 256 characters'],
    ],
    [
      'an empty version',
      posted,
      { ...secret, version: '' },
      ['version must be a string of 1 to 256 characters'],
    ],
    [
      'a version that is too long',
      posted,
      { ...secret, version: 'x'.repeat(257) },
      ['version must be a string of 1 to 256 characters'],
    ],
    [
      'a misspelt member',
      posted,
      { clientId: 'id', client_secret: PLANTED },
      ['client_secret is not an option here; did you mean clientSecret?', 'clientSecret is missing'],
    ],
    ['a member that is none', posted, { ...secret, region: PLANTED }, ['region is not an option here']],
    [
      'a scope, which is not its own',
      posted,
      { ...secret, scopes: [PLANTED] },
      ['scopes is not an option here'],
    ],
  ])('are refused with %s', (_what, bank, found, problems) => {
    const error = refusalOf(bank, found);
    expect(error.problems).toEqual(problems);
    expect(error.provider).toBe('bog-payments');
    expect(error.message).toBe(
      `bog-payments: a merchant's credentials are unusable: ${problems.join('; ')}.`,
    );
    expect(error.cause).toBeUndefined();
    expect(shown(error)).not.toContain(PLANTED);
  });

  test('may have any colon where the id is encoded, or posted', () => {
    for (const bank of [encoded, posted])
      expect(valuesOf(bank, { ...secret, clientId: 'a:b' }).clientId).toBe('a:b');
    expect(valuesOf(basic, { ...secret, clientSecret: 'a:b' }).clientSecret).toBe('a:b');
  });

  test('may have any version of up to 256 characters', () => {
    for (const version of ['x'.repeat(256), '\n', ' ', '0'])
      expect(valuesOf(posted, { ...secret, version }).version).toBe(version);
  });

  test('are explained by the definition where a part is missing', () => {
    const bank = bankWith(
      { method: 'client_secret_post' },
      {
        apiKey: 'required',
        tlsCertificate: 'required',
        hints: {
          clientId: 'from the portal',
          clientSecret: 'shown once',
          apiKey: 'of the app',
          tlsCertificate: 'by post',
        },
      },
    );
    expect([...problemsOf(bank, {})].sort()).toEqual([
      'apiKey is missing: of the app',
      'clientId is missing: from the portal',
      'clientSecret is missing: shown once',
      'tlsCertificate is missing: by post',
    ]);
  });

  test('are judged as those of the default merchant of that bank', () => {
    const text = fc.constantFrom('id', 'a:b', '', ' ', 'a\nb', 'ключ', 7, undefined, p256, p384, 'a b');
    const found = fc.record(
      {
        clientId: text,
        clientSecret: text,
        apiKey: text,
        privateKey: text,
        keyId: text,
        tlsCertificate: text,
      },
      { requiredKeys: ['clientId'] },
    );
    const banks = [basic, encoded, posted, withApiKey, signing, byCertificate, alsoByCertificate];
    fc.assert(
      fc.property(fc.constantFrom(...banks), found, (bank, found) => {
        const ofDefault = [...problemsOfProvider({ bank, ...found })].sort();
        let ofMerchant: string[] = [];
        try {
          valuesOf(bank, found);
        } catch (error) {
          ofMerchant = [...(error as BankAuthConfigError).problems].sort();
        }
        expect(ofMerchant.map(withoutSuggestion)).toEqual(ofDefault.map(withoutSuggestion));
      }),
      replayable('FUZZ', 150),
    );
  });
});

const withoutSuggestion = (problem: string) => problem.replace(/; did you mean .*/, '');

describe('TLS of a merchant', () => {
  test('is accepted, with line breaks in PEM', () => {
    const folded = {
      tlsCertificate: client.cert.replaceAll('\n', '\\n'),
      tlsKey: client.key.replaceAll('\n', '\\n'),
      tlsCa: ca.cert.replaceAll('\n', '\\n'),
    };
    expect(valuesOf(byCertificate, { clientId: 'id', ...folded })).toEqual({
      clientId: 'id',
      clientSecret: '',
      tlsCertificate: client.cert,
      tlsKey: client.key,
      tlsCa: ca.cert,
    });
    const privateKey = p256.replaceAll('\n', '\\n');
    expect(valuesOf(signing, { clientId: 'id', privateKey }).privateKey).toBe(p256);
  });

  test.each<[string, () => object, string[]]>([
    ['no certificate', () => ({}), ['tlsCertificate is missing']],
    [
      'a certificate without its key',
      () => ({ tlsCertificate: client.cert }),
      ['tlsKey is missing: tlsCertificate requires it'],
    ],
    [
      'a key without its certificate',
      () => ({ tlsKey: client.key }),
      ['tlsCertificate is missing: tlsKey requires it'],
    ],
    [
      "another's key",
      () => ({ tlsCertificate: client.cert, tlsKey: other.key }),
      ['tlsKey is not the key of tlsCertificate'],
    ],
    [
      'authorities that are none',
      () => ({ tlsCertificate: client.cert, tlsKey: client.key, tlsCa: PLANTED }),
      ['tlsCa must be a certificate in PEM'],
    ],
  ])('is refused with %s', (_what, tls, problems) => {
    expect(problemsOf(byCertificate, { clientId: 'id', ...tls() })).toEqual(problems);
    expect(problemsOf(alsoByCertificate, { ...secret, ...tls() })).toEqual(problems);
  });

  test("has the provider's authorities, unless it has its own", () => {
    const provider = { tlsCa: ca.cert.replaceAll('\n', '\\n') };
    expect(valuesOf(posted, secret, provider)).toEqual({ ...secret, tlsCa: ca.cert });
    expect(valuesOf(posted, { ...secret, tlsCa: null }, provider).tlsCa).toBe(ca.cert);
    expect(valuesOf(posted, { ...secret, tlsCa: other.cert }, provider).tlsCa).toBe(other.cert);
    expect(valuesOf(posted, secret, provider).tlsCa).toBe(ca.cert);
    expect(valuesOf(posted, secret)).not.toHaveProperty('tlsCa');
  });

  test('cannot be combined with an agent, which would ignore it', () => {
    const http = { httpsAgent: new Agent() };
    const problem =
      'tlsCertificate, tlsKey and tlsCa cannot be combined with providers.bog-payments.http.httpsAgent: leave the agent out';
    for (const tls of [{ tlsCertificate: client.cert, tlsKey: client.key }, { tlsCa: ca.cert }])
      expect(problemsOf(posted, { ...secret, ...tls }, { http })).toEqual([problem]);
  });

  test('may be in the agent altogether', () => {
    const http = { httpsAgent: new Agent() };
    expect(valuesOf(byCertificate, { clientId: 'id' }, { http })).toEqual({
      clientId: 'id',
      clientSecret: '',
    });
    expect(valuesOf(alsoByCertificate, secret, { http })).toEqual(secret);
  });
});

describe('a value that is no credentials', () => {
  const [revoked, revokedTarget] = (() => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return [proxy, new Proxy(proxy, {})];
  })();
  const throwing = (trap: keyof ProxyHandler<object>) =>
    new Proxy(
      { ...secret },
      {
        [trap]: () => {
          throw new BankAuthConfigError(PLANTED, { problems: [PLANTED] });
        },
      },
    );
  const ODD_NAME = 'credentials have a member that is not an option';
  const UNREADABLE = ['credentials must be an object that can be read'];

  test.each<[string, unknown, readonly string[]]>([
    ['a string', PLANTED, ['credentials must be an object']],
    ['a boxed text', new String('ab'), [ODD_NAME, 'clientId is missing', 'clientSecret is missing']],
    ['a number', 7, ['credentials must be an object']],
    ['true', true, ['credentials must be an object']],
    ['nothing', undefined, ['credentials must be an object']],
    ['null', null, ['credentials must be an object']],
    ['a symbol', Symbol(PLANTED), ['credentials must be an object']],
    ['a list', [PLANTED], ['credentials must be an object']],
    ['a function', () => secret, ['credentials must be an object']],
    ['a function with members', Object.assign(() => undefined, secret), ['credentials must be an object']],
    ['a map', new Map(Object.entries(secret)), ['clientId is missing', 'clientSecret is missing']],
    ['a promise', Promise.resolve(secret), ['clientId is missing', 'clientSecret is missing']],
    [
      'many bytes',
      Buffer.from(PLANTED.repeat(1_000)),
      ['credentials must be an object without other members'],
    ],
    [
      'many members',
      Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`member${n}`, PLANTED])),
      ['credentials must be an object without other members'],
    ],
    [
      'a string that was parsed into names',
      { ...secret, [`${PLANTED}0123456789`]: '', [PLANTED.repeat(9)]: '', [`${PLANTED}==`]: '', '7d1f8': '' },
      [ODD_NAME],
    ],
    ['a revoked proxy', revoked, UNREADABLE],
    ['a proxy of one', revokedTarget, UNREADABLE],
    ['a proxy whose members cannot be listed', throwing('ownKeys'), UNREADABLE],
    ['a proxy whose members cannot be read', throwing('get'), UNREADABLE],
    ['a proxy whose members cannot be described', throwing('getOwnPropertyDescriptor'), UNREADABLE],
    [
      'an object with a getter that throws',
      {
        clientId: 'id',
        get clientSecret(): string {
          throw new Error(PLANTED);
        },
      },
      UNREADABLE,
    ],
  ])('is refused without being shown: %s', (_what, found, problems) => {
    const error = refusalOf(posted, found);
    expect(error.problems).toEqual(problems);
    expect(error.cause).toBeUndefined();
    expect(shown(error)).not.toContain(PLANTED);
  });

  test.each(['__proto__', 'constructor', 'hasOwnProperty', 'toString', 'then'])(
    'is not special for a member called %s',
    (name) => {
      const found = Object.defineProperty({ ...secret }, name, {
        value: { clientId: PLANTED },
        enumerable: true,
      });
      expect(problemsOf(posted, found)).toEqual([`${name} is not an option here`]);
    },
  );

  test('is never made of inherited members', () => {
    expect(problemsOf(posted, Object.create(secret))).toEqual([
      'clientId is missing',
      'clientSecret is missing',
    ]);
  });

  test('is refused or converted to strings, whatever it is', () => {
    const planted = fc.string({ maxLength: 8 }).map((tail) => PLANTED + tail);
    const value = fc.oneof(
      planted,
      fc.anything({ values: [planted] }),
      fc.anything({
        withNullPrototype: true,
        withMap: true,
        withBigInt: true,
        withDate: true,
        withSparseArray: true,
      }),
      planted.map((text) => ({ toString: () => text, toJSON: () => text })),
    );
    const name = fc.constantFrom(
      ...['clientId', 'clientSecret', 'apiKey', 'privateKey', 'keyId', 'tlsCertificate', 'tlsKey', 'tlsCa'],
      ...['version', 'scopes', '__proto__', 'client_id'],
    );
    const found = fc.oneof(fc.dictionary(name, value, { maxKeys: 5 }), value);
    fc.assert(
      fc.property(fc.constantFrom(basic, withApiKey, signing, byCertificate), found, (bank, found) => {
        let values: object;
        try {
          values = valuesOf(bank, found);
        } catch (error) {
          expect(error).toBeInstanceOf(BankAuthConfigError);
          const refusal = error as BankAuthConfigError;
          expect(refusal.problems.length).toBeGreaterThan(0);
          expect(shown(refusal)).not.toContain(PLANTED);
          return;
        }
        for (const text of Object.values(values)) expect(typeof text).toBe('string');
      }),
      replayable('FUZZ', 500),
    );
  });
});

test('each member of credentials is read once, as each renewal of each merchant does it', () => {
  const { merchants } = resolvedProvider({ bank: posted, credentials: () => undefined });
  let looks = 0;
  const counted = (found: object) =>
    new Proxy(found, {
      get: (target, name) => {
        looks += 1;
        return Reflect.get(target, name);
      },
    });
  for (let n = 0; n < 100; n += 1) merchants?.values(counted({ ...secret, clientId: `${n}`, version: 'v1' }));
  // clientId, clientSecret and version.
  expect(looks).toBe(100 * 3);
});
