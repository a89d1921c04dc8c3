import { channel } from 'node:diagnostics_channel';
import { describe, expect, test } from '@jest/globals';
import { metrics } from '@opentelemetry/api';
import {
  BankAuthEvents,
  type BankAuthEventType,
  type BankAuthState,
  MemoryTokenStore,
  type ProviderSnapshot,
} from 'nestjs-bank-auth';
import { firstValueFrom } from 'rxjs';
import { COUNTERS, OBSERVED } from '../../src/opentelemetry/instruments.js';
import { TokenMetrics } from '../../src/opentelemetry/token-metrics.js';
import { rejection, startApp } from '../support/bank-app.js';
import { leaks, secretsOf } from '../support/secret-scan.js';
import { bank, useSimulatedBanks } from '../support/simulated-bank.js';
import { until } from '../support/until.js';
import { byAttribute, collected, pointsOf, spans, startWatched, useTelemetry } from './telemetry.harness.js';

const ECHO = '/simulator/echo';
const DURATION = 'bank_auth.token.request.duration';
const OURS = { 'bank_auth.provider': 'bog-payments' };

useTelemetry();
useSimulatedBanks();

/** What the histogram counts, by the attributes of its points besides the provider. */
async function durations(): Promise<[attributes: object, count: number][]> {
  const points = await pointsOf(DURATION);
  return points.map(({ attributes: { 'bank_auth.provider': provider, ...rest }, value }) => {
    expect(provider).toBe('bog-payments');
    return [rest, value.count];
  });
}

async function counted(name: string): Promise<number> {
  const points = await pointsOf(name);
  return points.reduce((sum, { value }) => sum + value, 0);
}

describe('the duration of token requests', () => {
  test('counts successes without an error, and failures with their code and status', async () => {
    const { tokens, clock } = await startWatched(bank, { retry: { attempts: 1 } });
    bank.failToken('unavailable', 1);
    await rejection(tokens.getAccessToken());
    await clock.advance(5_000);
    await tokens.getAccessToken();
    bank.failToken('rejected');
    await rejection(firstValueFrom(tokens.refresh()));
    const renewal = 'bank_auth.token.renewal';
    expect(await durations()).toEqual([
      [{ [renewal]: false, 'error.type': 'BANK_AUTH_UNAVAILABLE', 'http.response.status_code': 503 }, 1],
      [{ [renewal]: false }, 1],
      [
        { [renewal]: true, 'error.type': 'BANK_AUTH_CREDENTIALS_REJECTED', 'http.response.status_code': 401 },
        1,
      ],
    ]);
  });

  test('is in seconds, and counts no attempt that failed before another one succeeded', async () => {
    bank.failToken({ status: 503, headers: { 'retry-after': '2' } }, 1);
    const { tokens, clock } = await startWatched(bank);
    const token = tokens.getAccessToken();
    for (let looks = 0; spans().length === 0 && looks < 2_500; looks += 1) await clock.advance(100);
    await token;
    const [point, ...others] = await pointsOf(DURATION);
    expect(others).toEqual([]);
    expect(point?.attributes).not.toHaveProperty(['error.type']);
    expect(point?.value.count).toBe(1);
    expect(point?.value.sum).toBeGreaterThanOrEqual(2);
    expect(point?.value.sum).toBeLessThan(2.2);
  });

  test('has those of a warm-up, which come before the module is ready', async () => {
    await startWatched(bank, { warmUp: 'required' });
    expect(await durations()).toEqual([[{ 'bank_auth.token.renewal': false }, 1]]);
    expect(spans().map(({ name }) => name)).toEqual(['token bog-payments']);
  });

  test('has none of another application of the process', async () => {
    await startWatched(bank);
    const { tokens, http } = await startApp(bank);
    await tokens.getAccessToken();
    await firstValueFrom(http.get(ECHO));
    expect(await durations()).toEqual([]);
    expect(spans()).toEqual([]);
  });
});

describe('the observed values', () => {
  test('are the expiry as an instant, and the state of the token', async () => {
    const { tokens, clock } = await startWatched(bank);
    expect(await pointsOf('bank_auth.token.expiration_timestamp')).toEqual([]);
    const state = () => byAttribute('bank_auth.token.state', 'bank_auth.token.state');
    expect(await state()).toEqual({
      absent: 1,
      fresh: 0,
      stale: 0,
      expired: 0,
      'cooling-down': 0,
      refused: 0,
    });
    await tokens.getAccessToken();
    expect(await state()).toMatchObject({ absent: 0, fresh: 1 });
    const { expiresAt } = tokens.status;
    await clock.advance(10_000);
    expect(await pointsOf('bank_auth.token.expiration_timestamp')).toEqual([
      expect.objectContaining({ attributes: OURS, value: (expiresAt as number) / 1_000 }),
    ]);
  });

  test('are flights, their queue, waiting callers, and merchants by state without their names', async () => {
    const known = new Map(['flowers', 'books'].map((key) => [key, bank.addMerchant()]));
    const { tokens } = await startWatched(bank, {
      provider: { credentials: (key: string) => known.get(key), tokenRequests: { concurrency: 1 } },
    });
    const now = async () => {
      const names = ['flights', 'queued_requests', 'waiting_callers'];
      return Promise.all(names.map((name) => counted(`bank_auth.token.${name}`)));
    };
    bank.setLatency({ token: 700 });
    const obtained = ['flowers', 'books', 'books'].map((key) => tokens.forMerchant(key).getAccessToken());
    await until(() => bank.tokenRequests === 1);
    expect(await now()).toEqual([2, 1, 3]);
    await Promise.all(obtained);
    expect(await now()).toEqual([0, 0, 0]);
    expect(await byAttribute('bank_auth.merchants', 'bank_auth.token.state')).toMatchObject({ fresh: 2 });
    expect(leaks(await collected(), ['flowers', 'books'])).toEqual([]);
    expect(
      leaks(
        spans().map(({ attributes, links }) => [attributes, links]),
        ['flowers', 'books'],
      ),
    ).toEqual([]);
  });

  test('are the first end of a kind of credential, and nothing of a disabled provider', async () => {
    const snapshot: ProviderSnapshot = {
      provider: 'here',
      bank: 'partner',
      environment: 'sandbox',
      enabled: true,
      merchants: { absent: 0, fresh: 0, stale: 0, expired: 0, 'cooling-down': 0, refused: 0 },
      failingMerchants: 0,
      waiting: 0,
      queued: 0,
      flights: 0,
      expiries: [
        { merchant: 'flowers', what: 'certificate', notAfter: 9_000 },
        { merchant: 'books', what: 'certificate', notAfter: 5_000 },
        { merchant: 'books', what: 'secret', notAfter: 7_000 },
      ],
    };
    const providers = () => [snapshot, { ...snapshot, provider: 'off', enabled: false }];
    new TokenMetrics(metrics.getMeter('test'), { providers } as unknown as BankAuthState);
    const points = await pointsOf('bank_auth.credentials.expiration_timestamp');
    expect(points.map(({ attributes, value }) => [attributes, value])).toEqual([
      [{ 'bank_auth.provider': 'here', 'bank_auth.credentials.type': 'certificate' }, 5],
      [{ 'bank_auth.provider': 'here', 'bank_auth.credentials.type': 'secret' }, 7],
    ]);
    for (const { name } of Object.values(OBSERVED))
      for (const { attributes } of await pointsOf(name))
        expect(attributes['bank_auth.provider']).toBe('here');
  });
});

describe('the counters', () => {
  test('begin at 0, for each provider and for the store', async () => {
    await startWatched(bank);
    for (const counter of Object.values(COUNTERS)) {
      if (counter === undefined) continue;
      const attributes = counter.name === 'bank_auth.store.outages' ? {} : OURS;
      expect(await pointsOf(counter.name)).toEqual([expect.objectContaining({ attributes, value: 0 })]);
    }
  });

  test('count a refused token, a replay, and the brake, which the state shows too', async () => {
    const { http } = await startWatched(bank);
    await firstValueFrom(http.get(ECHO));
    bank.revoke();
    await firstValueFrom(http.get(ECHO));
    expect(await counted('bank_auth.token.refusals')).toBe(1);
    expect(await counted('bank_auth.request.replays')).toBe(1);
    expect(await counted('bank_auth.token.brakes')).toBe(0);
    bank.refuseAllTokens();
    for (let call = 0; call < 4; call += 1) await rejection(firstValueFrom(http.get(ECHO)));
    expect(await counted('bank_auth.token.brakes')).toBe(1);
    expect(await byAttribute('bank_auth.token.state', 'bank_auth.token.state')).toMatchObject({ refused: 1 });
  });

  test('count an outage of the store, during which each process is alone', async () => {
    const store = new MemoryTokenStore();
    const { tokens } = await startWatched(bank, { store });
    const shares = () => byAttribute('bank_auth.store.state', 'bank_auth.store.state');
    expect(await shares()).toEqual({ shared: 1, alone: 0 });
    store.read = () => Promise.reject(new Error('down'));
    await tokens.getAccessToken();
    expect(await shares()).toEqual({ shared: 0, alone: 1 });
    expect(await counted('bank_auth.store.outages')).toBe(1);
  });

  test('count each event that has a counter', async () => {
    const { app } = await startWatched(bank);
    const { application } = app.get(BankAuthEvents);
    for (const type of Object.keys(COUNTERS) as BankAuthEventType[]) {
      const ofAll = type.startsWith('store.');
      const event = { type, provider: ofAll ? '*' : 'bog-payments', merchant: 'default', at: 0 };
      channel('nestjs-bank-auth:event').publish({ ...event, application });
      channel('nestjs-bank-auth:event').publish({ ...event, application: application + 1 });
    }
    for (const counter of Object.values(COUNTERS)) {
      if (counter === undefined) continue;
      const [point, ...others] = await pointsOf(counter.name);
      expect(others).toEqual([]);
      expect([counter.name, point?.value]).toEqual([counter.name, 1]);
    }
  });
});

test('no secret and no token is exported, in metrics or in spans', async () => {
  const { tokens, http } = await startWatched(bank, { retry: { attempts: 1 } });
  const first = await tokens.getAccessToken();
  bank.revoke();
  await firstValueFrom(http.get(ECHO));
  const second = await tokens.getAccessToken();
  bank.failApi({ status: 500, body: { secret: bank.credentials.clientSecret } });
  await rejection(firstValueFrom(http.get(`${ECHO}?token=${second}`)));
  bank.failToken({ status: 400, body: { error_description: bank.credentials.clientSecret } });
  await rejection(firstValueFrom(tokens.refresh()));
  const shown = spans().map(({ name, attributes, links, events, status }) => ({
    name,
    attributes,
    links,
    events,
    status,
  }));
  expect(shown).toHaveLength(5);
  expect(leaks([shown, await collected()], secretsOf(bank.credentials, first, second))).toEqual([]);
});
