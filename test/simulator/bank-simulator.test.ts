import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { BankSimulator, type SimulatedBankId } from '../../src/testing/simulator/index.js';
import {
  allIds,
  askToken,
  authorised,
  bearing,
  claims,
  client,
  echo,
  post,
  send,
} from '../support/simulator-client.js';

let simulator: BankSimulator;
beforeAll(async () => {
  simulator = await BankSimulator.start();
});
beforeEach(() => simulator.reset());
afterAll(() => simulator.stop());

describe('a BankSimulator that starts', () => {
  it('starts every bank on an origin of its own', () => {
    expect(simulator.banks.map((bank) => bank.id)).toEqual(allIds);
    expect(new Set(simulator.banks.map((bank) => bank.origin)).size).toBe(allIds.length);
    for (const bank of simulator.banks) {
      expect(bank.origin).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
      expect(bank.tokenUrl.startsWith(`${bank.origin}/`)).toBe(true);
      expect(bank.apiBaseUrl.startsWith(bank.origin)).toBe(true);
    }
  });

  it('starts only the named banks, each once, and lists the banks for an unknown name', async () => {
    await using own = await BankSimulator.start('partner', 'bog-ipay', 'partner');
    expect(own.banks.map((bank) => bank.id)).toEqual(['partner', 'bog-ipay']);
    expect(() => own.bank('tbc-tpay' as 'partner')).toThrow(
      "'tbc-tpay' was not started. Started: partner, bog-ipay.",
    );
    expect(() => own.options('tbc-tpay' as 'partner')).toThrow('was not started');
    await expect(BankSimulator.start('acme' as SimulatedBankId)).rejects.toThrow("no simulated bank 'acme'");
  });

  it('has new credentials for each start', async () => {
    await using own = await BankSimulator.start('bog-payments');
    expect(own.bank('bog-payments').credentials).not.toEqual(simulator.bank('bog-payments').credentials);
  });
});

describe('the configuration of a BankSimulator', () => {
  it('gives options for the module', () => {
    const bank = simulator.bank('tbc-tpay');
    expect(simulator.options('tbc-tpay')).toEqual({
      environment: 'sandbox',
      providers: {
        'tbc-tpay': { ...bank.credentials, tokenUrl: bank.tokenUrl, apiBaseUrl: bank.apiBaseUrl },
      },
    });
    expect(Object.keys(simulator.options().providers)).toEqual(allIds);
  });

  it('gives scopes where the client must choose, and an apikey where the bank requires it', () => {
    const having = (member: string) =>
      simulator.banks.filter((bank) => member in bank.providerOptions()).map((bank) => bank.id);
    expect(having('scopes')).toEqual(['tbc-business']);
    expect(having('apiKey')).toEqual(['tbc-tpay', 'tbc-checkout']);
    expect(simulator.bank('tbc-installments').scopes).toEqual(['online_installments']);
    expect(simulator.bank('bog-payments').scopes).toBeUndefined();
  });

  it('gives the same as environment variables', () => {
    const [tpay, business] = [simulator.bank('tbc-tpay'), simulator.bank('tbc-business')];
    expect(simulator.env('tbc-tpay', 'tbc-business')).toEqual({
      BANK_AUTH_ENVIRONMENT: 'sandbox',
      TBC_TPAY_CLIENT_ID: tpay.credentials.clientId,
      TBC_TPAY_CLIENT_SECRET: tpay.credentials.clientSecret,
      TBC_TPAY_API_KEY: tpay.credentials.apiKey,
      TBC_TPAY_TOKEN_URL: tpay.tokenUrl,
      TBC_TPAY_API_BASE_URL: tpay.apiBaseUrl,
      TBC_BUSINESS_CLIENT_ID: business.credentials.clientId,
      TBC_BUSINESS_CLIENT_SECRET: business.credentials.clientSecret,
      TBC_BUSINESS_SCOPES: 'bab_accounts bab_transfers',
      TBC_BUSINESS_TOKEN_URL: business.tokenUrl,
      TBC_BUSINESS_API_BASE_URL: business.apiBaseUrl,
    });
  });
});

describe('the lifetime of a simulated token', () => {
  it('ends as stated, at every bank', async () => {
    const held = await Promise.all(
      simulator.banks.map(async (bank) => {
        bank.setLifetime(60_000);
        return { bank, headers: await authorised(bank) };
      }),
    );
    const statuses = () =>
      Promise.all(held.map(async ({ bank, headers }) => (await echo(bank, headers)).status));
    expect(await statuses()).toEqual(allIds.map(() => 200));
    const now = Date.now();
    const clock = jest.spyOn(Date, 'now').mockImplementation(() => now + 60_001);
    expect(await statuses()).toEqual(allIds.map(() => 401));
    clock.mockRestore();
    expect(simulator.banks.map((bank) => bank.apiRefusals)).toEqual(allIds.map(() => 1));
  });

  it('is stated in the unit of each bank, and in the claims', async () => {
    const stated = async (id: SimulatedBankId) => {
      simulator.bank(id).setLifetime(1500);
      return (await askToken(simulator.bank(id))).body;
    };
    const tpay = await stated('tbc-tpay');
    expect(tpay.expires_in).toBe(1.5);
    expect(claims(tpay.access_token).exp - claims(tpay.access_token).nbf).toBe(1.5);
    expect((await stated('tbc-installments')).expires_in).toBe(1500);
    expect((await stated('tbc-business')).expires_in).toBe(1.5);
    const before = Date.now();
    const { expires_in: instant } = await stated('bog-ipay');
    expect(instant).toBeGreaterThanOrEqual(before + 1500);
    expect(instant).toBeLessThanOrEqual(Date.now() + 1500);
    const partner = await stated('partner');
    const { iat, exp } = claims(partner.access_token);
    expect(exp - iat).toBeCloseTo(1.494, 2);
  });

  it('must be positive', () => {
    for (const wrong of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => simulator.bank('partner').setLifetime(wrong)).toThrow(RangeError);
    }
  });
});

describe('the controls of a simulated bank', () => {
  it('put members over the token response, and remove them', async () => {
    const bank = simulator.bank('bog-payments');
    bank.setTokenResponse({ expires_in: 1_634_719_923_245, token_type: undefined, extra: { a: 1 } });
    const { body } = await askToken(bank);
    expect(body).toMatchObject({ expires_in: 1_634_719_923_245, extra: { a: 1 } });
    expect(body).not.toHaveProperty('token_type');
    expect((await echo(bank, bearing(bank, body.access_token))).status).toBe(200);
  });

  it('issue the token that the response is told to name', async () => {
    const bank = simulator.bank('bog-payments');
    bank.setTokenResponse({ access_token: 'chosen' });
    await askToken(bank);
    expect((await echo(bank, bearing(bank, 'chosen'))).status).toBe(200);
    bank.setTokenResponse({ access_token: 7 });
    expect((await askToken(bank)).body.access_token).toBe(7);
  });

  it('revoke one token or all', async () => {
    const bank = simulator.bank('partner');
    const [first, second] = [await authorised(bank), await authorised(bank)];
    bank.revoke(first.authorization!.slice('Bearer '.length));
    expect((await echo(bank, first)).status).toBe(401);
    expect((await echo(bank, second)).status).toBe(200);
    bank.revoke();
    expect((await echo(bank, second)).status).toBe(401);
  });

  it.each(allIds)('refuse all tokens for as long as told: %s', async (id) => {
    const bank = simulator.bank(id);
    const headers = await authorised(bank);
    bank.refuseAllTokens();
    expect((await echo(bank, headers)).status).toBe(401);
    expect((await echo(bank, await authorised(bank))).status).toBe(401);
    bank.refuseAllTokens(false);
    expect((await echo(bank, headers)).status).toBe(200);
    expect(bank.apiRefusals).toBe(2);
  });

  it.each(allIds)('rotate credentials: the old are refused, their tokens live on: %s', async (id) => {
    const bank = simulator.bank(id);
    const old = bank.credentials;
    const headers = await authorised(bank);
    const fresh = bank.rotateCredentials();
    expect(fresh).toEqual(bank.credentials);
    expect(fresh.clientSecret).not.toBe(old.clientSecret);
    const refused = await askToken(client(bank, old));
    expect(refused.status).toBeGreaterThanOrEqual(400);
    expect(bank.tokenRejections).toBe(1);
    expect((await echo(bank, headers)).status).toBe(200);
    const renewed = await authorised(bank);
    expect((await echo(bank, renewed)).status).toBe(200);
    if (old.apiKey) expect((await echo(bank, { ...renewed, apikey: old.apiKey })).status).toBe(401);
  });

  it('do not let credentials be changed from outside', () => {
    const bank = simulator.bank('partner');
    bank.credentials.clientId = 'mine';
    expect(bank.credentials.clientId).not.toBe('mine');
  });
});

describe('the record of a simulated bank', () => {
  it('counts and lists requests in order, with the answers', async () => {
    const bank = simulator.bank('partner');
    const before = Date.now();
    const headers = await authorised(bank);
    await post(`${bank.apiBaseUrl}/simulator/echo?status=201`, headers, { a: 1 });
    await send(`${bank.apiBaseUrl}/nowhere`);
    expect(bank.requests.map(({ kind, method, path, status }) => [kind, method, path, status])).toEqual([
      ['token', 'POST', '/api/oauth/token', 200],
      ['api', 'POST', '/simulator/echo?status=201', 201],
      ['api', 'GET', '/nowhere', 401],
    ]);
    const [first, second] = bank.requests;
    expect(bank.lastTokenRequest).toBe(first);
    expect(bank.lastApiRequest?.path).toBe('/nowhere');
    expect(JSON.parse(first!.body)).toMatchObject({ grant_type: 'client_credentials' });
    expect(second!.body).toBe('{"a":1}');
    expect(second!.headers.authorization).toBe(headers.authorization);
    expect(second!.rawHeaders.map((line) => line.toLowerCase())).toContain('authorization');
    expect(second!.at).toBeGreaterThanOrEqual(before);
    expect(bank).toMatchObject({
      tokenRequests: 1,
      tokensIssued: 1,
      tokenRejections: 0,
      apiRequests: 2,
      apiRefusals: 1,
      apiAborts: 0,
      peakTokenConcurrency: 1,
    });
  });

  it('belongs to one bank', async () => {
    await askToken(simulator.bank('bog-ipay'));
    expect(simulator.bank('bog-ipay').tokenRequests).toBe(1);
    expect(simulator.bank('bog-payments').tokenRequests).toBe(0);
  });

  it('is cleared by reset(), together with faults, settings, tokens and payments, but not credentials', async () => {
    const bank = simulator.bank('partner');
    const { credentials } = bank;
    const headers = await authorised(bank);
    const booking = { customerName: 'Nino', startsAt: '2026-08-01T18:00:00Z', guests: 2 };
    const { body } = await post(`${bank.apiBaseUrl}/api/bookings`, headers, booking);
    bank.setLifetime(1);
    bank.setLatency({ token: 60_000, api: 60_000 });
    bank.setTokenResponse({ access_token: 'chosen' });
    bank.failToken('unavailable');
    bank.failApi({ hang: true });
    bank.refuseAllTokens();
    simulator.reset();
    expect(bank).toMatchObject({
      tokenRequests: 0,
      tokensIssued: 0,
      apiRequests: 0,
      peakTokenConcurrency: 0,
    });
    expect(bank.requests).toEqual([]);
    expect(bank.lastTokenRequest).toBeUndefined();
    expect(bank.credentials).toEqual(credentials);
    expect((await echo(bank, headers)).status).toBe(401);
    const again = await authorised(bank);
    expect(again.authorization).not.toBe('Bearer chosen');
    expect((await echo(bank, again)).status).toBe(200);
    expect((await send(`${bank.apiBaseUrl}/api/bookings/${body.id}`, { headers: again })).status).toBe(404);
  });
});
