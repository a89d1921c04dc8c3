import { createSecretKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { jwtVerify } from 'jose';
import { firstValueFrom } from 'rxjs';
import type { AssertionAlgorithm, ClientAuthentication } from '../../../../src/banks/index.js';
import type { VersionedCredentials } from '../../../../src/credentials/index.js';
import { assertionFor } from '../../../../src/token/endpoint/client-assertion.js';
import { isTokenFailure, type TokenFailure } from '../../../../src/token/token-failure.js';
import { VirtualClock } from '../../../support/virtual-clock.js';

const WALL = Date.UTC(2026, 0, 1) + 999;
const SECONDS = Date.UTC(2026, 0, 1) / 1000;
const PLANTED = 'sUpErSeCrEt';

const pem = (key: KeyObject) => key.export({ type: 'pkcs8', format: 'pem' }) as string;
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const ed = generateKeyPairSync('ed25519');
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });

type Asked = Extract<ClientAuthentication, { readonly audience: unknown }>;
const asked = {
  method: 'private_key_jwt',
  algorithm: 'ES256',
  audience: { sandbox: 'https://test.bank.example', production: 'https://bank.example' },
} as const satisfies Asked;
const bySecret = { ...asked, method: 'client_secret_jwt', algorithm: 'HS256' } as const;

const clock = new VirtualClock(WALL);

function assertion(
  more: Partial<VersionedCredentials>,
  authentication: Asked = asked,
  timeMs = 5_000,
): Promise<string> {
  const credentials = { clientId: 'the-id', clientSecret: '', version: 'v1', ...more };
  return firstValueFrom(assertionFor(credentials, authentication, { environment: 'sandbox', clock, timeMs }));
}

const byKey = { privateKey: pem(ec.privateKey) };
const verified = (jws: string, key: KeyObject = ec.publicKey) =>
  jwtVerify(jws, key, { currentDate: new Date(WALL) });

async function failureOf(made: Promise<string>): Promise<TokenFailure> {
  const failure = await made.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(isTokenFailure(failure)).toBe(true);
  return failure as TokenFailure;
}

describe('a client assertion', () => {
  test('names its issuer, subject and audience, and its lifetime in whole seconds', async () => {
    const { payload, protectedHeader } = await verified(await assertion(byKey));
    expect(protectedHeader).toStrictEqual({ alg: 'ES256', typ: 'client-authentication+jwt' });
    expect(payload).toStrictEqual({
      iss: 'the-id',
      sub: 'the-id',
      aud: 'https://test.bank.example',
      jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
      iat: SECONDS,
      exp: SECONDS + 60,
    });
  });

  test('is valid for at least the lifetime asked for, and from now at the latest', async () => {
    const { payload } = await verified(await assertion(byKey, { ...asked, lifetime: 1_001 }));
    expect(payload).toMatchObject({ iat: SECONDS, exp: SECONDS + 2 });
  });

  test('names its key where the bank knows the key by a name', async () => {
    const made = await assertion({ ...byKey, keyId: 'key-1' });
    expect((await verified(made)).protectedHeader).toMatchObject({ kid: 'key-1' });
  });

  test('is unique to its request', async () => {
    const of = async () => (await verified(await assertion(byKey))).payload.jti;
    expect(await of()).not.toBe(await of());
  });

  test('has the type, issuer and claims of the definition, and the claims of its function', async () => {
    const claims = { realm: 'stone_bank', nested: { list: [1, null] } };
    const more = { type: 'JWT', issuer: 'another', claims };
    const { payload, protectedHeader } = await verified(await assertion(byKey, { ...asked, ...more }));
    expect(protectedHeader.typ).toBe('JWT');
    expect(payload).toMatchObject({ iss: 'another', sub: 'the-id', ...claims });

    const made = await assertion(
      { ...byKey, values: { account: '7' } },
      { ...asked, claims: ({ clientId, values }, context) => ({ clientId, ...values, ...context }) },
    );
    expect((await verified(made)).payload).toMatchObject({
      clientId: 'the-id',
      account: '7',
      environment: 'sandbox',
    });
  });

  test.each(['iss', 'sub', 'aud', 'exp', 'iat', 'nbf', 'jti'])(
    'fails where a function of the definition claims %s, which the assertion sets itself',
    async (name) => {
      const failure = await failureOf(assertion(byKey, { ...asked, claims: () => ({ [name]: PLANTED }) }));
      expect(failure).toMatchObject({ kind: 'invalid', trouble: 'definition' });
      expect(failure.reason).toContain('"claims"');
      expect(failure.reason).not.toContain(PLANTED);
    },
  );

  test.each([
    [undefined],
    [null],
    [7],
    [[]],
    [new Map([['a', 1]])],
    [Promise.resolve({})],
    [{ toJSON: () => undefined }],
  ])('fails for the claims %p', async (given) => {
    const claims = (() => given) as never;
    expect(await failureOf(assertion(byKey, { ...asked, claims }))).toMatchObject({ kind: 'invalid' });
  });
});

describe('a private key', () => {
  test('signs with the algorithm of the bank', async () => {
    const made = await assertion({ privateKey: pem(ed.privateKey) }, { ...asked, algorithm: 'EdDSA' });
    expect((await verified(made, ed.publicKey)).protectedHeader.alg).toBe('EdDSA');
  });

  test.each([
    ['is of another kind', pem(ed.privateKey)],
    ['is no key', '-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n'],
    ['is not there', undefined],
  ])('that %s fails, and the error shows nothing of it', async (_what, privateKey) => {
    expect(await failureOf(assertion(privateKey === undefined ? {} : { privateKey }))).toMatchObject({
      kind: 'credentials-unreadable',
      reason: expect.stringMatching(/^the private key for assertions cannot be used(?:, [A-Z0-9_]+)?$/),
    });
  });
});

describe('a secret', () => {
  test.each(['HS256', 'HS384', 'HS512'] as const)('authenticates an assertion with %s', async (algorithm) => {
    const clientSecret = 'pä$$w0rd'.repeat(10);
    const made = await assertion({ clientSecret }, { ...bySecret, algorithm });
    const { payload, protectedHeader } = await verified(made, createSecretKey(Buffer.from(clientSecret)));
    expect(protectedHeader).toStrictEqual({ alg: algorithm, typ: 'client-authentication+jwt' });
    expect(payload).toMatchObject({ iss: 'the-id', sub: 'the-id', aud: 'https://test.bank.example' });
  });
});

describe('a file', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'assertion-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('holds an assertion that is taken as it is; without one it fails', async () => {
    const assertionFile = join(folder, 'assertion');
    expect(await failureOf(assertion({ assertionFile }))).toMatchObject({
      kind: 'credentials-unreadable',
      reason: `${assertionFile}, which should hold the signed assertion: ENOENT`,
    });
    writeFileSync(assertionFile, 'a.b.c\n');
    expect(await assertion({ assertionFile })).toBe('a.b.c');
  });
});

describe('a signer', () => {
  const signed = (data: Uint8Array, algorithm: AssertionAlgorithm, dsaEncoding: 'der' | 'ieee-p1363') => {
    if (algorithm === 'EdDSA') return sign(null, data, ed.privateKey);
    if (algorithm === 'RS256') return sign('sha256', data, rsa.privateKey);
    return sign('sha256', data, { key: ec.privateKey, dsaEncoding });
  };

  test.each([
    ['ES256', ec.publicKey],
    ['EdDSA', ed.publicKey],
    ['RS256', rsa.publicKey],
  ] as const)('signs in place of a key, with %s, and names the key', async (algorithm, key) => {
    const made = await assertion(
      { signer: async (data, by) => signed(data, by, 'ieee-p1363'), keyId: 'kms-7' },
      { ...asked, algorithm },
    );
    expect((await verified(made, key)).protectedHeader).toStrictEqual({
      alg: algorithm,
      typ: 'client-authentication+jwt',
      kid: 'kms-7',
    });
  });

  test('that returns DER fails with advice to return the raw form', async () => {
    const { kind, reason } = await failureOf(
      assertion({ signer: (data, algorithm) => signed(data, algorithm, 'der') }),
    );
    expect(kind).toBe('credentials-unreadable');
    expect(reason).toMatch(/^the function "signer" gave \d+ bytes, .* ES256 has 64: perhaps it is in DER/);
  });

  test.each<[string, Asked['algorithm'], unknown, RegExp]>([
    ['a signature of Ed25519 that is too short', 'EdDSA', new Uint8Array(63), /has 64/],
    ['an RSA signature of a short key', 'PS256', new Uint8Array(128), /128 bytes, .* at least 2048 bits/],
    ['an RSA signature of a key beyond all use', 'RS256', new Uint8Array(2_049), /2049 bytes/],
    ['a string', 'ES256', PLANTED.repeat(6), /no Uint8Array/],
    ['nothing', 'ES256', undefined, /no Uint8Array/],
  ])('that returns %s fails', async (_what, algorithm, given, reason) => {
    const made = assertion({ signer: () => given as Uint8Array }, { ...asked, algorithm } as Asked);
    const failure = await failureOf(made);
    expect(failure.kind).toBe('credentials-unreadable');
    expect(failure.reason).toMatch(reason);
    expect(failure.reason).not.toContain(PLANTED);
  });

  test('that fails is reported by the class, status and code of its error only', async () => {
    class KmsError extends Error {
      status = 403;
      code = 'ACCESS_DENIED';
    }
    const { reason } = await failureOf(
      assertion({
        signer: () => {
          throw new KmsError(PLANTED);
        },
      }),
    );
    expect(reason).toBe('the function "signer" failed (KmsError, status 403, ACCESS_DENIED)');
  });

  test('that does not answer fails at the end of the attempt', async () => {
    const late = failureOf(assertion({ signer: () => new Promise(() => undefined) }, asked, 700));
    await clock.advance(700);
    expect(await late).toMatchObject({
      kind: 'credentials-unreadable',
      reason: 'the function "signer" gave no signature within 700 ms',
    });
  });
});
