import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Test } from '@nestjs/testing';
import * as library from 'nestjs-bank-auth';
import {
  BankAuthModule,
  type BankDefinition,
  bankAuthFromEnv,
  bogPayments,
  defineBank,
  getBankHttpToken,
  getTokenServiceToken,
  type TokenService,
} from 'nestjs-bank-auth';
import * as testing from 'nestjs-bank-auth/testing';
import { BankSimulator, type SimulatedBank, type SimulatedBankSettings } from 'nestjs-bank-auth/testing';
import { lastValueFrom } from 'rxjs';
import { namedBlocks, readPage } from '../support/documentation.js';
import { evaluate } from '../support/evaluated-examples.js';
import { send } from '../support/simulator-client.js';
import { unusedPort } from '../support/unused-port.mjs';

const HOUR = 3_600_000;

const shapes = namedBlocks(readPage('banks/shapes.md'));
/** The examples of the page on shapes, but for one of which the simulator has to be told more. */
const shapeDefinitions: Record<string, BankDefinition> = Object.fromEntries(
  [...shapes]
    .filter(([name]) => !name.startsWith('flag-bank'))
    .map(([name, code]) => [
      `of the shape ${name}`,
      Object.values(evaluate(code, { 'nestjs-bank-auth': library }))[0],
    ]),
);

const plain = {
  title: 'Acme Bank',
  tokenUrl: { sandbox: 'https://login.acme.example/oauth/token' },
  apiBaseUrl: { sandbox: 'https://api.acme.example/v2' },
  clientAuthentication: { method: 'client_secret_basic' },
} as const satisfies Partial<BankDefinition>;

/** Banks that differ in what a definition can say; the simulator is what each of them says. */
const definitions: Record<string, BankDefinition> = {
  'that asks by Basic': defineBank({ ...plain, id: 'acme' }),
  'whose token endpoint is at the root, with headers for some clients only': defineBank({
    ...plain,
    id: 'acme-root',
    tokenUrl: { sandbox: 'https://login.acme.example/' },
    tokenRequest: { headers: ((_client: object) => undefined) as never },
  }),
  'that asks by form-encoded Basic': defineBank({
    ...plain,
    id: 'acme-encoded',
    clientAuthentication: { method: 'client_secret_basic', encoding: 'rfc6749' },
  }),
  'that asks by a form': defineBank({
    ...plain,
    id: 'acme-form',
    clientAuthentication: { method: 'client_secret_post' },
    tokenRequest: { parameters: { audience: 'payments' } },
  }),
  'that asks by JSON, without a grant type': defineBank({
    ...plain,
    id: 'acme-json',
    clientAuthentication: { method: 'client_secret_post' },
    tokenRequest: { format: 'json', grantType: false },
  }),
  'with a grant type of its own, in production only': defineBank({
    ...plain,
    id: 'acme-grant',
    tokenUrl: { production: 'https://login.acme.example/realms/shops/token' },
    apiBaseUrl: { production: 'https://api.acme.example/' },
    tokenRequest: { grantType: 'urn:acme:machine' },
  }),
  'that asks by an assertion under the secret': defineBank({
    ...plain,
    id: 'acme-secret-jwt',
    clientAuthentication: {
      method: 'client_secret_jwt',
      algorithm: 'HS512',
      audience: { sandbox: 'https://login.acme.example' },
      claims: ({ clientId }, { environment }) => ({ party: clientId, environment, at: performance.now() }),
    },
  }),
  'that asks by a signed assertion': defineBank({
    ...plain,
    id: 'acme-key-jwt',
    clientAuthentication: {
      method: 'private_key_jwt',
      algorithm: 'PS256',
      audience: { sandbox: 'https://login.acme.example', production: 'https://acme.example' },
      type: 'JWT',
      issuer: 'https://platform.example',
      claims: { realm: 'shops', list: [1, { a: null }] },
    },
  }),
  'with values of each merchant': defineBank({
    ...plain,
    id: 'acme-values',
    tokenRequest: {
      headers: (_credentials, _context) => ({ 'X-Branch': _credentials.values.branch ?? '' }),
      parameters: ({ values }) => ({ account: values.account ?? '' }),
    },
    headers: ({ value }, { values }) => ({
      Authorization: `Bearer ${value}`,
      'X-Account': values.account ?? '',
    }),
    options: { values: { account: 'required', branch: 'optional' } },
  }),
  'with an API key in headers of its own': defineBank({
    ...plain,
    id: 'acme-key',
    tokenUrl: { sandbox: '/token' },
    tokenRequest: {
      headers: ({ apiKey = '' }) => ({ 'X-Api-Key': apiKey, 'X-Sent-At': `${performance.now()}` }),
    },
    headers: ({ value }, { apiKey = '' }) => ({
      'X-Access-Token': value,
      'X-Api-Key': apiKey,
      'X-Request': `${performance.now()}`,
    }),
    options: { apiKey: 'required' },
  }),
  'with an API key in front of its token': defineBank({
    ...plain,
    id: 'acme-pair',
    headers: ({ value }, { apiKey = '' }) => ({ Authorization: `Acme ${apiKey}.${value}` }),
    options: { apiKey: 'required' },
  }),
  'with members and a token type of its own': defineBank({
    ...plain,
    id: 'acme-members',
    tokenResponse: {
      members: { accessToken: 'token', tokenType: 'kind', expiresIn: 'ends', scope: 'rights' },
      tokenTypes: ['AcmeToken'],
      expiresIn: 'epoch-milliseconds',
    },
    options: { defaultScopes: ['pay'], knownScopes: ['pay', 'read'] },
  }),
  'that states seconds since 1970': defineBank({
    ...plain,
    id: 'acme-epoch',
    tokenResponse: { expiresIn: 'epoch-seconds' },
  }),
  'that states milliseconds and allows 10 minutes': defineBank({
    ...plain,
    id: 'acme-short',
    tokenResponse: { expiresIn: 'milliseconds', maxLifetime: 600_000 },
  }),
  'whose scopes the client must choose': defineBank({
    ...plain,
    id: 'acme-scopes',
    options: { scopes: 'required', knownScopes: ['pay', 'read'] },
  }),
  'whose scopes nobody lists': defineBank({ ...plain, id: 'acme-any', options: { scopes: 'required' } }),
  'that knows no scopes': defineBank({ ...plain, id: 'acme-none', options: { scopes: 'none' } }),
  ...shapeDefinitions,
  'with credentials of other names in a form': defineBank({
    ...plain,
    id: 'acme-names',
    clientAuthentication: { method: 'client_secret_post', names: { clientId: 'user', clientSecret: 'key' } },
    tokenRequest: { parameters: ({ apiKey = '' }, { environment }) => ({ environment, api_key: apiKey }) },
    headers: ({ value }, _credentials, { environment }) => ({ Authorization: `${environment} ${value}` }),
    options: { apiKey: 'required' },
  }),
  'that varies a built-in one': defineBank({ ...bogPayments, title: 'Bank of Georgia, by a gateway' }),
};

/** An application with these options, and what it has for the bank. */
async function application(options: Parameters<typeof BankAuthModule.forRoot>[0], id: string) {
  const module = await Test.createTestingModule({ imports: [BankAuthModule.forRoot(options)] }).compile();
  module.useLogger(false);
  await module.init();
  const http = module.get(getBankHttpToken(id as never));
  const tokens = module.get<TokenService>(getTokenServiceToken(id as never));
  const call = async (path = '/simulator/echo?a=1') =>
    (
      await lastValueFrom<{ status: number; data: unknown }>(
        http.post(path, { some: 'body' }, { bankAuth: { replay: true } }),
      )
    ).status;
  return { tokens, call, [Symbol.asyncDispose]: () => module.close() };
}

async function start(definition: BankDefinition, settings: Omit<SimulatedBankSettings, 'bank'> = {}) {
  const banks = await BankSimulator.start({ bank: definition, ...settings });
  return { banks, bank: banks.bank(definition.id), [Symbol.asyncDispose]: () => banks.stop() };
}

const options = (banks: BankSimulator, id: string, more: object = {}) => {
  const { environment, providers } = banks.options();
  return {
    environment,
    providers: { [id]: { ...(providers as Record<string, object>)[id], ...more } },
    warmUp: false,
  } as never;
};

/** None that a bank has made. A key of RSA takes long to find. */
const anotherKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
  type: 'pkcs8',
  format: 'pem',
}) as string;

const rejected = { code: 'BANK_AUTH_CREDENTIALS_REJECTED' };

describe.each(Object.entries(definitions))('a bank of your own %s', (_title, definition) => {
  const { id } = definition;
  let simulated: Awaited<ReturnType<typeof start>>;
  let own: Awaited<ReturnType<typeof application>>;
  beforeAll(async () => {
    simulated = await start(definition);
    own = await application(options(simulated.banks, id), id);
  });
  afterAll(async () => {
    await own[Symbol.asyncDispose]();
    await simulated[Symbol.asyncDispose]();
  });
  beforeEach(() => simulated.banks.reset());

  it('gives an application tokens that open its resources', async () => {
    await using app = await application(options(simulated.banks, id), id);
    expect(await app.call()).toBe(200);
    expect(simulated.bank).toMatchObject({ tokensIssued: 1, apiRequests: 1, apiRefusals: 0 });
    const { clientId } = simulated.bank.credentials;
    expect(simulated.bank.requests.map((request) => [request.kind, request.clientId])).toEqual([
      ['token', clientId],
      ['api', clientId],
    ]);
    const allowed = definition.tokenResponse?.maxLifetime ?? HOUR;
    const token = await lastValueFrom(app.tokens.getToken());
    expect(Math.round((token.expiresAt - token.issuedAt) / 60_000)).toBe(allowed / 60_000);
  });

  it('refuses wrong credentials', async () => {
    const { method } = definition.clientAuthentication;
    const wrongs =
      method === 'private_key_jwt'
        ? [{ privateKey: anotherKey }, { clientId: 'wrong' }]
        : [{ clientSecret: 'wrong'.repeat(20) }, { clientId: 'wrong' }];
    for (const wrong of definition.options?.apiKey ? [...wrongs, { apiKey: 'wrong' }] : wrongs) {
      await using app = await application(options(simulated.banks, id, wrong), id);
      // Where a definition sends the key on resource calls only, the bank says so there.
      const { headers, parameters } = definition.tokenRequest ?? {};
      const onCalls = 'apiKey' in wrong && headers === undefined && parameters === undefined;
      await expect(app.call()).rejects.toMatchObject(onCalls ? { response: { status: 401 } } : rejected);
    }
  });

  it('refuses a revoked token, and the application gets another', async () => {
    await own.tokens.getAccessToken();
    const { tokensIssued } = simulated.bank;
    simulated.bank.revoke();
    expect(await own.call()).toBe(200);
    expect(simulated.bank).toMatchObject({ tokensIssued: tokensIssued + 1, apiRefusals: 1 });
  });

  it('keeps the credentials and tokens of merchants apart', async () => {
    const { bank } = simulated;
    const { method } = definition.clientAuthentication;
    const merchant = bank.addMerchant(method === 'private_key_jwt' ? { privateKey: anotherKey } : {});
    await using other = await application(options(simulated.banks, id, merchant), id);
    expect([await own.call(), await other.call()]).toEqual([200, 200]);
    expect(bank.tokensIssuedTo(merchant.clientId)).toBe(1);
    bank.removeMerchant(merchant.clientId);
    await expect(other.call()).rejects.toMatchObject({ response: { status: 401 } });
    expect(await own.call()).toBe(200);
  });

  it('is configured by environment variables too', async () => {
    const variables: Record<string, string> = simulated.banks.env();
    const { useFactory } = bankAuthFromEnv(definition);
    const read = useFactory({ get: (name: string) => variables[name] } as never);
    await using app = await application({ ...read, warmUp: false } as never, id);
    expect(await app.call()).toBe(200);
  });
});

describe('a bank of your own', () => {
  const acme = definitions['that asks by Basic']!;
  const token = async (bank: SimulatedBank, init: RequestInit = {}, query = '') =>
    (await send(`${bank.tokenUrl}${query}`, { method: 'POST', ...init })).body.error;
  const basic = ({ credentials: { clientId, clientSecret } }: SimulatedBank) =>
    `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`;
  const form = (bank: SimulatedBank, more = '', headers = {}) => ({
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      authorization: basic(bank),
      ...headers,
    },
    body: `grant_type=client_credentials${more}`,
  });

  it('has the paths of its definition, beside built-in banks', async () => {
    await using banks = await BankSimulator.start('partner', acme);
    expect(banks.banks.map((bank) => bank.id)).toEqual(['partner', 'acme']);
    const bank = banks.bank('acme');
    expect([bank.tokenUrl, bank.apiBaseUrl]).toEqual([`${bank.origin}/oauth/token`, `${bank.origin}/v2`]);
    expect(Object.keys(banks.options('acme').providers)).toEqual(['acme']);
  });

  it('is as strict as its definition', async () => {
    await using simulated = await start(acme);
    const { bank } = simulated;
    expect(await token(bank, form(bank))).toBeUndefined();
    expect(await token(bank, { ...form(bank), method: 'PUT' })).toBe('invalid_request');
    expect(await token(bank, form(bank), '?a=1')).toBe('invalid_request');
    expect(await token(bank, form(bank, '', { 'content-type': 'text/plain' }))).toBe('invalid_request');
    expect(await token(bank, form(bank, '&client_secret=x'))).toBe('invalid_request');
    expect(await token(bank, { ...form(bank), body: '' })).toBe('invalid_request');
    expect(await token(bank, { ...form(bank), body: 'grant_type=password' })).toBe('unsupported_grant_type');
  });

  it('requires the parameters and scopes of its definition', async () => {
    await using simulated = await start(
      defineBank({
        ...plain,
        id: 'acme-strict',
        tokenRequest: { parameters: { audience: 'payments' } },
        options: { knownScopes: ['pay'] },
      }),
    );
    const { bank } = simulated;
    expect(await token(bank, form(bank))).toBe('invalid_request');
    expect(await token(bank, form(bank, '&audience=other'))).toBe('invalid_request');
    expect(await token(bank, form(bank, '&audience=payments&scope=steal'))).toBe('invalid_scope');
    expect(await token(bank, form(bank, '&audience=payments&scope=pay'))).toBeUndefined();
  });

  it('refuses a scope where its definition has none', async () => {
    await using simulated = await start(definitions['that knows no scopes']!);
    expect(await token(simulated.bank, form(simulated.bank, '&scope=any'))).toBe('invalid_scope');
  });

  it('lets a new token disable the former where its definition says so', async () => {
    await using simulated = await start(defineBank({ ...plain, id: 'acme-single', singleActiveToken: true }));
    const { banks, bank } = simulated;
    await using first = await application(options(banks, 'acme-single'), 'acme-single');
    await first.call();
    await using second = await application(options(banks, 'acme-single'), 'acme-single');
    await second.call();
    expect(bank.apiRefusals).toBe(0);
    await first.call();
    expect(bank).toMatchObject({ apiRefusals: 1, tokensIssued: 3 });
  });

  it('simulates faults on demand as built-in banks do', async () => {
    await using simulated = await start(acme);
    const { bank } = simulated;
    bank.failToken('rejected', 1);
    await using app = await application(options(simulated.banks, 'acme'), 'acme');
    await expect(app.call()).rejects.toMatchObject(rejected);
    bank.failApi('unavailable', 1);
    await using again = await application(options(simulated.banks, 'acme'), 'acme');
    await expect(again.call()).rejects.toMatchObject({ response: { status: 503 } });
    bank.setTokenResponse({ access_token: 'chosen' });
    bank.refuseAllTokens();
    await expect(again.call()).rejects.toMatchObject({ response: { status: 401 } });
    expect(bank.apiRefusals).toBe(2);
    const chosen = { headers: { authorization: 'Bearer chosen' } };
    expect((await send(`${bank.apiBaseUrl}/simulator/echo`, chosen)).status).toBe(401);
    bank.refuseAllTokens(false);
    expect((await send(`${bank.apiBaseUrl}/simulator/echo`, chosen)).status).toBe(200);
  });

  it("refuses requests and calls with another value than the merchant's", async () => {
    const definition = definitions['with values of each merchant']!;
    await using simulated = await start(definition, { credentials: { values: { account: 'acc-1' } } });
    const { bank } = simulated;
    expect(bank.credentials.values).toEqual({ account: 'acc-1', branch: expect.stringMatching(/^\w{16}$/) });
    await using app = await application(options(simulated.banks, 'acme-values'), 'acme-values');
    expect(await app.call()).toBe(200);
    expect(bank.lastApiRequest?.headers['x-account']).toBe('acc-1');
    expect(bank.lastTokenRequest?.body).toContain('account=acc-1');
    const { authorization = '' } = bank.lastApiRequest?.headers ?? {};
    const sent = { authorization, 'x-account': 'acc-2' };
    expect((await send(`${bank.apiBaseUrl}/simulator/echo`, { headers: sent })).status).toBe(401);
    const values = { ...bank.credentials.values, account: 'acc-2' };
    await using other = await application(options(simulated.banks, 'acme-values', { values }), 'acme-values');
    await expect(other.call()).rejects.toMatchObject(rejected);
  });

  it('refuses calls without the other headers of its definition', async () => {
    await using simulated = await start(definitions['with an API key in headers of its own']!);
    const { bank } = simulated;
    await using app = await application(options(simulated.banks, 'acme-key'), 'acme-key');
    await app.call();
    const { headers } = bank.lastApiRequest!;
    const status = async (sent: Record<string, string>) =>
      (await send(`${bank.apiBaseUrl}/simulator/echo`, { headers: sent })).status;
    const right = {
      'x-access-token': headers['x-access-token']!,
      'x-api-key': headers['x-api-key']!,
      'x-request': '1',
    };
    expect(await status(right)).toBe(200);
    expect(await status({ ...right, 'x-api-key': 'another' })).toBe(401);
    const { 'x-request': _, ...without } = right;
    expect(await status(without)).toBe(401);
    expect(await status({ ...right, 'x-access-token': 'another' })).toBe(401);
  });
});

describe('a simulated bank of a shape', () => {
  const ask = async (
    bank: SimulatedBank,
    { path = '', method = 'POST', ...init }: RequestInit & { path?: string },
  ) => (await send(`${bank.tokenUrl}${path}`, { method, ...init })).status;

  it('accepts credentials in the headers of its definition, once and nowhere else', async () => {
    await using simulated = await start(shapeDefinitions['of the shape header-bank.ts']!);
    const { bank } = simulated;
    const { clientId, clientSecret, apiKey = '' } = bank.credentials;
    const type = { 'content-type': 'application/x-www-form-urlencoded' };
    const headers = { ...type, client_id: clientId, client_secret: clientSecret };
    const key = { 'ocp-apim-subscription-key': apiKey };
    expect(await ask(bank, { headers: { ...headers, ...key } })).toBe(200);
    expect(await ask(bank, { headers })).toBe(401);
    expect(await ask(bank, { headers: { ...headers, ...key, client_secret: 'wrong' } })).toBe(401);
    const body = `client_id=${clientId}&client_secret=${clientSecret}`;
    expect(await ask(bank, { headers: { ...type, ...key }, body })).toBe(400);
    expect(await ask(bank, { headers: { ...headers, ...key }, path: '?a=1' })).toBe(400);
  });

  it('accepts parameters in the query of a GET, and no body', async () => {
    await using simulated = await start(shapeDefinitions['of the shape get-bank.ts']!);
    const { bank } = simulated;
    const { clientId, clientSecret } = bank.credentials;
    const pair = Buffer.from(`${clientId}:${clientSecret}`).toString('base64');
    const get = { method: 'GET', headers: { authorization: `Basic ${pair}` } };
    const path = '?grant_type=client_credentials';
    expect(await ask(bank, { ...get, path })).toBe(200);
    expect(await ask(bank, get)).toBe(400);
    expect(await ask(bank, { ...get, path: '?grant_type=password' })).toBe(400);
    expect(await ask(bank, { ...get, path: `${path}&grant_type=client_credentials` })).toBe(400);
    expect(await ask(bank, { ...get, path, method: 'POST' })).toBe(405);
    expect(
      await ask(bank, { ...get, path: `${path}&client_secret=${encodeURIComponent(clientSecret)}` }),
    ).toBe(400);
    expect(bank.lastTokenRequest).toMatchObject({ clientId, method: 'GET' });
  });

  it('requires the headers of one of the two environments, and no third', async () => {
    await using simulated = await start(shapeDefinitions['of the shape environment-bank.ts']!);
    const { bank, banks } = simulated;
    await using app = await application(options(banks, bank.id), bank.id);
    await app.call();
    const { authorization = '', ...sent } = bank.lastApiRequest!.headers;
    const key = { 'ocp-apim-subscription-key': sent['ocp-apim-subscription-key']! };
    const status = async (environment: string) =>
      (
        await send(`${bank.apiBaseUrl}/simulator/echo`, {
          headers: { authorization, ...key, 'x-target-environment': environment },
        })
      ).status;
    expect(sent['x-target-environment']).toBe('sandbox');
    expect(await Promise.all(['sandbox', 'production', 'staging'].map(status))).toEqual([200, 200, 401]);
  });

  it('requires no secret where its definition names none', async () => {
    await using simulated = await start(
      defineBank({
        ...plain,
        id: 'acme-keyed',
        clientAuthentication: { method: 'client_secret_header', names: { clientId: 'X-Client' } },
        tokenRequest: { headers: ({ apiKey = '' }) => ({ 'X-Key': apiKey }) },
        options: { apiKey: 'required' },
      }),
    );
    const { bank, banks } = simulated;
    await using app = await application(options(banks, bank.id), bank.id);
    expect(await app.call()).toBe(200);
    expect(banks.env()).not.toHaveProperty('ACME_KEYED_CLIENT_SECRET');
    await using wrong = await application(options(banks, bank.id, { apiKey: 'wrong' }), bank.id);
    await expect(wrong.call()).rejects.toMatchObject(rejected);
  });

  it('states an instant, and leaves out members that its definition does not need', async () => {
    await using simulated = await start(shapeDefinitions['of the shape instant-bank.ts']!);
    const { clientId, clientSecret } = simulated.bank.credentials;
    const { body } = await send(simulated.bank.tokenUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-client-id': clientId, 'x-api-key': clientSecret },
      body: '{}',
    });
    expect(Object.keys(body).sort()).toEqual(['expires_at', 'token']);
    expect(Math.round((Date.parse(String(body.expires_at)) - Date.now()) / 60_000)).toBe(60);
  });

  it.each([
    ['epoch-seconds', 1_000],
    ['epoch-milliseconds', 1],
  ] as const)(
    'states an instant as %s beside expires_in where its definition says both',
    async (expiresAt, unit) => {
      await using simulated = await start(
        defineBank({
          ...plain,
          id: 'acme-both',
          tokenResponse: { expiresIn: 'seconds', expiresAt, members: { expiresAt: ['life', 'ends'] } },
        }),
        { answers: { token: { life: { began: 1 } } } },
      );
      const { bank } = simulated;
      const { clientId, clientSecret } = bank.credentials;
      const { body } = await send(bank.tokenUrl, {
        method: 'POST',
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`,
        },
        body: 'grant_type=client_credentials',
      });
      expect(body).toMatchObject({ expires_in: 3600, life: { began: 1 } });
      const { ends } = body.life as { ends: number };
      expect(Math.round((ends * unit - Date.now()) / 60_000)).toBe(60);
    },
  );

  it('refuses a token with the status in its definition, as far as that is visible', async () => {
    const forbidding = { rejectsTokenOn: [403], rejectsToken: () => true };
    await using simulated = await start(defineBank({ ...plain, id: 'acme-403', ...forbidding }));
    const { bank, banks } = simulated;
    expect((await send(`${bank.apiBaseUrl}/simulator/echo`)).status).toBe(403);
    await using app = await application(options(banks, bank.id), bank.id);
    await app.call();
    bank.revoke();
    expect(await app.call()).toBe(200);
    expect(bank).toMatchObject({ tokensIssued: 2, apiRefusals: 2 });
  });

  it('puts overridden members inside others', async () => {
    await using simulated = await start(shapeDefinitions['of the shape nested-bank.ts']!);
    const { bank, banks } = simulated;
    bank.setTokenResponse({ responseBody: { accessToken: 'chosen', expiresIn: 60 } });
    await using app = await application(options(banks, bank.id), bank.id);
    expect(await app.call()).toBe(200);
    expect(await app.tokens.getAccessToken()).toBe('chosen');
  });
});

describe('a fact that a definition leaves open', () => {
  const acme = definitions['that asks by Basic']!;
  const enveloped = defineBank({
    ...plain,
    id: 'acme-envelope',
    tokenResponse: { errorCode: ({ result }) => (result === 'OK' ? undefined : 'failed') },
    rejectsToken: ({ body }) => body?.result === 'TOKEN',
    rejectsTokenOn: [401, 403],
  });

  it('is stated by answers', async () => {
    await using simulated = await start(enveloped, {
      answers: { token: { result: 'OK' }, tokenRefused: { status: 403, body: { result: 'TOKEN' } } },
    });
    await using app = await application(options(simulated.banks, 'acme-envelope'), 'acme-envelope');
    await app.call();
    simulated.bank.revoke();
    expect(await app.call()).toBe(200);
    expect(simulated.bank).toMatchObject({ tokensIssued: 2, apiRefusals: 1 });
  });

  it('is stated by answers, also the answer to wrong credentials', async () => {
    const flagModule = evaluate(shapes.get('flag-bank.ts')!, { 'nestjs-bank-auth': library });
    const { startFlagBank } = evaluate(shapes.get('flag-bank.simulator.ts')!, {
      'nestjs-bank-auth/testing': testing,
      './flag-bank.js': flagModule,
    });
    await using banks: BankSimulator = await startFlagBank();
    const bank = banks.bank('flag-bank');
    await using app = await application(options(banks, 'flag-bank'), 'flag-bank');
    expect(await app.call()).toBe(200);
    await using wrong = await application(
      options(banks, 'flag-bank', { clientSecret: 'wrong' }),
      'flag-bank',
    );
    await expect(wrong.call()).rejects.toMatchObject({ ...rejected, status: 200 });
    expect(bank.tokenRejections).toBe(1);
    await expect(BankSimulator.start(flagModule.flagBank)).rejects.toThrow(/errorCode .* answers\.token /);
  });

  it('is an error where the definition does not read the answer to wrong credentials as one', async () => {
    const answers = { credentialsRejected: { status: 400, body: { error: 'no_such_client' } } };
    await expect(BankSimulator.start({ bank: acme, answers })).rejects.toThrow(
      'does not take answers.credentialsRejected for an answer to wrong credentials',
    );
    await using banks = await BankSimulator.start({
      bank: acme,
      answers: { credentialsRejected: { status: 400, body: { error: 'unauthorized_client' } } },
    });
    expect(banks.bank('acme').tokenRejections).toBe(0);
  });

  it.each<[string, unknown, RegExp]>([
    [
      'no status for rejected credentials',
      { credentialsRejected: {} },
      /credentialsRejected must have a status/,
    ],
    ['a member that it has not', { tokenRefussed: { status: 401 } }, /no member 'tokenRefussed'/],
    ['no object', null, /must be an object of token, tokenRefused and credentialsRejected/],
    ['a string for a status', { tokenRefused: { status: '401' } }, /whole number from 200 to 599/],
    ['no status', { tokenRefused: null }, /whole number from 200 to 599/],
    ['a string for a token', { token: 'abc' }, /answers\.token must be an object/],
  ])('is not stated by answers with %s', async (_what, answers, message) => {
    const refusal = await BankSimulator.start({ bank: acme, answers } as never).catch(String);
    expect(refusal).toMatch(message);
  });

  it('is an error that lists all missing facts', async () => {
    const refusal = await BankSimulator.start(enveloped).catch(String);
    expect(refusal).toMatch(/cannot be the bank 'acme-envelope'/);
    expect(refusal).toMatch(/errorCode .* answers\.token /);
    expect(refusal).toMatch(/the answer to a wrong token .* answers\.tokenRefused/);
  });

  it.each<[string, Partial<BankDefinition>, RegExp]>([
    [
      'a client certificate as proof',
      { clientAuthentication: { method: 'tls_client_auth' } },
      /cannot check clientAuthentication 'tls_client_auth'/,
    ],
    [
      'a client certificate besides a secret',
      { options: { tlsCertificate: 'required' } },
      /cannot check a TLS client certificate/,
    ],
    [
      'headers that do not show the token',
      { headers: ({ value }) => ({ 'X-Sum': String(value.length), 'X-Now': `${performance.now()}` }) },
      /headers shows the token in no header/,
    ],
    [
      'functions that throw',
      {
        headers: () => {
          throw new Error('no vault');
        },
        tokenRequest: {
          headers: () => {
            throw new Error('no mood');
          },
        },
      },
      /tokenRequest\.headers throws: Error: no mood; headers throws: Error: no vault/,
    ],
    [
      'a refusal with a status for which nobody is asked',
      { rejectsToken: () => false },
      /the answer to a wrong token/,
    ],
  ])('cannot be served with %s, and the start says why', async (_what, more, message) => {
    const definition = { ...plain, id: 'acme-odd', ...more };
    await expect(BankSimulator.start(definition)).rejects.toThrow(message);
  });

  it('cannot be served with a token response that is a function', async () => {
    const definition = { ...plain, id: 'acme-odd', tokenResponse: () => ({}) };
    await expect(BankSimulator.start(definition as never)).rejects.toThrow('tokenResponse must be an object');
  });

  it('is not required of a built-in bank', async () => {
    const settings = { bank: 'partner', answers: {} } as const;
    await expect(BankSimulator.start(settings)).rejects.toThrow('answers as its page says');
  });
});

describe('the page about testing', () => {
  const code = namedBlocks(readPage('testing.md')).get('acme-bank.ts')!;

  it('has an example of a bank of your own that works', async () => {
    const packages = { 'nestjs-bank-auth': library, 'nestjs-bank-auth/testing': testing };
    const { startAcme, startAnotherAcme } = evaluate(code, packages);
    await using banks: BankSimulator = await startAcme();
    await using other: BankSimulator = await startAnotherAcme(await unusedPort());
    for (const each of [banks, other]) {
      await using app = await application(options(each, 'acme'), 'acme');
      expect(await app.call()).toBe(200);
    }
    const { origin, credentials } = other.bank('acme');
    expect([credentials.clientId, credentials.clientSecret]).toEqual(['shop', 'a-secret']);
    expect(await send(`${origin}/v2/simulator/echo`)).toMatchObject({
      status: 401,
      body: { result: 'TOKEN' },
    });
  });
});
