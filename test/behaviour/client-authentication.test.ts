import { AsyncLocalStorage } from 'node:async_hooks';
import {
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomUUID,
  sign,
  X509Certificate,
} from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { HttpService } from '@nestjs/axios';
import type { INestApplicationContext } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import axios, { type AxiosRequestConfig } from 'axios';
import { SignJWT } from 'jose';
import {
  type AssertionSigner,
  type BankAuthInterceptor,
  BankAuthModule,
  type BankAuthOptions,
  bankAuthFromEnv,
  type ClientAuthentication,
  defineBank,
  getBankHttpToken,
  getBankInterceptorToken,
  getTokenServiceToken,
  isBankAuthError,
  type TokenService,
} from 'nestjs-bank-auth';
import { firstValueFrom } from 'rxjs';
import { AuthorizationServer, type RegisteredClient } from '../support/authorization-server.js';
import { rejection } from '../support/bank-app.js';
import { containerLeaks, leaks } from '../support/secret-scan.js';
import { authority, member, type TlsIdentity } from '../support/tls-identities.js';
import { until } from '../support/until.js';
import { VirtualClock } from '../support/virtual-clock.js';

// RFC 6749 appendix A allows any visible ASCII in an id and a secret, and the space.
const SPECIAL = { clientId: 'shop :%+&=/?#"~', clientSecret: 'p&ss=w%rd +/:?#%41"\\' };
const BEYOND_ASCII = 'pä$$wörd-ლარი-€-😀';
const PLAIN_SECRET = 'a-plain-secret-0123456789';

/** As long as RFC 7518 §3.2 has it for HS512. */
const LONG_SECRET = 'a-secret-of-sixty-four-characters-+/:%3D=-0123456789-0123456789-x';
const SECRET_ALGORITHMS = ['HS256', 'HS384', 'HS512'] as const;

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const signers = {
  RS256: rsa,
  PS256: rsa,
  ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  ES384: generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  ES512: generateKeyPairSync('ec', { namedCurve: 'P-521' }),
  EdDSA: generateKeyPairSync('ed25519'),
} as const;
type Algorithm = keyof typeof signers;

const pkcs8 = (key: KeyObject) => key.export({ type: 'pkcs8', format: 'pem' }) as string;
const keyOf = (algorithm: Algorithm) => pkcs8(signers[algorithm].privateKey);
const jwks = (...keys: { key: KeyObject; kid?: string; x5c?: string[] }[]) => ({
  keys: keys.map(({ key, ...rest }) => ({ ...key.export({ format: 'jwk' }), ...rest })),
});

let ca: TlsIdentity;
let client: TlsIdentity;
let nextClient: TlsIdentity;
let selfSigned: TlsIdentity;
let stranger: TlsIdentity;
let server: AuthorizationServer;

beforeAll(async () => {
  // What oidc-provider has to say on being run for a test.
  jest.spyOn(console, 'warn').mockReturnValue(undefined);
  jest.spyOn(console, 'info').mockReturnValue(undefined);
  ca = await authority('Bank authority');
  const serverIdentity = await member('bank', { ca });
  [client, nextClient, selfSigned, stranger] = await Promise.all([
    member('client', { ca }),
    member('client', { ca }),
    member('self'),
    member('client', { ca: await authority('Another authority') }),
  ]);
  const certificate = new X509Certificate(selfSigned.cert);
  const clients: RegisteredClient[] = [
    {
      client_id: 'basic',
      client_secret: PLAIN_SECRET,
      token_endpoint_auth_method: 'client_secret_basic',
    },
    {
      client_id: SPECIAL.clientId,
      client_secret: SPECIAL.clientSecret,
      token_endpoint_auth_method: 'client_secret_basic',
    },
    {
      client_id: `${SPECIAL.clientId} by post`,
      client_secret: SPECIAL.clientSecret,
      token_endpoint_auth_method: 'client_secret_post',
    },
    {
      client_id: 'beyond ascii',
      client_secret: 'stands in',
      token_endpoint_auth_method: 'client_secret_post',
    },
    {
      client_id: 'by certificate',
      token_endpoint_auth_method: 'tls_client_auth',
      tls_client_auth_subject_dn: 'CN=client',
      tls_client_certificate_bound_access_tokens: true,
    },
    {
      client_id: 'by self-signed certificate',
      token_endpoint_auth_method: 'self_signed_tls_client_auth',
      jwks: jwks({ key: certificate.publicKey, x5c: [certificate.raw.toString('base64')] }),
      tls_client_certificate_bound_access_tokens: true,
    },
    {
      client_id: 'secret and certificate',
      client_secret: PLAIN_SECRET,
      token_endpoint_auth_method: 'client_secret_basic',
      tls_client_certificate_bound_access_tokens: true,
    },
    ...(Object.keys(signers) as Algorithm[]).map((algorithm) => ({
      client_id: `by ${algorithm}`,
      token_endpoint_auth_method: 'private_key_jwt',
      token_endpoint_auth_signing_alg: algorithm,
      jwks: jwks({ key: signers[algorithm].publicKey }),
    })),
    ...SECRET_ALGORITHMS.map((algorithm) => ({
      client_id: `by ${algorithm}`,
      client_secret: LONG_SECRET,
      token_endpoint_auth_method: 'client_secret_jwt',
      token_endpoint_auth_signing_alg: algorithm,
    })),
    {
      client_id: 'by one of two keys',
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: jwks(
        { key: signers.ES256.publicKey, kid: 'first' },
        {
          key: createPublicKey(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey),
          kid: 'second',
        },
      ),
    },
    {
      client_id: 'assertion and certificate',
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: jwks({ key: signers.PS256.publicKey }),
      tls_client_certificate_bound_access_tokens: true,
    },
  ];
  server = await AuthorizationServer.start({ ...serverIdentity, ca: ca.cert }, clients, {
    'beyond ascii': BEYOND_ASCII,
  });
});
afterAll(() => server.stop());

interface Started {
  readonly app: INestApplicationContext;
  readonly tokens: TokenService;
  readonly http: HttpService;
  readonly interceptor: BankAuthInterceptor;
  readonly clock: VirtualClock;
  readonly logged: string[];
}

const running = new Set<INestApplicationContext>();
const folders: string[] = [];
afterEach(async () => {
  await Promise.all([...running].map((app) => app.close()));
  running.clear();
  server.answers.length = 0;
  server.refusals.length = 0;
  server.calls.length = 0;
  server.assertions.length = 0;
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

const bankWith = (clientAuthentication: ClientAuthentication, more: object = {}) =>
  defineBank({
    id: 'the-bank',
    title: 'The bank',
    tokenUrl: { sandbox: server.tokenUrl },
    apiBaseUrl: { sandbox: server.issuer },
    clientAuthentication: withIssuer(clientAuthentication),
    ...more,
  });

const withIssuer = (authentication: ClientAuthentication): ClientAuthentication =>
  'audience' in authentication && authentication.audience.sandbox === THE_SERVER
    ? { ...authentication, audience: { sandbox: server.issuer } }
    : authentication;

function start(clientAuthentication: ClientAuthentication, provider: object, more = {}): Promise<Started> {
  const options = {
    environment: 'sandbox',
    warmUp: false,
    providers: { 'the-bank': { bank: bankWith(clientAuthentication, more), tlsCa: ca.cert, ...provider } },
  } as BankAuthOptions;
  return startWith(BankAuthModule.forRoot(options));
}

async function startWith(module: ReturnType<typeof BankAuthModule.forRoot>): Promise<Started> {
  const clock = new VirtualClock(Date.now());
  const logged: string[] = [];
  const log = (...message: unknown[]) => logged.push(inspect(message));
  const app = await Test.createTestingModule({ imports: [module] })
    .overrideProvider(Symbol.for('nestjs-bank-auth:clock'))
    .useValue(clock)
    .setLogger({ log, warn: log, error: log, debug: log, verbose: log, fatal: log })
    .compile();
  await app.init();
  running.add(app);
  return {
    app,
    clock,
    logged,
    tokens: app.get(getTokenServiceToken('the-bank')),
    http: app.get(getBankHttpToken('the-bank')),
    interceptor: app.get(getBankInterceptorToken('the-bank')),
  };
}

/** A call of the bank's API, and whom the bank took the caller for. */
async function callerAt({ http }: Pick<Started, 'http'>): Promise<string> {
  const { data } = await firstValueFrom(http.get<{ client: string }>('/api/accounts'));
  return data.client;
}

const fingerprint = ({ cert }: TlsIdentity) => new X509Certificate(cert).fingerprint256;

/** What a KMS does; it has the hash of the algorithm. */
const signerOf =
  (algorithm: Algorithm): AssertionSigner =>
  async (data, asked) => {
    expect(asked).toBe(algorithm);
    const hash = algorithm === 'EdDSA' ? null : `sha${algorithm.slice(2)}`;
    const key = signers[algorithm].privateKey;
    if (algorithm.startsWith('PS')) return sign(hash, data, { key, padding: 6, saltLength: 32 });
    return sign(hash, data, { key, dsaEncoding: 'ieee-p1363' });
  };

/** Stands for the server's issuer identifier, which is known once the server runs. */
const THE_SERVER = 'https://the-server.example';

const jwt = (algorithm: Algorithm): ClientAuthentication => ({
  method: 'private_key_jwt',
  algorithm,
  audience: { sandbox: THE_SERVER },
});

describe('a client of a certified authorization server', () => {
  test.each<[string, ClientAuthentication, object]>([
    [
      'an ordinary id and secret, as they are',
      { method: 'client_secret_basic' },
      { clientId: 'basic', clientSecret: PLAIN_SECRET },
    ],
    [
      'an ordinary id and secret, form-encoded',
      { method: 'client_secret_basic', encoding: 'rfc6749' },
      { clientId: 'basic', clientSecret: PLAIN_SECRET },
    ],
    [
      'special characters, form-encoded (RFC 6749 §2.3.1)',
      { method: 'client_secret_basic', encoding: 'rfc6749' },
      SPECIAL,
    ],
    [
      'special characters in the body',
      { method: 'client_secret_post' },
      { ...SPECIAL, clientId: `${SPECIAL.clientId} by post` },
    ],
    [
      'characters beyond ASCII in the body',
      { method: 'client_secret_post' },
      { clientId: 'beyond ascii', clientSecret: BEYOND_ASCII },
    ],
    ...(Object.keys(signers) as Algorithm[]).map((algorithm): [string, ClientAuthentication, object] => [
      `an assertion signed with ${algorithm}`,
      jwt(algorithm),
      { clientId: `by ${algorithm}`, privateKey: keyOf(algorithm) },
    ]),
    [
      'an assertion by a key in the format of OpenSSL (PKCS #1)',
      jwt('RS256'),
      {
        clientId: 'by RS256',
        privateKey: signers.RS256.privateKey.export({ type: 'pkcs1', format: 'pem' }),
      },
    ],
    [
      'an assertion by a key in the format of OpenSSL (SEC 1)',
      jwt('ES256'),
      { clientId: 'by ES256', privateKey: signers.ES256.privateKey.export({ type: 'sec1', format: 'pem' }) },
    ],
    [
      'an assertion by a key that stands on one line',
      jwt('EdDSA'),
      { clientId: 'by EdDSA', privateKey: keyOf('EdDSA').replaceAll('\n', '\\n') },
    ],
    ...SECRET_ALGORITHMS.map((algorithm): [string, ClientAuthentication, object] => [
      `an assertion under its secret by ${algorithm}`,
      { method: 'client_secret_jwt', algorithm, audience: { sandbox: THE_SERVER } },
      { clientId: `by ${algorithm}`, clientSecret: LONG_SECRET },
    ]),
    ...(['ES512', 'PS256', 'EdDSA'] as const).map((algorithm): [string, ClientAuthentication, object] => [
      `an assertion that a function signs by ${algorithm}`,
      jwt(algorithm),
      { clientId: `by ${algorithm}`, signer: signerOf(algorithm) },
    ]),
    [
      'an assertion that says by which of its keys',
      jwt('ES256'),
      { clientId: 'by one of two keys', privateKey: keyOf('ES256'), keyId: 'first' },
    ],
  ])('is accepted with %s', async (_what, authentication, provider) => {
    const { tokens, http } = await start(authentication, provider);
    await tokens.getAccessToken();
    expect(await callerAt({ http })).toBe((provider as { clientId: string }).clientId);
    // Once more: what was used once (RFC 7523 §3, `jti`) is not used again.
    await firstValueFrom(tokens.refresh());
    expect(server.answers.map(({ status }) => status)).toEqual([200, 200]);
    const isStrict = ({ header, claims }: (typeof server.assertions)[number]) =>
      header.typ === 'client-authentication+jwt' && claims.aud === server.issuer;
    expect(server.assertions.map(isStrict)).toEqual('audience' in authentication ? [true, true] : []);
  });

  test.each<[string, ClientAuthentication, string, () => object]>([
    [
      "a certificate of the bank's authority",
      { method: 'tls_client_auth' },
      'by certificate',
      () => ({ tlsCertificate: client.cert, tlsKey: client.key }),
    ],
    [
      'a self-signed certificate that the bank knows',
      { method: 'self_signed_tls_client_auth' },
      'by self-signed certificate',
      () => ({ tlsCertificate: selfSigned.cert, tlsKey: selfSigned.key }),
    ],
    [
      'a certificate on one line',
      { method: 'tls_client_auth' },
      'by certificate',
      () => ({
        tlsCertificate: client.cert.replaceAll('\n', '\\n'),
        tlsKey: client.key.replaceAll('\n', '\\n'),
        tlsCa: ca.cert.replaceAll('\n', '\\n'),
      }),
    ],
    [
      'a certificate in an agent',
      { method: 'tls_client_auth' },
      'by certificate',
      () => ({
        tlsCa: undefined,
        http: { httpsAgent: new Agent({ ca: ca.cert, cert: client.cert, key: client.key }) },
      }),
    ],
    [
      'a secret, its tokens bound to a certificate',
      { method: 'client_secret_basic' },
      'secret and certificate',
      () => ({ clientSecret: PLAIN_SECRET, tlsCertificate: client.cert, tlsKey: client.key }),
    ],
    [
      'an assertion, its tokens bound to a certificate',
      jwt('PS256'),
      'assertion and certificate',
      () => ({ privateKey: keyOf('PS256'), tlsCertificate: client.cert, tlsKey: client.key }),
    ],
  ])(
    'is accepted with %s, and presents it with each call',
    async (_what, authentication, clientId, provider) => {
      const started = await start(authentication, { clientId, ...provider() });
      expect(await callerAt(started)).toBe(clientId);
      expect(await callerAt(started)).toBe(clientId);
      const shown = fingerprint(clientId === 'by self-signed certificate' ? selfSigned : client);
      expect(server.calls).toEqual([
        { status: 200, certificate: shown },
        { status: 200, certificate: shown },
      ]);
      expect(server.answers).toHaveLength(1);
    },
  );

  test('names itself, its audience and its lifetime in its assertion, each once', async () => {
    const assertions: string[] = [];
    const listening = createServer((socket) => {
      socket.on('data', (data) => {
        const assertion = /client_assertion=([^&]+)/.exec(String(data))?.[1];
        if (assertion !== undefined) assertions.push(assertion);
        socket.end('HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
      });
    });
    await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(listening.address() as AddressInfo).port}`;
    const { tokens, clock } = await start(
      {
        ...jwt('ES256'),
        audience: { production: 'https://elsewhere', sandbox: 'https://issuer' },
        lifetime: 90_500,
      } as ClientAuthentication,
      { clientId: 'me', privateKey: keyOf('ES256'), keyId: 'k1', tokenUrl: `${url}/token`, apiBaseUrl: url },
    );
    const failed = rejection(tokens.getAccessToken());
    for (let turn = 0; turn < 200 && assertions.length < 3; turn++) {
      await clock.advance(20);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await clock.advance(1_000);
    expect(await failed).toMatchObject({ code: 'BANK_AUTH_UNAVAILABLE' });
    listening.close();
    const parts = assertions.map((assertion) =>
      assertion
        .split('.')
        .slice(0, 2)
        .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString())),
    );
    expect(parts).toHaveLength(3);
    for (const [header, claims] of parts) {
      expect(header).toEqual({ alg: 'ES256', typ: 'client-authentication+jwt', kid: 'k1' });
      const { jti, iat, exp, ...rest } = claims;
      expect(rest).toEqual({ iss: 'me', sub: 'me', aud: 'https://issuer' });
      expect(Math.abs(iat * 1000 - clock.wall())).toBeLessThan(10_000);
      expect(exp - iat).toBe(91);
      expect(jti).toMatch(/^[0-9a-f-]{36}$/);
    }
    expect(new Set(parts.map(([, { jti }]) => jti)).size).toBe(3);
  });
});

describe('an assertion in a file', () => {
  test('is read for each request and sent unchanged; one that is used, broken or gone keeps the token in use', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'assertion-'));
    folders.push(folder);
    const path = join(folder, 'token');
    const issue = async () => {
      const now = Math.floor(Date.now() / 1000);
      const clientId = 'by ES256';
      const jws = await new SignJWT({ iss: clientId, sub: clientId, aud: server.issuer, exp: now + 60 })
        .setJti(randomUUID())
        .setProtectedHeader({ alg: 'ES256', typ: 'client-authentication+jwt' })
        .sign(signers.ES256.privateKey);
      writeFileSync(path, `${jws}\n`);
    };
    await issue();
    const { tokens, http, clock } = await start(jwt('ES256'), { clientId: 'by ES256', assertionFile: path });
    const token = await tokens.getAccessToken();
    await issue();
    const renewed = await firstValueFrom(tokens.refresh());
    expect(renewed.value).not.toBe(token);

    for (const [content, reason] of [
      ['not.a jwt', 'no signed JWT in its compact form'],
      ['x'.repeat(16_385), 'larger than 16 KiB'],
      [undefined, 'ENOENT'],
    ] as const) {
      if (content === undefined) rmSync(path);
      else writeFileSync(path, content);
      await clock.advance(5_000);
      const error = await rejection(firstValueFrom(tokens.refresh()));
      expect(error).toMatchObject({ code: 'BANK_AUTH_CONFIG', retryable: true });
      expect(String(error)).toContain(`${path}, which should hold the signed assertion: ${reason}`);
      expect(String(error)).not.toContain('not.a jwt');
      expect(await tokens.getAccessToken()).toBe(renewed.value);
    }
    await issue();
    await clock.advance(5_000);
    await firstValueFrom(tokens.refresh());
    expect(await callerAt({ http })).toBe('by ES256');
    expect(server.answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  });

  test('that is missing at the start is reported with its variable, without the content of the file', async () => {
    const { problems } = await rejection(
      start(jwt('ES256'), { clientId: 'by ES256', assertionFile: '/nowhere/token' }),
    );
    expect(problems).toEqual(['providers.the-bank.assertionFile names a file that cannot be read (ENOENT)']);
  });
});

describe('a signer of assertions', () => {
  test('runs in no context of a caller, and its error is reported by class and code only', async () => {
    const contexts: unknown[] = [];
    const context = new AsyncLocalStorage<string>();
    class KmsError extends Error {
      code = 'ACCESS_DENIED';
    }
    const signer = () => {
      contexts.push(context.getStore());
      throw new KmsError(PLAIN_SECRET);
    };
    const { tokens, logged } = await start(jwt('ES256'), { clientId: 'by ES256', signer });
    const error = await rejection(context.run('a caller', () => tokens.getAccessToken()));
    expect(error).toMatchObject({ code: 'BANK_AUTH_CONFIG', retryable: true });
    expect(String(error)).toContain('the function "signer" failed (KmsError, ACCESS_DENIED)');
    expect(contexts).toEqual([undefined]);
    expect(inspect(error, { depth: 9, showHidden: true }) + logged).not.toContain(PLAIN_SECRET);
    expect(server.answers).toEqual([]);
  });
});

describe('a client that the server does not accept', () => {
  test.each<[string, ClientAuthentication, () => object, string]>([
    [
      'a secret that it does not know',
      { method: 'client_secret_basic' },
      () => ({ clientId: 'basic', clientSecret: 'another-secret-0123456789' }),
      'invalid secret provided',
    ],
    [
      'special characters that are not form-encoded, as the bank would want them',
      { method: 'client_secret_basic' },
      () => ({ clientId: 'basic', clientSecret: `${PLAIN_SECRET}+%41` }),
      'invalid secret provided',
    ],
    [
      "another client's key",
      jwt('ES256'),
      () => ({
        clientId: 'by ES256',
        privateKey: pkcs8(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey),
      }),
      '',
    ],
    [
      'an assertion that was for somebody else',
      { method: 'private_key_jwt', algorithm: 'ES256', audience: { sandbox: 'https://elsewhere.example' } },
      () => ({ clientId: 'by ES256', privateKey: keyOf('ES256') }),
      '',
    ],
    [
      'no certificate',
      { method: 'tls_client_auth' },
      () => ({
        clientId: 'by certificate',
        tlsCa: undefined,
        http: { httpsAgent: new Agent({ ca: ca.cert }) },
      }),
      'client certificate was not provided',
    ],
    [
      'a certificate of an authority that the bank does not know',
      { method: 'tls_client_auth' },
      () => ({ clientId: 'by certificate', tlsCertificate: stranger.cert, tlsKey: stranger.key }),
      'client certificate was not verified',
    ],
    [
      'another self-signed certificate',
      { method: 'self_signed_tls_client_auth' },
      () => ({ clientId: 'by self-signed certificate', tlsCertificate: client.cert, tlsKey: client.key }),
      'unregistered client certificate provided',
    ],
  ])(
    'gets an error with advice to check its credentials: %s',
    async (_what, authentication, provider, said) => {
      const { tokens } = await start(authentication, provider());
      const error = await rejection(tokens.getAccessToken());
      expect(server.refusals).toEqual([expect.stringContaining(said)]);
      expect(error).toMatchObject({
        code: 'BANK_AUTH_CREDENTIALS_REJECTED',
        status: 401,
        requestSent: false,
        retryAfterMs: 60_000,
      });
      const proof = { private_key_jwt: 'privateKey' }[authentication.method as 'private_key_jwt'];
      if (proof !== undefined) expect(error.message).toContain(`providers.the-bank.${proof}`);
    },
  );

  test('secrets beyond ASCII, which are no Basic credentials by the letter of RFC 6749, are not taken for a wrong secret', async () => {
    const { tokens } = await start(
      { method: 'client_secret_basic', encoding: 'rfc6749' },
      { clientId: 'basic', clientSecret: BEYOND_ASCII },
    );
    expect(await rejection(tokens.getAccessToken())).toMatchObject({
      code: 'BANK_AUTH_INVALID_RESPONSE',
      status: 400,
    });
    expect(server.refusals).toEqual(['invalid character found']);
  });

  test('a server of another authority gets no credentials', async () => {
    const { tokens, clock } = await start(
      { method: 'client_secret_post' },
      { clientId: 'x', clientSecret: PLAIN_SECRET, tlsCa: stranger.cert },
    );
    const failed = rejection(tokens.getAccessToken());
    const turns = setInterval(() => void clock.advance(10), 5);
    const error = await failed;
    clearInterval(turns);
    expect(error).toMatchObject({ code: 'BANK_AUTH_UNAVAILABLE', retryable: true });
    expect(error.message).toContain('the TLS certificate of that host is not trusted');
    expect(server.answers).toEqual([]);
  });
});

describe('a certificate in files', () => {
  async function fromFiles(identity: TlsIdentity) {
    const folder = mkdtempSync(join(tmpdir(), 'certificates-'));
    folders.push(folder);
    const write = (name: string, text: string) => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    write('tls.crt', identity.cert);
    write('tls.key', identity.key);
    const environment: Record<string, string> = {
      BANK_AUTH_ENVIRONMENT: 'sandbox',
      THE_BANK_CLIENT_ID: 'by certificate',
      THE_BANK_TLS_CERTIFICATE_FILE: join(folder, 'tls.crt'),
      THE_BANK_TLS_KEY_FILE: join(folder, 'tls.key'),
      THE_BANK_TLS_CA: ca.cert.replaceAll('\n', '\\n'),
    };
    const before = { ...process.env };
    Object.assign(process.env, environment);
    try {
      const started = await startWith(
        BankAuthModule.forRootAsync(bankAuthFromEnv(bankWith({ method: 'tls_client_auth' }))),
      );
      return { ...started, write };
    } finally {
      process.env = before;
    }
  }

  test('is rotated without a restart: the next token is for the new one, and calls with it present it', async () => {
    const started = await fromFiles(client);
    await callerAt(started);
    started.write('tls.crt', nextClient.cert);
    started.write('tls.key', nextClient.key);
    // Nothing changes until a token for the new certificate is there.
    await callerAt(started);
    await firstValueFrom(started.tokens.refresh());
    await callerAt(started);
    expect(server.calls).toEqual(
      [client, client, nextClient].map((shown) => ({ status: 200, certificate: fingerprint(shown) })),
    );
  });

  test('that is half-way through a rotation costs a renewal, not the service', async () => {
    const started = await fromFiles(client);
    await callerAt(started);
    started.write('tls.crt', nextClient.cert);
    const error = await rejection(firstValueFrom(started.tokens.refresh()));
    expect(error).toMatchObject({
      code: 'BANK_AUTH_CONFIG',
      retryable: true,
      retryAfterMs: expect.any(Number),
    });
    expect(error.message).toMatch(/tls\.key: tlsKey is not the key of tlsCertificate\)/);
    expect(await callerAt(started)).toBe('by certificate');
    started.write('tls.key', nextClient.key);
    await started.clock.advance(3_000);
    await firstValueFrom(started.tokens.refresh());
    await callerAt(started);
    expect(server.calls.at(-1)).toEqual({ status: 200, certificate: fingerprint(nextClient) });
  });
});

describe('resource calls with a certificate', () => {
  const byCertificate = () => ({
    clientId: 'by certificate',
    tlsCertificate: client.cert,
    tlsKey: client.key,
  });

  test('present it also through an axios instance of the user', async () => {
    const { interceptor } = await start({ method: 'tls_client_auth' }, byCertificate());
    const own = axios.create({ baseURL: server.issuer });
    interceptor.attach(own);
    expect((await own.get('/api/accounts')).data).toEqual({ client: 'by certificate' });
  });

  test.each<[string, () => AxiosRequestConfig]>([
    ['an agent of its own', () => ({ httpsAgent: new Agent({ ca: ca.cert }) })],
    ["adapter: 'fetch'", () => ({ adapter: 'fetch' })],
    ["adapter: ['fetch']", () => ({ adapter: ['fetch'] })],
    ['a dispatcher of its own', () => ({ adapter: 'fetch', fetchOptions: { dispatcher: {} } as never })],
    ['httpVersion: 2', () => ({ httpVersion: 2, timeout: 2_000 })],
    ['httpVersion: 2 and an authority', () => ({ httpVersion: 2, http2Options: { ca: ca.cert } }) as never],
  ])('are refused with %s, which would not present it', async (_what, config) => {
    const { http } = await start({ method: 'tls_client_auth' }, byCertificate());
    const error = await rejection(firstValueFrom(http.get('/api/accounts', config())));
    expect(isBankAuthError(error, 'BANK_AUTH_CONFIG')).toBe(true);
    expect(error.message).toContain('was not sent');
    expect(server.calls).toEqual([]);
  });

  test('keep their connection, and close it at the end', async () => {
    const started = await start({ method: 'tls_client_auth' }, byCertificate());
    await firstValueFrom(started.tokens.getToken());
    await until(async () => (await server.connections()) === 0);
    for (let call = 0; call < 5; call++) await callerAt(started);
    expect(await server.connections()).toBe(1);
    await started.app.close();
    running.delete(started.app);
    await until(async () => (await server.connections()) === 0);
  });

  test('go through a proxy from end to end, as token calls do', async () => {
    const seen: string[] = [];
    const proxy = connectProxy(seen);
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const { port } = proxy.address() as AddressInfo;
    const started = await start(
      { method: 'tls_client_auth' },
      { ...byCertificate(), http: { proxy: { protocol: 'http', host: '127.0.0.1', port } } },
    );
    expect(await callerAt(started)).toBe('by certificate');
    expect(server.calls).toEqual([{ status: 200, certificate: fingerprint(client) }]);
    expect(seen).toEqual(Array(2).fill(`CONNECT ${server.issuer.slice('https://'.length)} HTTP/1.1`));
    proxy.close();
  });
});

/** Waits, in real time and not long, for what goes on over sockets. */
/** What a proxy in front of a bank does: it connects, and sees nothing else. */
function connectProxy(seen: string[]): Server {
  return createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (head) => {
      const [line] = String(head).split('\r\n') as [string];
      seen.push(line);
      const [host, port] = line.split(' ')[1]!.split(':') as [string, string];
      const target = connect(Number(port), host, () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        socket.pipe(target).pipe(socket);
      });
      target.on('error', () => socket.destroy());
      socket.on('close', () => target.destroy());
    });
  });
}

describe('private keys', () => {
  test('appear in no error, log, response or object of the container', async () => {
    const privateKey = keyOf('PS256');
    const started = await start(jwt('PS256'), {
      clientId: 'assertion and certificate',
      privateKey,
      tlsCertificate: client.cert,
      tlsKey: client.key,
    });
    const { tokens, http, interceptor, app, logged, clock } = started;
    const token = await firstValueFrom(tokens.getToken());
    const response = await firstValueFrom(http.get('/api/accounts'));
    const notFound = await rejection(firstValueFrom(http.get('/nowhere')));
    await server.stop();
    const down = await rejection(firstValueFrom(http.get('/api/accounts')));
    const turns = setInterval(() => void clock.advance(10), 5);
    const unavailable = await rejection(firstValueFrom(tokens.refresh()));
    clearInterval(turns);
    const bodies = [privateKey, client.key, client.cert].map((pem) => pem.split('\n')[1] as string);
    const secrets = [...bodies, token.value];
    expect(leaks(response, secrets)).toEqual([]);
    for (const emitted of [
      token,
      notFound,
      down,
      unavailable,
      logged,
      tokens.status,
      tokens,
      interceptor,
      http,
    ]) {
      expect(leaks(emitted, emitted === token ? bodies : secrets)).toEqual([]);
    }
    expect(containerLeaks(app, secrets)).toEqual([]);
  });
});
