import { get } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { BankSimulator, type SimulatedBank } from '../../src/testing/simulator/index.js';
import { askToken, authorised, bearing, echo, ids, send, tokenCall } from '../support/simulator-client.js';
import { until } from '../support/until.js';

let simulator: BankSimulator;
let bank: SimulatedBank;
beforeAll(async () => {
  simulator = await BankSimulator.start();
  bank = simulator.bank('bog-payments');
});
beforeEach(() => simulator.reset());
afterAll(() => simulator.stop());

function aborting(): { readonly signal: AbortSignal; readonly abort: () => void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}

const tokenInit = (signal?: AbortSignal): RequestInit => {
  const { headers, parameters } = tokenCall(bank);
  return { method: 'POST', headers, body: new URLSearchParams(parameters), signal };
};

it.each<[string, (bank: SimulatedBank) => unknown]>([
  ['a fault', (told) => told.failToken('rejectd' as never)],
  ['a fault of an object', (told) => told.failApi({ hanging: true } as never)],
  ['no fault', (told) => told.failApi(null as never)],
  ['a fault with a status that is a string', (told) => told.failApi({ status: '503' } as never)],
  ['a latency', (told) => told.setLatency({ tokn: 5 } as never)],
  ['the client of a rotation', (told) => told.rotateCredentials({ clientID: 'a' } as never)],
  ['the credentials of a merchant', (told) => told.addMerchant({ clientID: 'a' } as never)],
])('a setting is refused where it misspells %s', async (_what, tell) => {
  const { clientId } = bank.credentials;
  expect(() => tell(bank)).toThrow(/^There is no .* there are:? /i);
  expect((await askToken(bank)).status).toBe(200);
  expect(bank.credentials.clientId).toBe(clientId);
});

describe('a fault at the token endpoint', () => {
  it('is answered as given, with a string, an object or nothing', async () => {
    bank.failToken({ status: 429, headers: { 'Retry-After': '7' } }, 1);
    bank.failToken({ status: 502, body: '<html>' }, 1);
    bank.failToken({ status: 400, body: { error: 'invalid_grant' } }, 1);
    bank.failToken({ status: 200, body: { a: 1 }, headers: { 'Content-Type': 'text/json' } }, 1);
    const first = await askToken(bank);
    expect([first.status, first.text, first.headers.get('retry-after')]).toEqual([429, '', '7']);
    const second = await askToken(bank);
    expect([second.status, second.text]).toEqual([502, '<html>']);
    const third = await askToken(bank);
    expect([third.status, third.body]).toEqual([400, { error: 'invalid_grant' }]);
    expect((await askToken(bank)).headers.get('content-type')).toBe('text/json');
    expect((await askToken(bank)).status).toBe(200);
    expect(bank.tokenRequests).toBe(5);
    expect(bank.tokensIssued).toBe(1);
    expect(bank.tokenRejections).toBe(0);
  });

  it('lasts until recover() without a count, and counted ones come first', async () => {
    bank.failToken({ status: 500 });
    bank.failToken({ status: 503 });
    bank.failToken({ status: 400 }, 2);
    const statuses: number[] = [];
    for (let call = 0; call < 4; call += 1) statuses.push((await askToken(bank)).status);
    expect(statuses).toEqual([400, 400, 503, 503]);
    bank.recover();
    expect((await askToken(bank)).status).toBe(200);
    expect(() => bank.failToken('unavailable', 0)).toThrow(RangeError);
  });

  it('can hang until the client leaves', async () => {
    bank.failToken({ hang: true }, 1);
    const controller = new AbortController();
    const call = fetch(bank.tokenUrl, tokenInit(controller.signal)).catch((error: Error) => error.name);
    await until(() => bank.lastTokenRequest?.body !== undefined && bank.lastTokenRequest.body !== '');
    controller.abort();
    expect(await call).toBe('AbortError');
    expect(bank.lastTokenRequest?.status).toBe(0);
    expect((await askToken(bank)).status).toBe(200);
  });

  it('can destroy the socket', async () => {
    bank.failToken({ reset: true }, 1);
    await expect(fetch(bank.tokenUrl, tokenInit())).rejects.toThrow();
    expect(bank.lastTokenRequest?.status).toBe(0);
    expect((await askToken(bank)).status).toBe(200);
  });

  it.each([0, 1, 40, 100, 65_537, 300_000])('can answer with exactly %d bytes', async (bytes) => {
    bank.failToken({ bytes }, 1);
    const { status, text, headers } = await askToken(bank);
    expect(status).toBe(200);
    expect(text.length).toBe(bytes);
    expect(headers.get('content-length')).toBeNull();
    if (bytes >= 100) expect(JSON.parse(text)).toMatchObject({ token_type: 'Bearer' });
  });

  it('sends no more bytes than the client reads', async () => {
    bank.failToken({ bytes: 10 ** 12 }, 1);
    const response = await fetch(bank.tokenUrl, tokenInit());
    const reader = response.body!.getReader();
    expect((await reader.read()).value!.length).toBeGreaterThan(0);
    await reader.cancel();
    expect((await askToken(bank)).status).toBe(200);
  });

  it('can redirect', async () => {
    bank.failToken({ redirectTo: 'http://127.0.0.1:1/elsewhere' }, 1);
    bank.failToken({ redirectTo: '/elsewhere', status: 307 }, 1);
    const first = await askToken(bank);
    expect([first.status, first.headers.get('location')]).toEqual([302, 'http://127.0.0.1:1/elsewhere']);
    expect((await askToken(bank)).status).toBe(307);
  });

  it.each(ids)('can be the rejection and the unavailability of the bank itself: %s', async (id) => {
    const own = simulator.bank(id);
    own.failToken('rejected', 1);
    own.failToken('unavailable', 1);
    expect((await askToken(own)).status).toBe(id === 'tbc-tpay' || id === 'tbc-checkout' ? 400 : 401);
    expect(own.tokenRejections).toBe(1);
    expect((await askToken(own)).status).toBe(503);
    expect(own.tokenRejections).toBe(1);
  });
});

describe('a fault of resource calls', () => {
  it('does not affect the token endpoint and is ended by recover()', async () => {
    bank.failApi({ status: 418, body: 'tea' });
    const headers = await authorised(bank);
    expect((await echo(bank, headers)).text).toBe('tea');
    bank.recover();
    expect((await echo(bank, headers)).status).toBe(200);
  });

  it.each(ids)('can be the 401 and 503 of the bank itself: %s', async (id) => {
    const own = simulator.bank(id);
    const headers = await authorised(own);
    own.failApi('rejected', 1);
    own.failApi('unavailable', 1);
    const refused = await echo(own, headers);
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([
      401,
      'Bearer error="invalid_token"',
    ]);
    expect((await echo(own, headers)).status).toBe(503);
    expect((await echo(own, headers)).status).toBe(200);
    expect(own.apiRefusals).toBe(1);
  });

  it('counts clients that left, but not sockets that it destroyed itself', async () => {
    const headers = await authorised(bank);
    bank.failApi({ hang: true }, 1);
    bank.failApi({ reset: true }, 1);
    const { signal, abort } = aborting();
    const call = fetch(`${bank.apiBaseUrl}/simulator/echo`, { headers, signal }).catch(() => 'left');
    await until(() => bank.apiRequests === 1);
    abort();
    expect(await call).toBe('left');
    await expect(fetch(`${bank.apiBaseUrl}/simulator/echo`, { headers })).rejects.toThrow();
    await until(() => bank.apiAborts === 1);
    await delay(20);
    expect(bank.apiAborts).toBe(1);
    expect(bank.apiRequests).toBe(2);
  });
});

describe('simulated latency', () => {
  it('delays answers of its kind only, and keeps the other kind', async () => {
    const timers = jest.spyOn(globalThis, 'setTimeout');
    const delays = () => timers.mock.calls.map(([, delay]) => delay).filter((delay) => delay === 137);
    bank.setLatency({ token: 137 });
    bank.setLatency({ api: 0 });
    const headers = await authorised(bank);
    expect(delays()).toHaveLength(1);
    await echo(bank, headers);
    expect(delays()).toHaveLength(1);
    await authorised(bank);
    expect(delays()).toHaveLength(2);
    timers.mockRestore();
  });

  it('shortens the life of a token, which begins at arrival', async () => {
    bank.setLifetime(100);
    bank.setLatency({ token: 150 });
    const headers = await authorised(bank);
    expect((await echo(bank, headers)).status).toBe(401);
  });

  it('makes token requests overlap, and shows how many did', async () => {
    bank.setLatency({ token: 3_600_000 });
    const { signal, abort } = aborting();
    const calls = [1, 2, 3].map(() => fetch(bank.tokenUrl, tokenInit(signal)).catch(() => 'left'));
    await until(() => bank.peakTokenConcurrency === 3);
    abort();
    expect(await Promise.all(calls)).toEqual(['left', 'left', 'left']);
    simulator.reset();
    for (let call = 0; call < 20; call += 1) await askToken(bank);
    expect(bank.peakTokenConcurrency).toBe(1);
  });

  it('is cancelled for a client that left', async () => {
    const headers = await authorised(bank);
    bank.setLatency({ api: 3_600_000 });
    const { signal, abort } = aborting();
    const call = fetch(`${bank.apiBaseUrl}/simulator/echo`, { headers, signal }).catch(() => 'left');
    await until(() => bank.apiRequests === 1);
    abort();
    expect(await call).toBe('left');
    await until(() => bank.apiAborts === 1);
    expect(bank.lastApiRequest?.status).toBe(0);
  });
});

describe('stop() of a simulated bank', () => {
  it('ends requests that hang or wait, and may be called again', async () => {
    const own = await BankSimulator.start('bog-ipay');
    const slow = own.bank('bog-ipay');
    const token = (await askToken(slow)).body.access_token;
    slow.setLatency({ api: 60_000 });
    slow.failToken({ hang: true });
    const waiting = echo(slow, bearing(slow, token)).then(
      () => 'answered',
      () => 'ended',
    );
    const hanging = askToken(slow).then(
      () => 'answered',
      () => 'ended',
    );
    const idle = get(`${slow.origin}/idle`).on('error', () => {});
    await until(() => slow.apiRequests === 2 && slow.tokenRequests === 2);
    await own.stop();
    expect(await Promise.all([waiting, hanging])).toEqual(['ended', 'ended']);
    expect(slow.apiAborts).toBe(0);
    await own.stop();
    await expect(send(slow.origin)).rejects.toThrow();
    idle.destroy();
  });

  it('is called on disposal', async () => {
    const own = await BankSimulator.start('partner');
    await own[Symbol.asyncDispose]();
    await expect(send(own.bank('partner').origin)).rejects.toThrow();
  });
});
