import { createPrivateKey, createSecretKey, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type JWTPayload, SignJWT } from 'jose';
import { defineBank } from 'nestjs-bank-auth';
import { BankSimulator, type SimulatedBank } from 'nestjs-bank-auth/testing';
import { send } from '../support/simulator-client.js';

const ISSUER = 'https://login.acme.example';
const plain = {
  title: 'Acme Bank',
  tokenUrl: { sandbox: `${ISSUER}/token` },
  apiBaseUrl: { sandbox: 'https://api.acme.example' },
} as const;
const signed = defineBank({
  ...plain,
  id: 'acme-signed',
  clientAuthentication: {
    method: 'private_key_jwt',
    algorithm: 'ES256',
    audience: { sandbox: ISSUER },
    claims: { realm: 'shops' },
  },
});
const hashed = defineBank({
  ...plain,
  id: 'acme-hashed',
  clientAuthentication: { method: 'client_secret_jwt', algorithm: 'HS256', audience: { sandbox: ISSUER } },
});

let banks: BankSimulator<'acme-signed' | 'acme-hashed'>;
let bank: SimulatedBank;
beforeAll(async () => {
  banks = await BankSimulator.start(signed, hashed);
  bank = banks.bank('acme-signed');
});
afterAll(() => banks.stop());

interface Parts {
  claims?: JWTPayload;
  typ?: string | undefined;
  to?: SimulatedBank;
}

/** An assertion that jose makes, good but for what is given. */
function assertion({ claims = {}, typ = 'client-authentication+jwt', to = bank }: Parts): Promise<string> {
  const { clientId, clientSecret, privateKey } = to.credentials;
  const now = Math.floor(Date.now() / 1000);
  const good = {
    iss: clientId,
    sub: clientId,
    aud: ISSUER,
    iat: now,
    exp: now + 60,
    jti: randomUUID(),
    realm: 'shops',
  };
  const all = Object.entries({ ...good, ...claims }).filter(([, value]) => value !== undefined);
  return new SignJWT(Object.fromEntries(all))
    .setProtectedHeader({ alg: privateKey === undefined ? 'HS256' : 'ES256', typ })
    .sign(
      privateKey === undefined ? createSecretKey(Buffer.from(clientSecret)) : createPrivateKey(privateKey),
    );
}

async function answerTo(jws: string, more: Record<string, string> = {}, to = bank): Promise<string> {
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: jws,
    ...more,
  });
  const { status, body: answer } = await send(to.tokenUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: body.toString(),
  });
  return status === 200 ? 'a token' : `${status} ${answer.error}: ${answer.error_description}`;
}

const seconds = (after: number) => Math.floor(Date.now() / 1000) + after;

describe('a simulated bank that requires assertions', () => {
  it('accepts assertions of another library, with the client id beside or without', async () => {
    expect(await answerTo(await assertion({}))).toBe('a token');
    expect(await answerTo(await assertion({}), { client_id: bank.credentials.clientId })).toBe('a token');
    const other = banks.bank('acme-hashed');
    expect(await answerTo(await assertion({ to: other }), {}, other)).toBe('a token');
  });

  it.each<[string, () => Parts, string]>([
    [
      'the token URL as aud',
      () => ({ claims: { aud: `${ISSUER}/token` } }),
      'aud is not the issuer identifier of this server alone',
    ],
    [
      'a second aud',
      () => ({ claims: { aud: [ISSUER, 'https://elsewhere.example'] } }),
      'aud is not the issuer identifier of this server alone',
    ],
    [
      'no aud',
      () => ({ claims: { aud: undefined } }),
      'aud is not the issuer identifier of this server alone',
    ],
    ['the typ of other JWTs', () => ({ typ: 'JWT' }), 'typ is not client-authentication+jwt'],
    ['a time that is over', () => ({ claims: { exp: seconds(-30) } }), 'it has expired'],
    ['no expiry', () => ({ claims: { exp: undefined } }), 'it has expired'],
    ['a day to live', () => ({ claims: { exp: seconds(86_400) } }), 'exp is too far ahead'],
    ['a time to come', () => ({ claims: { iat: seconds(600) } }), 'iat is ahead of the time'],
    ['another issuer', () => ({ claims: { iss: 'me' } }), 'iss is not the one that the definition says'],
    ['no jti', () => ({ claims: { jti: undefined } }), 'there is no jti'],
    [
      'another claim than its definition says',
      () => ({ claims: { realm: 'x' } }),
      'a claim is not what the definition says',
    ],
  ])('refuses an assertion with %s, and says so', async (_what, parts, problem) => {
    expect(await answerTo(await assertion(parts()))).toBe(
      `401 invalid_client: The client assertion is refused: ${problem}`,
    );
  });

  it('refuses an assertion that was used or changed, and one beside another client id', async () => {
    const once = await assertion({});
    expect(await answerTo(once)).toBe('a token');
    expect(await answerTo(once)).toMatch(/jti was used before/);
    const [header, , signature] = (await assertion({})).split('.');
    const changed = [header, (await assertion({})).split('.')[1], signature].join('.');
    expect(await answerTo(changed)).toMatch(/the signature is wrong/);
    expect(await answerTo(await assertion({}), { client_id: 'another' })).toMatch(
      /not the client_id of the request/,
    );
    expect(await answerTo('a.b.c')).toMatch(/^401 invalid_client/);
    expect(await answerTo(await assertion({ claims: { sub: 'nobody' } }))).toMatch(/^401 invalid_client/);
  });

  it('refuses a request with a second proof, or with another type of assertion', async () => {
    expect(await answerTo(await assertion({}), { client_secret: 'x' })).toMatch(/^400 invalid_request/);
    const saml = { client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:saml2-bearer' };
    expect(await answerTo(await assertion({}), saml)).toMatch(/^400 invalid_request/);
  });

  it('accepts the new key after a rotation, and both in an overlap', async () => {
    const before = await assertion({});
    bank.rotateCredentials({ clientId: bank.credentials.clientId, overlap: 60_000 });
    expect(await answerTo(before)).toBe('a token');
    expect(await answerTo(await assertion({}))).toBe('a token');
    const after = await assertion({});
    bank.rotateCredentials({ clientId: bank.credentials.clientId });
    expect(await answerTo(after)).toMatch(/the signature is wrong/);
  });
});
