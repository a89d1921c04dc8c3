import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { CredentialsResolver } from 'nestjs-bank-auth';
import type { RedisTokenStore } from 'nestjs-bank-auth/redis';
import { BehaviorSubject, firstValueFrom, Observable } from 'rxjs';
import { BankSimulator, type SimulatedBank, type SimulatedCredentials } from '../../src/testing/index.js';

import { describeRedis, RedisServer, stopRedis } from '../support/redis-server.js';
import { until } from '../support/until.js';
import { closeReplicas, lines, type Replica, startReplica } from './replicas.js';

let simulator: BankSimulator;
let bank: SimulatedBank;
let server: RedisServer;
beforeEach(async () => {
  simulator = await BankSimulator.start('bog-payments');
  bank = simulator.bank('bog-payments');
});
afterEach(async () => {
  await closeReplicas();
  await Promise.all([simulator.stop(), stopRedis()]);
});

/** What every replica reads its merchants from. */
const table = new Map<string, SimulatedCredentials>();
const credentials: CredentialsResolver = (merchant) => table.get(merchant);
afterEach(() => table.clear());

function add(...merchants: string[]): void {
  for (const merchant of merchants) table.set(merchant, bank.addMerchant());
}

const issuedTo = (merchant: string) => bank.tokensIssuedTo(table.get(merchant)?.clientId ?? '');
const tokenOf = ({ tokens }: Replica, merchant: string) => tokens.forMerchant(merchant).getAccessToken();
const call = ({ http }: Replica, merchant: string) =>
  firstValueFrom(http.get('/simulator/echo', { bankAuth: { merchant } }));

async function startReplicas(provider: object = {}): Promise<[Replica, Replica]> {
  server = await RedisServer.start();
  const options = { provider: { credentials, ...provider } };
  return [await startReplica(bank, server.url, options), await startReplica(bank, server.url, options)];
}

describeRedis('merchants of replicas that share their tokens', () => {
  test('each cost one token call for all replicas, at once and later', async () => {
    const merchants = Array.from({ length: 60 }, (_, n) => `shop-${n}`);
    add(...merchants);
    const replicas = await startReplicas();
    const values = await Promise.all(
      merchants.map((merchant) => Promise.all(replicas.map((replica) => tokenOf(replica, merchant)))),
    );
    for (const [one, other] of values) expect(other).toBe(one);
    expect(new Set(values.flat()).size).toBe(merchants.length);
    for (const merchant of merchants) {
      for (const replica of replicas) expect((await call(replica, merchant)).status).toBe(200);
      expect(bank.lastApiRequest?.clientId).toBe(table.get(merchant)?.clientId);
    }
    expect(bank).toMatchObject({ tokenRequests: merchants.length, apiRefusals: 0 });
    expect(bank.peakTokenConcurrency).toBeLessThanOrEqual(2 * 8);
    expect(lines).toEqual([]);
  });

  test('never share tokens with the provider’s own credentials, nor with each other, whatever their keys', async () => {
    const called = [
      'default',
      '["default"]',
      'Default',
      'default ',
      'bog-payments',
      '',
      'é',
      'e\u0301',
    ].filter((merchant) => merchant !== '');
    add(...called);
    const replicas = await startReplicas();
    const own = await Promise.all(replicas.map(({ tokens }) => tokens.getAccessToken()));
    const values = await Promise.all(
      called.map((merchant) => Promise.all(replicas.map((replica) => tokenOf(replica, merchant)))),
    );
    // One more finds them all in Redis: none has taken another's place.
    const late = await startReplica(bank, server.url, { provider: { credentials } });
    own.push(await late.tokens.getAccessToken());
    for (const [index, merchant] of called.entries()) values[index]?.push(await tokenOf(late, merchant));
    for (const same of [...values, own]) expect(new Set(same).size).toBe(1);
    expect(new Set([...values, own].flat()).size).toBe(called.length + 1);
    expect(called.map(issuedTo)).toEqual(called.map(() => 1));
    expect(bank.tokensIssuedTo(bank.credentials.clientId)).toBe(1);
    // Nor does it show in Redis what they are called.
    const keys = (await server.cli<string[]>('KEYS', '*')).join('\n');
    expect(keys).not.toMatch(/default|shop/i);
  });

  test('have their secrets rotated by Observables in all replicas: one token call for each rotation', async () => {
    add('first', 'second');
    const original = table.get('first') as SimulatedCredentials;
    const sources = [new BehaviorSubject(original), new BehaviorSubject(original)];
    const observing = (source: BehaviorSubject<SimulatedCredentials>): CredentialsResolver => {
      return (merchant) => (merchant === 'first' ? source.asObservable() : table.get(merchant));
    };
    server = await RedisServer.start();
    const replicas = await Promise.all(
      sources.map((source) =>
        startReplica(bank, server.url, { provider: { credentials: observing(source) } }),
      ),
    );
    const old = await Promise.all(replicas.map((replica) => tokenOf(replica, 'first')));
    await Promise.all(replicas.map((replica) => tokenOf(replica, 'second')));
    const next = bank.rotateCredentials({ clientId: original.clientId, overlap: Number.POSITIVE_INFINITY });
    // A vault tells them one after the other.
    sources[0]?.next(next);
    await until(() => issuedTo('first') === 2, 'the renewal');
    expect((await call(replicas[1] as Replica, 'first')).status).toBe(200);
    sources[1]?.next(next);
    await until(
      () => replicas.every(({ tokens }) => tokens.forMerchant('first').status.state === 'fresh'),
      'both to be up to date',
    );
    const renewed = await Promise.all(replicas.map((replica) => tokenOf(replica, 'first')));
    expect(new Set([...old, ...renewed]).size).toBe(2);
    expect(renewed[0]).toBe(renewed[1]);
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    expect(issuedTo('first')).toBe(2);
    expect(issuedTo('second')).toBe(1);
    expect(bank).toMatchObject({ tokenRequests: 3, tokenRejections: 0, apiRefusals: 0 });
  });

  test('have a revoked token replaced once for all replicas, and no other', async () => {
    add('first', 'second');
    const replicas = await startReplicas();
    const [revoked] = await Promise.all(replicas.map((replica) => tokenOf(replica, 'first')));
    const kept = await Promise.all(replicas.map((replica) => tokenOf(replica, 'second')));
    bank.revoke(revoked);
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => replicas.map((replica) => call(replica, 'first'))).flat(),
    );
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(issuedTo('first')).toBe(2);
    expect(await Promise.all(replicas.map((replica) => tokenOf(replica, 'second')))).toEqual(kept);
    expect(issuedTo('second')).toBe(1);
  });

  test('find their tokens in Redis when they return, and cost no subscription while they are gone', async () => {
    const merchants = Array.from({ length: 12 }, (_, n) => `shop-${n}`);
    add(...merchants);
    const [one] = await startReplicas({ merchants: { limit: 2 } });
    const listening = countListeners(one.store);
    const first: string[] = [];
    for (const merchant of merchants) first.push(await tokenOf(one, merchant));
    expect(listening()).toBe(2);
    const again: string[] = [];
    for (const merchant of merchants) again.push(await tokenOf(one, merchant));
    expect(again).toEqual(first);
    expect(bank.tokenRequests).toBe(merchants.length);
    expect(listening()).toBe(2);
    await one.close();
    expect(listening()).toBe(0);
  });
});

/** How many merchants listen for what other replicas do, from now on. */
function countListeners(store: RedisTokenStore): () => number {
  const changes = store.changes.bind(store);
  let listening = 0;
  store.changes = (key) =>
    new Observable((subscriber) => {
      listening += 1;
      subscriber.add(() => {
        listening -= 1;
      });
      return changes(key).subscribe(subscriber);
    });
  return () => listening;
}
