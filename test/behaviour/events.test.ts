import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { describe, expect, test } from '@jest/globals';
import { type BankAuthEvent, BankAuthEvents } from 'nestjs-bank-auth';
import { firstValueFrom } from 'rxjs';
import { type BankApp, rejection, startApp } from '../support/bank-app.js';
import { leaks, secretsOf } from '../support/secret-scan.js';
import { bank, simulator, useSimulatedBanks } from '../support/simulated-bank.js';

useSimulatedBanks('bog-payments', 'tbc-business');

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** All that the application's events say. */
function heardBy({ app }: BankApp): BankAuthEvent[] {
  const events: BankAuthEvent[] = [];
  app.get(BankAuthEvents).subscribe((event) => events.push(event));
  return events;
}

const typesOf = (events: readonly BankAuthEvent[]) => events.map(({ type }) => type);

/** A call that may be repeated, and one that may not. */
const read = ({ http }: BankApp) => firstValueFrom(http.get('/payments/v1/receipt/none'));
const pay = ({ http }: BankApp) => firstValueFrom(http.post('/payments/v1/ecommerce/orders', {}));

describe.each(['bog-payments', 'tbc-business'] as const)('the events of an application at %s', (id) => {
  test('tell the life of a token, and hold no secret', async () => {
    const at = simulator.bank(id);
    const app = await startApp(at, { retry: { attempts: 1 } });
    const events = heardBy(app);
    await app.tokens.getAccessToken();
    at.failToken('unavailable');
    await app.clock.advance(3_600_000);
    await rejection(app.tokens.getAccessToken());
    at.recover();
    await app.clock.advance(60_000);
    await app.tokens.getAccessToken();
    await turn();
    // The simulated bank has a clock of its own.
    const types = typesOf(events).filter((type) => type !== 'clock.skewed');
    expect(types).toEqual(['token.obtained', 'token.failed', 'cooldown.started', 'token.obtained']);
    expect(events.find(({ type }) => type === 'token.failed')).toMatchObject({
      provider: id,
      merchant: 'default',
      status: 503,
      attempts: 1,
    });
    expect(leaks(events, secretsOf(at.credentials))).toEqual([]);
  });
});

test('a refused token and the replay with a new one are events', async () => {
  const app = await startApp(bank);
  await app.tokens.getAccessToken();
  const events = heardBy(app);
  bank.revoke();
  await rejection(read(app));
  await turn();
  expect(typesOf(events)).toEqual(['token.refused', 'token.obtained', 'request.replayed']);
  expect(events.at(-1)).toMatchObject({ method: 'GET', status: 404, provider: bank.id, merchant: 'default' });
});

test('the brake is an event, once for as long as it holds', async () => {
  const app = await startApp(bank);
  const events = heardBy(app);
  bank.refuseAllTokens();
  for (let call = 0; call < 20; call += 1) await rejection(pay(app));
  await turn();
  const types = typesOf(events);
  expect(types.filter((type) => type === 'token.braked')).toHaveLength(1);
  expect(types.filter((type) => type === 'token.refused')).toHaveLength(20);
  expect(types.filter((type) => type === 'token.obtained')).toHaveLength(2);
});

test('a call to another origin is an event, by HttpService and by fetch', async () => {
  const app = await startApp(bank);
  const events = heardBy(app);
  await rejection(firstValueFrom(app.http.get('https://elsewhere.example/')));
  await rejection(app.fetch('https://elsewhere.example/'));
  await turn();
  expect(events).toEqual([
    {
      provider: bank.id,
      merchant: 'default',
      at: app.clock.wall(),
      application: expect.any(Number),
      type: 'origin.refused',
    },
    expect.objectContaining({ type: 'origin.refused' }),
  ]);
});

test('events are told after the call, whose caller a slow subscriber does not hold up', async () => {
  const app = await startApp(bank);
  const order: string[] = [];
  app.app.get(BankAuthEvents).subscribe(() => order.push('subscriber'));
  await app.tokens.getAccessToken();
  order.push('caller');
  await turn();
  expect(order).toEqual(['caller', 'subscriber']);
});

test('the events of two applications in one process stay apart, and the channel has both', async () => {
  const [first, second] = [await startApp(bank), await startApp(bank)];
  const events = [heardBy(first), heardBy(second)];
  const all: { application: number }[] = [];
  const hear = (event: unknown) => void all.push(event as { application: number });
  subscribe('nestjs-bank-auth:event', hear);
  await first.tokens.getAccessToken();
  await second.tokens.getAccessToken();
  await turn();
  unsubscribe('nestjs-bank-auth:event', hear);
  expect(events.map((heard) => heard.length)).toEqual([1, 1]);
  expect(new Set(all.map(({ application }) => application)).size).toBe(2);
});

test('an error of a subscriber is logged without its message, whatever was thrown', async () => {
  const app = await startApp(bank);
  const lines: string[] = [];
  const write = (line: unknown) => void lines.push(String(line));
  app.app.useLogger({ log: write, warn: write, error: write });
  const hostile = new Proxy(new Error('a secret'), {
    get() {
      throw new Error('a secret');
    },
  });
  const thrown = [
    new TypeError('a secret'),
    new Error('first\n    at a secret'),
    Object.create(null),
    'a secret',
    undefined,
    hostile,
  ];
  for (const each of thrown) {
    app.app.get(BankAuthEvents).subscribe(() => {
      throw each;
    });
  }
  await app.tokens.getAccessToken();
  await turn();
  const told = lines.filter((line) => line.includes('[BANK_AUTH_SUBSCRIBER_FAILED]'));
  expect(told.map((line) => /threw (.*?)(?: \(at .*events\.test\.ts.*?\))?\. /.exec(line)?.[1])).toEqual([
    'TypeError',
    'an error',
    'an error',
    'a value of type string',
    'a value of type undefined',
    'an error',
  ]);
  expect(told[0]).toContain('(at ');
  expect(told.join()).not.toContain('a secret');
});

test('the events complete when the application ends', async () => {
  const app = await startApp(bank);
  let completed = false;
  app.app.get(BankAuthEvents).subscribe({ complete: () => (completed = true) });
  await app.close();
  expect(completed).toBe(true);
});
