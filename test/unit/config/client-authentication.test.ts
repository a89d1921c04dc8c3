import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type BankDefinition, type ClientAuthentication, defineBank } from '../../../src/banks/index.js';
import {
  fromEnvironment,
  problemsOf,
  problemsOfEnvironment,
  problemsOfProvider,
  resolvedProvider,
} from '../../support/resolved-options.js';
import { authority, member, type TlsIdentity } from '../../support/tls-identities.js';

const pem = (key: KeyObject) => key.export({ type: 'pkcs8', format: 'pem' }) as string;
const keys = {
  'RSA of 2048 bits': pem(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey),
  'RSA of 1024 bits': pem(generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey),
  'RSA-PSS of 2048 bits': pem(generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).privateKey),
  'EC on P-256': pem(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey),
  'EC on P-384': pem(generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey),
  'EC on P-521': pem(generateKeyPairSync('ec', { namedCurve: 'P-521' }).privateKey),
  'EC on secp256k1': pem(generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey),
  Ed25519: pem(generateKeyPairSync('ed25519').privateKey),
  X25519: pem(generateKeyPairSync('x25519').privateKey),
} as const;
type Key = keyof typeof keys;

const encrypted = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
  type: 'pkcs8',
  format: 'pem',
  cipher: 'aes-256-cbc',
  passphrase: 'open sesame',
}) as string;
const publicKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({
  type: 'spki',
  format: 'pem',
}) as string;

const bankWith = (
  clientAuthentication: ClientAuthentication,
  options?: BankDefinition['options'],
): BankDefinition =>
  defineBank({
    id: 'the-bank',
    title: 'The bank',
    tokenUrl: { sandbox: 'https://bank.example/token' },
    apiBaseUrl: { sandbox: 'https://bank.example' },
    clientAuthentication,
    ...(options === undefined ? {} : { options }),
  });
const signing = (algorithm: 'RS256' | 'PS512' | 'ES256' | 'ES384' | 'ES512' | 'EdDSA') =>
  bankWith({ method: 'private_key_jwt', algorithm, audience: { sandbox: 'https://issuer.example' } });
const byCertificate = bankWith({ method: 'tls_client_auth' });
const bySecret = bankWith({ method: 'client_secret_post' });

let ca: TlsIdentity;
let client: TlsIdentity;
let other: TlsIdentity;
beforeAll(async () => {
  ca = await authority('An authority');
  [client, other] = await Promise.all([member('client', { ca }), member('other', { ca })]);
});

describe('a bank that requires assertions', () => {
  test.each<[Key, 'RS256' | 'PS512' | 'ES256' | 'ES384' | 'ES512' | 'EdDSA']>([
    ['RSA of 2048 bits', 'RS256'],
    ['RSA of 2048 bits', 'PS512'],
    ['EC on P-256', 'ES256'],
    ['EC on P-384', 'ES384'],
    ['EC on P-521', 'ES512'],
    ['Ed25519', 'EdDSA'],
  ])('accepts a key %s for %s, in either notation', (key, algorithm) => {
    for (const privateKey of [keys[key], keys[key].replaceAll('\n', '\\n')]) {
      const { credentials } = resolvedProvider({ bank: signing(algorithm), clientId: 'me', privateKey });
      expect(credentials).toEqual({
        clientId: 'me',
        clientSecret: '',
        privateKey: keys[key],
        files: {},
        description: 'providers.bog-payments.clientId and providers.bog-payments.privateKey',
      });
    }
  });

  test.each<[Key, 'RS256' | 'PS512' | 'ES256' | 'ES384' | 'ES512' | 'EdDSA', string]>([
    ['RSA of 1024 bits', 'RS256', 'must be an RSA key of at least 2048 bits: the bank requires RS256'],
    ['RSA-PSS of 2048 bits', 'RS256', 'must be an RSA key of at least 2048 bits: the bank requires RS256'],
    ['EC on P-256', 'PS512', 'must be an RSA key of at least 2048 bits: the bank requires PS512'],
    ['EC on P-384', 'ES256', 'must be an EC key on P-256: the bank requires ES256'],
    ['EC on secp256k1', 'ES256', 'must be an EC key on P-256: the bank requires ES256'],
    ['RSA of 2048 bits', 'ES384', 'must be an EC key on P-384: the bank requires ES384'],
    ['EC on P-256', 'ES512', 'must be an EC key on P-521: the bank requires ES512'],
    ['X25519', 'EdDSA', 'must be an Ed25519 key: the bank requires EdDSA'],
  ])('refuses a key %s for %s', (key, algorithm, problem) => {
    const provider = { bank: signing(algorithm), clientId: 'me', privateKey: keys[key] };
    expect(problemsOfProvider(provider)).toEqual([`privateKey ${problem}`]);
  });

  test('requires the id and the key, and no secret', () => {
    expect(problemsOfProvider({ bank: signing('ES256'), clientSecret: 'secret' })).toEqual([
      expect.stringMatching(/^clientSecret is not an option here/),
      'clientId is missing',
      'privateKey is missing',
    ]);
  });

  test.each([
    ['no PEM', 'MIGHAgEAMBMGByqGSM49'],
    ['a passphrase on it', encrypted],
    ['a public key', publicKey],
    ['no string', 7],
  ])('refuses a key that is %s, and does not show it', (_what, privateKey) => {
    const problems = problemsOfProvider({ bank: signing('ES256'), clientId: 'me', privateKey });
    expect(problems).toEqual(['privateKey must be a private key in PEM, without a passphrase']);
  });

  test('accepts the name of the key', () => {
    const provider = { bank: signing('EdDSA'), clientId: 'me', privateKey: keys.Ed25519 };
    expect(resolvedProvider({ ...provider, keyId: 'k-1' }).credentials?.keyId).toBe('k-1');
    for (const keyId of ['', 'a\nb', 1])
      expect(problemsOfProvider({ ...provider, keyId })).toEqual(['keyId must be a string on one line']);
  });

  test('explains in its own words what is missing', () => {
    const bank = defineBank({
      ...signing('ES256'),
      options: { hints: { privateKey: 'made when the application was registered' } },
    });
    expect(problemsOfProvider({ bank, clientId: 'me' })).toEqual([
      'privateKey is missing: made when the application was registered',
    ]);
  });
});

describe('the key of an assertion', () => {
  const me = { bank: signing('ES256'), clientId: 'me' };
  const privateKey = keys['EC on P-256'];
  const signer = () => new Uint8Array(64);
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'assertion-file-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const fileWith = (content: string) => {
    const path = join(folder, 'assertion');
    writeFileSync(path, content);
    return path;
  };

  test('may be a function that signs, with the name of its key', () => {
    const { credentials } = resolvedProvider({ ...me, signer, keyId: 'kms-7' });
    expect(credentials).toMatchObject({ signer, keyId: 'kms-7' });
  });

  test('may be a file, with or without a line break at its end', () => {
    for (const content of ['a.b-_.c', 'a.b.c\n']) {
      const assertionFile = fileWith(content);
      expect(resolvedProvider({ ...me, assertionFile }).credentials).toMatchObject({ assertionFile });
    }
  });

  test.each<[string, () => object, string[]]>([
    [
      'two of them',
      () => ({ privateKey, signer }),
      ['signer cannot be combined with privateKey: leave one of them out'],
    ],
    [
      'all three',
      () => ({ privateKey, signer, assertionFile: fileWith('a.b.c') }),
      [
        'signer cannot be combined with privateKey: leave one of them out',
        'assertionFile cannot be combined with privateKey: leave one of them out',
      ],
    ],
    [
      'the name of a key beside a file',
      () => ({ assertionFile: fileWith('a.b.c'), keyId: 'k' }),
      [expect.stringMatching(/^keyId cannot be combined with assertionFile/) as unknown as string],
    ],
    [
      'no function',
      () => ({ signer: 'kms' }),
      [expect.stringMatching(/^signer must be a function/) as never],
    ],
    [
      'an assertion for a path',
      () => ({ assertionFile: 'eyJhbGciOiJFUzI1NiJ9.e30.c2lnbmF0dXJl' }),
      ['assertionFile must be the path of a file, not the assertion itself'],
    ],
    ['an empty path', () => ({ assertionFile: '' }), ['assertionFile must be a string on one line']],
    [
      'a file that is not there',
      () => ({ assertionFile: '/nowhere/token' }),
      ['assertionFile names a file that cannot be read (ENOENT)'],
    ],
    [
      'a file that holds something else',
      () => ({ assertionFile: fileWith('{"token":"sUpErSeCrEt"}') }),
      [
        'assertionFile names a file that cannot be read (no signed JWT in its compact form: three parts of Base64url, ' +
          'with dots between)',
      ],
    ],
    [
      'a file of more than 16 KiB',
      () => ({ assertionFile: fileWith(`a.b.${'c'.repeat(16_384)}`) }),
      ['assertionFile names a file that cannot be read (larger than 16 KiB)'],
    ],
  ])('may not be %s', (_what, options, problems) => {
    expect(problemsOfProvider({ ...me, ...options() })).toEqual(problems);
  });

  test('is the secret with client_secret_jwt, as long as the hash (RFC 7518 §3.2)', () => {
    for (const [algorithm, least] of [
      ['HS256', 32],
      ['HS384', 48],
      ['HS512', 64],
    ] as const) {
      const bank = bankWith({
        method: 'client_secret_jwt',
        algorithm,
        audience: { sandbox: 'https://issuer' },
      });
      const problems = (clientSecret: unknown) => problemsOfProvider({ bank, clientId: 'me', clientSecret });
      expect(problems('s'.repeat(least))).toEqual([]);
      // In bytes, not in characters.
      expect(problems('ä'.repeat(least / 2))).toEqual([]);
      expect(problems('s'.repeat(least - 1))).toEqual([
        `clientSecret must be at least ${least} bytes long: the bank wants ${algorithm} (RFC 7518 §3.2). Ask the bank for ` +
          'a longer one',
      ]);
      // Of what is no secret at all, the length is no news.
      expect(problems(undefined)).toEqual(['clientSecret is missing']);
      for (const none of ['', 7])
        expect(problems(none)).toEqual(['clientSecret must be a string on one line']);
    }
  });

  test('is refused where the definition has no audience in this environment', () => {
    const definition = { method: 'private_key_jwt', algorithm: 'ES256' } as const;
    const bank = bankWith({ ...definition, audience: { production: 'https://issuer' } });
    expect(problemsOfProvider({ bank, clientId: 'me', privateKey })).toEqual([
      expect.stringMatching(
        /^bank has a clientAuthentication\.audience, but none for 'sandbox': .* definition of your own$/,
      ),
    ]);
    // In which environment it would be missing is not known, nor where the URL is missing as well.
    const providers = { 'the-bank': { bank, clientId: 'me', privateKey } };
    for (const environment of [undefined, 'production'])
      expect(problemsOf({ environment, providers }).join()).not.toContain('audience');
  });
});

describe('a bank that requires a certificate', () => {
  test('requires it with its key, or in an agent, and no secret', () => {
    for (const bank of [byCertificate, bankWith({ method: 'self_signed_tls_client_auth' })])
      expect(problemsOfProvider({ bank, clientId: 'me' })).toEqual(['tlsCertificate is missing']);
    expect(problemsOfProvider({ bank: byCertificate, clientId: 'me', clientSecret: 'secret' })).toEqual([
      expect.stringMatching(/^clientSecret is not an option here/),
      'tlsCertificate is missing',
    ]);
    const certificate = { tlsCertificate: client.cert, tlsKey: client.key };
    const signer = () => new Uint8Array(64);
    expect(problemsOfProvider({ bank: byCertificate, clientId: 'me', ...certificate, signer })).toEqual([
      expect.stringMatching(/^signer is not an option here/),
    ]);
    expect(
      resolvedProvider({ bank: byCertificate, clientId: 'me', ...certificate }).credentials,
    ).toMatchObject({
      ...certificate,
      description: 'providers.bog-payments.clientId and providers.bog-payments.tlsCertificate',
    });
    const http = { httpsAgent: new Agent() };
    expect(resolvedProvider({ bank: byCertificate, clientId: 'me', http }).credentials?.description).toBe(
      'providers.bog-payments.clientId and the certificate in providers.bog-payments.http.httpsAgent',
    );
  });

  test('may require a secret too', () => {
    const bank = bankWith({ method: 'client_secret_basic' }, { tlsCertificate: 'required' });
    const secret = { clientId: 'me', clientSecret: 'secret' };
    expect(problemsOfProvider({ bank, ...secret })).toEqual(['tlsCertificate is missing']);
    expect(problemsOfProvider({ bank, ...secret, tlsCertificate: client.cert, tlsKey: client.key })).toEqual(
      [],
    );
    expect(problemsOfProvider({ bank, ...secret, http: { httpsAgent: new Agent() } })).toEqual([]);
  });

  test('may be any bank: a certificate is always allowed', () => {
    const secret = { bank: bySecret, clientId: 'me', clientSecret: 'secret' };
    expect(problemsOfProvider({ ...secret, tlsCertificate: client.cert, tlsKey: client.key })).toEqual([]);
    expect(problemsOfProvider({ ...secret, tlsCa: `${ca.cert}\n${other.cert}` })).toEqual([]);
  });

  test.each<[string, () => object, string[]]>([
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
      "another certificate's key",
      () => ({ tlsCertificate: client.cert, tlsKey: other.key }),
      ['tlsKey is not the key of tlsCertificate'],
    ],
    [
      'the two confused',
      () => ({ tlsCertificate: client.key, tlsKey: client.cert }),
      [
        'tlsCertificate must be a certificate in PEM',
        'tlsKey must be a private key in PEM, without a passphrase',
      ],
    ],
    ['an authority that is none', () => ({ tlsCa: 'ca.pem' }), ['tlsCa must be a certificate in PEM']],
    [
      'an agent besides, which would know nothing of the certificate',
      () => ({ tlsCertificate: client.cert, tlsKey: client.key, http: { httpsAgent: new Agent() } }),
      [
        expect.stringMatching(
          /^http\.httpsAgent cannot be combined with tlsCertificate/,
        ) as unknown as string,
      ],
    ],
    [
      'an agent besides an authority',
      () => ({ tlsCa: ca.cert, http: { httpsAgent: new Agent() } }),
      [expect.stringMatching(/^http\.httpsAgent cannot be combined with/) as unknown as string],
    ],
  ])('refuses %s', (_what, options, problems) => {
    const secret = { bank: bySecret, clientId: 'me', clientSecret: 'secret' };
    expect(problemsOfProvider({ ...secret, ...options() })).toEqual(problems);
  });
});

describe('client authentication in the environment', () => {
  const variables = () => ({
    BANK_AUTH_ENVIRONMENT: 'sandbox',
    THE_BANK_CLIENT_ID: 'me',
    THE_BANK_PRIVATE_KEY: keys['EC on P-256'].replaceAll('\n', '\\n'),
    THE_BANK_KEY_ID: 'k-1',
    THE_BANK_TLS_CERTIFICATE: client.cert,
    THE_BANK_TLS_KEY: client.key,
    THE_BANK_TLS_CA: ca.cert,
  });

  test('has a variable for each option', () => {
    const { credentials } = fromEnvironment(variables(), signing('ES256')).providers.get('the-bank')!;
    expect(credentials).toMatchObject({
      privateKey: keys['EC on P-256'],
      keyId: 'k-1',
      tlsCertificate: client.cert,
      tlsKey: client.key,
      tlsCa: ca.cert,
      description: 'THE_BANK_CLIENT_ID, THE_BANK_PRIVATE_KEY, THE_BANK_KEY_ID and THE_BANK_TLS_CERTIFICATE',
    });
  });

  test('has its mistakes reported by the variable', () => {
    const { THE_BANK_PRIVATE_KEY: _left, ...rest } = variables();
    expect(problemsOfEnvironment({ ...rest, THE_BANK_TLS_KEY: other.key }, signing('ES256'))).toEqual([
      'providers.the-bank.privateKey (THE_BANK_PRIVATE_KEY) is missing',
      'providers.the-bank.tlsKey (THE_BANK_TLS_KEY) is not the key of tlsCertificate',
    ]);
  });
});
