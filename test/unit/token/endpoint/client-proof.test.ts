import { generateKeyPairSync } from 'node:crypto';
import { Agent } from 'node:https';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import { firstValueFrom } from 'rxjs';
import { type BankDefinition, type ClientAuthentication, defineBank } from '../../../../src/banks/index.js';
import { TlsAgents } from '../../../../src/token/endpoint/tls-agents.js';
import {
  TokenEndpointClient,
  type TokenEndpointHttp,
} from '../../../../src/token/endpoint/token-endpoint.client.js';
import { bankCredentials } from '../../../../src/token/endpoint/token-request.js';
import { Loopback } from '../../../support/loopback-token-endpoint.js';
import { member, type TlsIdentity } from '../../../support/tls-identities.js';
import { VirtualClock } from '../../../support/virtual-clock.js';

const clock = new VirtualClock();
const privateKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
  type: 'pkcs8',
  format: 'pem',
}) as string;

const bank = (clientAuthentication: ClientAuthentication, parts: Partial<BankDefinition> = {}) =>
  defineBank({
    id: 'a-bank',
    title: 'A bank',
    tokenUrl: { sandbox: 'https://bank.example/token' },
    apiBaseUrl: { sandbox: 'https://bank.example' },
    clientAuthentication,
    ...parts,
  });

/** How a bank wants assertions, where nothing special is meant. */
const SIGNED = {
  method: 'private_key_jwt',
  algorithm: 'ES256',
  audience: { sandbox: 'https://issuer.example' },
} as const;

const credentials = { clientId: 'the-id', clientSecret: 'the-secret', version: 'v1' };

function request(of: BankDefinition, url: string, more: object = {}, http: TokenEndpointHttp = {}) {
  const endpoint = { tokenUrl: url, environment: 'sandbox' } as const;
  const client = new TokenEndpointClient(of, endpoint, http, clock);
  return firstValueFrom(client.request({ ...credentials, ...more }, [], new TlsAgents(), 5_000));
}

describe('the proof of the client', () => {
  let server: Loopback;
  beforeEach(async () => {
    server = await Loopback.start();
  });
  afterEach(() => server.stop());
  const sent = () => Object.fromEntries(new URLSearchParams(server.last.body));

  test.each(['tls_client_auth', 'self_signed_tls_client_auth'] as const)(
    'is the certificate alone with %s: the body has the client id and no secret',
    async (method) => {
      await request(bank({ method }), server.url);
      expect(sent()).toEqual({ grant_type: 'client_credentials', client_id: 'the-id' });
      expect(server.last.headers.authorization).toBeUndefined();
    },
  );

  test('is an assertion with the issuer of the bank as audience, valid for a minute', async () => {
    await request(bank(SIGNED), server.url, { privateKey });
    const { client_assertion: assertion = '', ...rest } = sent();
    expect(rest).toEqual({
      grant_type: 'client_credentials',
      client_id: 'the-id',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    });
    const { aud, iat = 0, exp } = decodeJwt(assertion);
    expect([aud, exp]).toEqual(['https://issuer.example', iat + 60]);
    expect(iat).toBe(Math.floor(clock.wall() / 1000));
  });

  test('is an assertion with the audience and lifetime of the definition', async () => {
    const audience = { production: 'https://bank.example', sandbox: 'https://test.bank.example' };
    const authentication = {
      method: 'private_key_jwt',
      algorithm: 'ES256',
      audience,
      lifetime: 5_000,
    } as const;
    await request(bank(authentication), server.url, { privateKey });
    const { aud, iat = 0, exp } = decodeJwt(sent().client_assertion as string);
    expect([aud, exp]).toEqual(['https://test.bank.example', iat + 5]);
  });

  test('is an assertion whose own claims no definition may name', async () => {
    await request(bank(SIGNED), server.url, { privateKey });
    const own = Object.keys(decodeJwt(sent().client_assertion as string));
    expect(own.sort()).toEqual(['aud', 'exp', 'iat', 'iss', 'jti', 'sub']);
    for (const name of own)
      expect(() => bank({ ...SIGNED, claims: { [name]: 'x' } })).toThrow(
        `must not have ${name}: the assertion has its own`,
      );
  });

  test('fails with an unusable key before anything is sent', async () => {
    const { failure } = await request(bank(SIGNED), server.url, {
      privateKey: 'no PEM',
    });
    expect(failure).toMatchObject({
      kind: 'credentials-unreadable',
      reason: expect.stringMatching(/^the private key for assertions cannot be used/),
    });
    expect(server.seen).toHaveLength(0);
  });

  test('never gives the private key to functions of a definition', async () => {
    const given: object[] = [];
    const none = Object.create(null);
    const headers = (all: object) => {
      given.push(all);
      return {};
    };
    const of = bank(SIGNED, { tokenRequest: { headers } });
    await request(of, server.url, { privateKey, keyId: 'k', apiKey: 'the-key' });
    expect(given).toStrictEqual([
      { clientId: 'the-id', clientSecret: 'the-secret', apiKey: 'the-key', values: none },
    ]);
    expect(bankCredentials({ ...credentials })).toStrictEqual({
      clientId: 'the-id',
      clientSecret: 'the-secret',
      values: none,
    });
    const values = { account: '7' };
    expect(bankCredentials({ ...credentials, values })).toMatchObject({ values });
  });
});

/** Fails each connection with this code, as Node.js would. */
class FailingAgent extends Agent {
  connections = 0;
  constructor(private readonly code: string) {
    super();
  }
  override createConnection(): never {
    this.connections += 1;
    throw Object.assign(new Error('the secret of the bank'), { code: this.code });
  }
}

describe('a rejection', () => {
  let server: Loopback;
  beforeEach(async () => {
    server = await Loopback.start();
    server.answer = (response) => response.writeHead(401).end('{"error":"invalid_client"}');
  });
  afterEach(() => server.stop());

  test.each<[ClientAuthentication, object, string | undefined]>([
    [{ method: 'client_secret_basic' }, {}, undefined],
    [{ method: 'client_secret_basic' }, { clientSecret: 'a+b/c=' }, 'raw'],
    [{ method: 'client_secret_basic' }, { clientId: 'the id' }, 'raw'],
    [{ method: 'client_secret_basic', encoding: 'rfc6749' }, { clientSecret: 'a%b' }, 'rfc6749'],
    [{ method: 'client_secret_basic', encoding: 'rfc6749' }, { clientSecret: 'a-b_c.d' }, undefined],
    [{ method: 'client_secret_post' }, { clientSecret: 'a+b/c=' }, undefined],
  ])('by %j of %j names the encoding of Basic where it matters: %s', async (method, more, encoding) => {
    const { failure } = await request(bank(method), server.url, more);
    expect(failure).toMatchObject({ kind: 'rejected', reason: 'HTTP 401 invalid_client' });
    expect(failure?.encoding).toBe(encoding);
  });
});

describe('a connection that fails', () => {
  const basic = bank({ method: 'client_secret_basic' });
  const failing = async (code: string) => {
    const httpsAgent = new FailingAgent(code);
    const { failure } = await request(basic, 'https://127.0.0.1:1/token', {}, { httpsAgent });
    return failure;
  };

  test.each([
    ['CERT_HAS_EXPIRED', 'certificate-expired'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'other-host'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'untrusted'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'untrusted'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'untrusted'],
    ['HOSTNAME_MISMATCH', 'other-host'],
  ])('because of its certificate says so: %s', async (code, trouble) => {
    expect(await failing(code)).toEqual({
      kind: 'unavailable',
      reason: `${code}: the TLS certificate of that host is not trusted`,
      trouble,
    });
  });

  test.each(['EPROTO', 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'ERR_TLS_HANDSHAKE_TIMEOUT'])(
    'in its handshake says so: %s',
    async (code) => {
      expect(await failing(code)).toEqual({
        kind: 'unavailable',
        reason: `${code}: the TLS handshake failed, perhaps because a client certificate is missing`,
        trouble: 'handshake',
      });
    },
  );

  test.each([
    ['ECONNREFUSED', 'refused'],
    ['ECONNRESET', 'cut'],
    ['EPIPE', 'cut'],
    ['ENOTFOUND', 'name-unknown'],
    ['EAI_AGAIN', 'name-server'],
    ['EHOSTUNREACH', 'unreachable'],
    ['ENETUNREACH', 'unreachable'],
    ['ETIMEDOUT', 'time-out'],
    ['EAI_FAIL', 'name-server'],
    ['ENETDOWN', 'unreachable'],
    ['EMFILE', 'out-of-handles'],
  ])('on the way names its cause: %s', async (code, trouble) => {
    expect(await failing(code)).toEqual({ kind: 'unavailable', reason: code, trouble });
  });

  test.each([
    'EPROTONOSUPPORT',
    'X_CERT_HAS_EXPIRED',
    'X_ERR_SSL_A',
    'HOSTNAME_MISMATCHED',
    'X_HOSTNAME_MISMATCH',
    'DEPTH_ZERO_SELF_SIGNED_CERTS',
    'SELF_SIGNED_CERT_IN_CHAINS',
    'XEPROTO',
  ])('for another reason shows its code alone: %s', async (code) => {
    expect(await failing(code)).toEqual({ kind: 'unavailable', reason: code });
  });

  test.each(['lower_case', '1CODE', 'A', 'WITH SPACE', `A${'B'.repeat(61)}`, ''])(
    'shows nothing that is not a code: %j',
    async (code) => {
      expect(await failing(code)).toEqual({ kind: 'unavailable', reason: 'unknown network error' });
    },
  );

  test.each(['Z_DATA_ERROR', 'Z_BUF_ERROR', 'ERR_BROTLI_INVALID'])(
    'in decompression is no outage: %s',
    async (code) => {
      expect(await failing(code)).toEqual({
        kind: 'invalid',
        reason: `an answer that cannot be decompressed, ${code}`,
      });
    },
  );
});

describe('the certificate of the credentials', () => {
  let identity: TlsIdentity;
  beforeAll(async () => {
    identity = await member('client');
  });

  test('makes the connection, in place of the agent of the configuration', async () => {
    const httpsAgent = new FailingAgent('ECONNRESET');
    const basic = bank({ method: 'client_secret_basic' });
    const pem = { tlsCertificate: identity.cert, tlsKey: identity.key };
    const { failure } = await request(basic, 'https://127.0.0.1:1/token', pem, { httpsAgent });
    expect(failure).toMatchObject({ kind: 'unavailable', reason: 'ECONNREFUSED' });
    expect(httpsAgent.connections).toBe(0);
  });

  test('fails before anything is sent if it is unusable', async () => {
    const basic = bank({ method: 'client_secret_basic' });
    const pem = { tlsCertificate: 'no PEM', tlsKey: identity.key };
    expect((await request(basic, 'https://127.0.0.1:1/token', pem)).failure?.kind).toBe(
      'credentials-unreadable',
    );
  });
});
