import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { ConfigService } from '@nestjs/config';
import { Test } from '@nestjs/testing';
import {
  type AccessToken,
  type BankAuthError,
  BankAuthModule,
  bankAuthFromEnv,
  getTokenServiceToken,
  isBankAuthError,
  type TokenService,
} from 'nestjs-bank-auth';
import { firstValueFrom, toArray } from 'rxjs';
import {
  BankSimulator,
  type SimulatedBank,
  type SimulatedBankId,
  type SimulatedCredentials,
} from '../../src/testing/index.js';
import { closeApps, rejection, startApp } from '../support/bank-app.js';
import { simulatedBeyond } from '../support/beyond-banks.js';
import { leaks, secretsOf } from '../support/secret-scan.js';
import { until } from '../support/until.js';

const HOUR = 3_600_000;

type BeyondId = (typeof simulatedBeyond)[number]['id'];

/** What each bank's page prescribes, and what its documented answer means. Lifetimes in milliseconds. */
const banks: Record<
  SimulatedBankId | BeyondId,
  {
    readonly path: string;
    readonly authorization: 'basic' | 'none';
    readonly contentType: 'application/x-www-form-urlencoded' | 'application/json' | undefined;
    readonly body: (credentials: { clientId: string; clientSecret: string }) => Record<string, string>;
    readonly lifetime: number;
    readonly rejectedStatus: number;
    readonly apikey?: true;
    /** What a token request bears besides. */
    readonly tokenHeaders?: (credentials: SimulatedCredentials) => Record<string, string>;
    /** What a call bears besides its token. */
    readonly callHeaders?: (credentials: SimulatedCredentials) => Record<string, string>;
    /** The method where it is not POST. */
    readonly method?: 'GET';
    /** Each new token ends the former, so that none is renewed ahead. */
    readonly oneToken?: true;
  }
> = {
  'bog-payments': {
    path: '/auth/realms/bog/protocol/openid-connect/token',
    authorization: 'basic',
    contentType: 'application/x-www-form-urlencoded',
    body: () => ({ grant_type: 'client_credentials' }),
    lifetime: HOUR,
    rejectedStatus: 401,
  },
  'tbc-business': {
    path: '/oauth/token',
    authorization: 'basic',
    contentType: 'application/x-www-form-urlencoded',
    body: () => ({ grant_type: 'client_credentials', scope: 'bab_accounts bab_transfers' }),
    lifetime: HOUR,
    rejectedStatus: 401,
  },
  'tbc-installments': {
    path: '/oauth/token',
    authorization: 'basic',
    contentType: 'application/x-www-form-urlencoded',
    body: () => ({ grant_type: 'client_credentials', scope: 'online_installments' }),
    // 7775999, in milliseconds as the page says.
    lifetime: 7_775_999,
    rejectedStatus: 401,
  },
  'tbc-tpay': {
    path: '/v2/tpay/access-token',
    authorization: 'none',
    contentType: 'application/x-www-form-urlencoded',
    body: ({ clientId, clientSecret }) => ({ client_id: clientId, client_secret: clientSecret }),
    lifetime: 24 * HOUR,
    rejectedStatus: 400,
    apikey: true,
  },
  partner: {
    path: '/api/oauth/token',
    authorization: 'none',
    contentType: 'application/json',
    body: ({ clientId, clientSecret }) => ({
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: clientSecret,
    }),
    lifetime: HOUR,
    rejectedStatus: 401,
  },
  'tbc-checkout': {
    path: '/v1/tpay/access-token',
    authorization: 'none',
    contentType: 'application/x-www-form-urlencoded',
    body: ({ clientId, clientSecret }) => ({ client_id: clientId, client_secret: clientSecret }),
    lifetime: 24 * HOUR,
    rejectedStatus: 400,
    apikey: true,
  },
  'bog-business': {
    path: '/auth/realms/bog/protocol/openid-connect/token',
    authorization: 'basic',
    contentType: 'application/x-www-form-urlencoded',
    body: () => ({ grant_type: 'client_credentials' }),
    lifetime: HOUR / 2,
    rejectedStatus: 401,
  },
  'bog-installments': {
    path: '/v1/oauth2/token',
    authorization: 'basic',
    contentType: 'application/x-www-form-urlencoded',
    body: () => ({ grant_type: 'client_credentials' }),
    lifetime: HOUR,
    rejectedStatus: 401,
  },
  'bog-ipay': {
    path: '/opay/api/v1/oauth2/token',
    authorization: 'basic',
    contentType: 'application/x-www-form-urlencoded',
    body: () => ({ grant_type: 'client_credentials' }),
    lifetime: HOUR,
    rejectedStatus: 401,
  },
  unipay: {
    path: '/v3/auth',
    authorization: 'none',
    contentType: 'application/json',
    body: ({ clientId, clientSecret }) => ({ merchant_id: clientId, api_key: clientSecret }),
    lifetime: HOUR / 2,
    rejectedStatus: 401,
  },
  'mpesa-daraja': {
    path: '/oauth/v1/generate?grant_type=client_credentials',
    authorization: 'basic',
    method: 'GET',
    contentType: undefined,
    body: () => ({}),
    lifetime: HOUR,
    rejectedStatus: 401,
    oneToken: true,
  },
  'vipps-mobilepay': {
    path: '/accesstoken/get',
    authorization: 'none',
    contentType: 'application/x-www-form-urlencoded',
    body: () => ({}),
    tokenHeaders: (credentials) => ({
      client_id: credentials.clientId,
      client_secret: credentials.clientSecret,
      ...salesUnit(credentials),
    }),
    callHeaders: salesUnit,
    lifetime: HOUR,
    rejectedStatus: 401,
  },
  airwallex: {
    path: '/api/v1/authentication/login',
    authorization: 'none',
    contentType: 'application/x-www-form-urlencoded',
    body: () => ({}),
    tokenHeaders: ({ clientId, clientSecret, values }) => ({
      'x-client-id': clientId,
      'x-api-key': clientSecret,
      'x-login-as': values!.loginAs!,
    }),
    lifetime: HOUR,
    rejectedStatus: 401,
  },
  'mtn-momo': {
    path: '/collection/token/',
    authorization: 'basic',
    contentType: 'application/x-www-form-urlencoded',
    body: () => ({}),
    tokenHeaders: ({ apiKey }) => ({ 'ocp-apim-subscription-key': apiKey! }),
    callHeaders: ({ apiKey }) => ({
      'ocp-apim-subscription-key': apiKey!,
      'x-target-environment': 'sandbox',
    }),
    lifetime: HOUR,
    rejectedStatus: 401,
  },
  paypal: {
    path: '/v1/oauth2/token',
    authorization: 'basic',
    contentType: 'application/x-www-form-urlencoded',
    body: () => ({ grant_type: 'client_credentials' }),
    lifetime: HOUR,
    rejectedStatus: 401,
  },
};

function salesUnit({ apiKey, values }: SimulatedCredentials): Record<string, string> {
  return {
    'ocp-apim-subscription-key': apiKey!,
    'merchant-serial-number': values!.merchantSerialNumber!,
  };
}

let simulator: BankSimulator;
let beyond: BankSimulator;
beforeAll(async () => {
  simulator = await BankSimulator.start();
  beyond = await BankSimulator.start(...simulatedBeyond);
});
afterAll(() => Promise.all([simulator.stop(), beyond.stop()]));
beforeEach(() => {
  simulator.reset();
  beyond.reset();
});
afterEach(closeApps);

describe.each(Object.keys(banks) as (SimulatedBankId | BeyondId)[])('%s', (id) => {
  const page = banks[id];
  // What is one for a crowd is one at every bank, and crowds take their time: most banks see a small one.
  const isCrowded = id === 'bog-payments';
  const callers = isCrowded ? 1_000 : 100;
  const calls = isCrowded ? 500 : 20;
  const bankOf = (): SimulatedBank =>
    simulatedBeyond.some((bank) => bank.id === id) ? beyond.bank(id) : simulator.bank(id);

  test('gets the token request of its page, and nothing else', async () => {
    const bank = bankOf();
    const { tokens } = await startApp(bank);
    await tokens.getAccessToken();

    const request = bank.lastTokenRequest;
    if (request === undefined) throw new Error('no token request');
    const { clientId, clientSecret, apiKey } = bank.credentials;
    expect(request.method).toBe(page.method ?? 'POST');
    expect(request.path).toBe(page.path);
    expect(request.headers['content-type']).toBe(page.contentType);
    expect(request.headers.accept).toBe('application/json');
    expect(request.headers.authorization).toBe(
      page.authorization === 'basic'
        ? `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`
        : undefined,
    );
    expect(request.headers.apikey).toBe(page.apikey ? apiKey : undefined);
    expect(request.headers).toMatchObject(page.tokenHeaders?.(bank.credentials) ?? {});
    const body =
      page.contentType === 'application/json'
        ? JSON.parse(request.body)
        : Object.fromEntries(new URLSearchParams(request.body));
    expect(body).toEqual(page.body(bank.credentials));
    expect(request.status).toBe(200);
  });

  test('has its lifetime read in its own unit', async () => {
    const { tokens } = await startApp(bankOf());
    const token = await firstValueFrom(tokens.getToken());
    const lifetime = token.expiresAt - token.issuedAt;
    // The claims of a JWT and an epoch count from the bank's clock, a moment later than ours.
    expect(lifetime).toBeGreaterThan(page.lifetime - 1_000);
    expect(lifetime).toBeLessThanOrEqual(page.lifetime + 1_000);
  });

  test('starts from environment variables alone', async () => {
    const definition = simulatedBeyond.find((bank) => bank.id === id);
    const variables: Record<string, string> = (definition ? beyond : simulator).env(id as never);
    const fromEnv = bankAuthFromEnv(definition ?? id);
    const config = { get: (name: string) => variables[name] } as ConfigService;
    const module = await Test.createTestingModule({
      imports: [
        BankAuthModule.forRootAsync({ ...fromEnv, inject: [], useFactory: () => fromEnv.useFactory(config) }),
      ],
    }).compile();
    await module.init();
    const tokens: TokenService = module.get(getTokenServiceToken(id));
    await tokens.getAccessToken();
    await module.close();
    expect(bankOf().tokenRequests).toBe(1);
  });

  test(`gets one request for ${callers} concurrent callers`, async () => {
    const bank = bankOf();
    const { tokens } = await startApp(bank);
    const values = await Promise.all(Array.from({ length: callers }, () => tokens.getAccessToken()));
    expect(new Set(values).size).toBe(1);
    expect(bank.tokenRequests).toBe(1);
  });

  test('has its cached token served without another request', async () => {
    const bank = bankOf();
    const { tokens, clock } = await startApp(bank);
    const first = await tokens.getAccessToken();
    await clock.advance(page.lifetime / 2);
    expect(await tokens.getAccessToken()).toBe(first);
    expect(await firstValueFrom(tokens.getToken())).toHaveProperty('value', first);
    expect(bank.tokenRequests).toBe(1);
  });

  if (!page.oneToken) {
    test('has its token renewed ahead of expiry, in the background of a caller that is served at once', async () => {
      const bank = bankOf();
      const { tokens, clock } = await startApp(bank);
      const first = await firstValueFrom(tokens.getToken());
      await clock.advance((tokens.status.refreshAt ?? 0) - first.issuedAt + 1);
      expect(tokens.status.state).toBe('stale');
      expect(await tokens.getAccessToken()).toBe(first.value);
      await until(() => tokens.status.state === 'fresh', 'the renewal');
      expect(await tokens.getAccessToken()).not.toBe(first.value);
      expect(bank.tokenRequests).toBe(2);
    });

    test('has its old token served during an outage of the token endpoint, as long as it is valid', async () => {
      const bank = bankOf();
      const { tokens, clock } = await startApp(bank, { retry: { attempts: 1 } });
      const first = await firstValueFrom(tokens.getToken());
      bank.failToken('unavailable');
      await clock.advance((tokens.status.refreshAt ?? 0) - first.issuedAt + 1);
      for (let call = 0; call < 20; call++) expect(await tokens.getAccessToken()).toBe(first.value);
      await until(() => tokens.status.failures === 1, 'a failed renewal');
      bank.recover();
      await clock.advance(5_000);
      expect(await tokens.getAccessToken()).toBe(first.value);
      await until(() => tokens.status.state === 'fresh', 'the renewal after the outage');
      expect(tokens.status.failures).toBe(0);
    });
  }

  test('understands the error for wrong credentials, and does not hammer the bank with them', async () => {
    const bank = bankOf();
    const app = await startApp(bank, { provider: { clientSecret: 'not-the-secret' } });
    const errors = await Promise.all(
      Array.from({ length: 50 }, () => rejection(app.tokens.getAccessToken())),
    );
    for (let call = 0; call < 50; call++) errors.push(await rejection(app.tokens.getAccessToken()));
    for (const error of errors as BankAuthError[]) {
      expect(isBankAuthError(error, 'BANK_AUTH_CREDENTIALS_REJECTED')).toBe(true);
      expect(error).toMatchObject({
        provider: id,
        merchant: 'default',
        status: page.rejectedStatus,
        retryable: false,
        requestSent: false,
      });
      expect(error.retryAfterMs).toBeGreaterThan(0);
    }
    expect(bank.tokenRequests).toBe(1);
    expect(bank.tokenRejections).toBe(1);
  });

  test('has an outage distinguished from a rejection, retried, and then waited out', async () => {
    const bank = bankOf();
    const { tokens } = await startApp(bank, { retry: { attempts: 1 } });
    bank.failToken('unavailable');
    const error = await rejection(tokens.getAccessToken());
    expect(isBankAuthError(error, 'BANK_AUTH_UNAVAILABLE')).toBe(true);
    expect(error).toMatchObject({ provider: id, status: 503, retryable: true, requestSent: false });
    await rejection(tokens.getAccessToken());
    expect(bank.tokenRequests).toBe(1);
    expect(tokens.status).toMatchObject({
      state: 'cooling-down',
      failures: 1,
      lastErrorCode: 'BANK_AUTH_UNAVAILABLE',
    });
  });

  test('gets resource calls with everything it requires', async () => {
    const bank = bankOf();
    const { http, tokens } = await startApp(bank);
    const { data, status } = await firstValueFrom(
      http.post('/simulator/echo', { amount: 1 }, { params: { a: 'b' } }),
    );
    expect(status).toBe(200);
    expect(data).toMatchObject({ method: 'POST', query: { a: 'b' } });
    expect(bank.lastApiRequest?.headers.authorization).toBe(`Bearer ${await tokens.getAccessToken()}`);
    expect(bank.lastApiRequest?.headers.apikey).toBe(page.apikey ? bank.credentials.apiKey : undefined);
    expect(bank.lastApiRequest?.headers).toMatchObject(page.callHeaders?.(bank.credentials) ?? {});
    expect(bank.apiRefusals).toBe(0);
  });

  test(`has a revoked token replaced once, for ${calls} concurrent calls`, async () => {
    const bank = bankOf();
    const { http, tokens } = await startApp(bank);
    await tokens.getAccessToken();
    bank.revoke();
    const answers = await Promise.all(
      Array.from({ length: calls }, () => firstValueFrom(http.get('/simulator/echo'))),
    );
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(bank.tokenRequests).toBe(2);
  });

  test('has a revoked token replaced once, for late refusals', async () => {
    const bank = bankOf();
    const { http } = await startApp(bank);
    await firstValueFrom(http.get('/simulator/echo'));
    bank.revoke();
    const send = () => Array.from({ length: 10 }, () => firstValueFrom(http.get('/simulator/echo')));
    // The slow half has arrived with the revoked token, and is refused when there is a new one.
    bank.setLatency({ api: 300 });
    const arrived = bank.apiRequests;
    const late = send();
    await until(() => bank.apiRequests === arrived + late.length);
    bank.setLatency({ api: 0 });
    await Promise.all(send());
    await Promise.all(late);
    expect(bank.tokenRequests).toBe(2);
  });

  test('sells no token per call where it refuses every token', async () => {
    const bank = bankOf();
    const { http } = await startApp(bank);
    await firstValueFrom(http.get('/simulator/echo'));
    bank.refuseAllTokens();
    const before = bank.apiRequests;
    const first = await rejection(firstValueFrom(http.get('/simulator/echo')));
    expect(first.response.status).toBe(401);
    expect(bank.apiRequests - before).toBe(2);
    for (let call = 0; call < 20; call++) await rejection(firstValueFrom(http.get('/simulator/echo')));
    expect(bank.tokenRequests).toBe(2);
  });

  test('keeps its token in use after a 403', async () => {
    const bank = bankOf();
    const { http } = await startApp(bank);
    const error = await rejection(firstValueFrom(http.get('/simulator/echo?status=403')));
    expect(error.response.status).toBe(403);
    expect(bank.tokenRequests).toBe(1);
    expect(bank.apiRequests).toBe(1);
  });

  test('gets no request where there is no token', async () => {
    const bank = bankOf();
    const { http } = await startApp(bank, { retry: { attempts: 1 } });
    bank.failToken('unavailable');
    const error = await rejection(firstValueFrom(http.post('/simulator/echo', {})));
    expect(isBankAuthError(error, 'BANK_AUTH_UNAVAILABLE')).toBe(true);
    expect(error.requestSent).toBe(false);
    expect(bank.apiRequests).toBe(0);
  });

  test('has its token emitted on token$ from renewal to renewal', async () => {
    const bank = bankOf();
    const { tokens, clock, close } = await startApp(bank);
    const seen: AccessToken[] = [];
    const all = firstValueFrom(tokens.token$.pipe(toArray()));
    tokens.token$.subscribe((token) => seen.push(token));
    await until(() => seen.length === 1, 'the first token');
    for (let renewals = 1; renewals <= 3; renewals++) {
      await clock.advance((tokens.status.refreshAt ?? 0) - clock.wall() + 1);
      await until(() => seen.length === renewals + 1, 'a renewal');
    }
    expect(new Set(seen.map(({ value }) => value)).size).toBe(4);
    expect(bank.tokenRequests).toBe(4);
    await close();
    expect(await all).toHaveLength(4);
  });

  test('has no secret shown in errors and results', async () => {
    const bank = bankOf();
    const app = await startApp(bank, { retry: { attempts: 1 } });
    const token = await app.tokens.getAccessToken();
    const secrets = secretsOf(bank.credentials, token);
    const values: unknown[] = [
      app.tokens,
      app.tokens.status,
      app.interceptor,
      await firstValueFrom(app.tokens.getToken()),
    ];
    values.push(await firstValueFrom(app.http.post('/simulator/echo', { a: 1 })));
    values.push(await firstValueFrom(app.http.get('/simulator/echo', { responseType: 'arraybuffer' })));
    for (const status of [400, 403, 404, 500, 503]) {
      values.push(await rejection(firstValueFrom(app.http.get(`/simulator/echo?status=${status}`))));
    }
    bank.failApi({ reset: true }, 1);
    values.push(await rejection(firstValueFrom(app.http.get('/simulator/echo'))));
    bank.failApi({ redirectTo: 'https://elsewhere.example/' }, 1);
    values.push(await rejection(firstValueFrom(app.http.get('/simulator/echo'))));
    bank.setLatency({ api: 200 });
    values.push(await rejection(firstValueFrom(app.http.get('/simulator/echo', { timeout: 20 }))));
    bank.setLatency({ api: 0 });
    bank.failToken('rejected');
    app.tokens.invalidate(token);
    values.push(await rejection(app.tokens.getAccessToken()));
    values.push(await rejection(firstValueFrom(app.http.get('/simulator/echo'))));
    // The value and the headers are what a token is for; everything else must not show them.
    const found = values.flatMap((value) =>
      leaks(value, secrets).filter((leak) => !(leak.startsWith('properties') && value === values[3])),
    );
    expect(found).toEqual([]);
  });
});
