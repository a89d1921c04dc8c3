import { expect, test } from '@jest/globals';
import { BehaviorSubject } from 'rxjs';
import { MemoryTokenStore } from '../../../../src/store/index.js';
import type { TokenRequestPolicy } from '../../../../src/token/flight/token-request-queue.js';
import { unavailable } from '../../../support/machine.fixtures.js';
import { Market, names } from '../../../support/merchants.harness.js';
import { Link } from '../../../support/replicas.harness.js';
import { settle, VirtualClock } from '../../../support/virtual-clock.js';

/** Two processes at one store, of which the first is asking the bank for each of these, and has no answer. */
async function waiting(tokenRequests: TokenRequestPolicy, ...keys: string[]) {
  const clock = new VirtualClock();
  const shared = new BehaviorSubject(new MemoryTokenStore(() => clock.now()));
  const [asking, other] = [{}, { tokenRequests }].map((parts) =>
    new Market({ ...parts, clock, store: new Link(shared) }).add(...keys, 'z'),
  ) as [Market, Market];
  asking.bank.hangs();
  const answers = asking.ask(...keys);
  await settle();
  const asked = other.ask(...keys);
  await settle();
  expect([asking.bank.requests, other.bank.requests]).toEqual([keys.length, 0]);
  return { clock, asking, other, asked, answers };
}

test('a flight that waits for the request of another process occupies no slot', async () => {
  const { clock, asking, other, asked } = await waiting({ concurrency: 1, queue: 100 }, 'a', 'b');
  expect(await other.outcomes('z')).toEqual(['z@v1#1']);
  await clock.advance(2_000);
  expect(other.bank.requests).toBe(1);
  for (const exchange of asking.bank.open) exchange.grant(`theirs-of-${exchange.clientId}`);
  await settle();
  expect(asked.map(({ token }) => token?.value)).toEqual(['theirs-of-a@v1', 'theirs-of-b@v1']);
  expect(other.bank.requests).toBe(1);
});

test('a flight that waits for the request of another process gets a slot when that process gives up', async () => {
  const { clock, asking, other, asked } = await waiting({ concurrency: 1, queue: 100 }, 'a', 'b');
  asking.service.close();
  await clock.advance(1_000);
  expect(asked.map(({ token }) => token?.value.split('#')[0])).toEqual(['a@v1', 'b@v1']);
  expect([other.bank.requests, other.bank.peak]).toEqual([2, 1]);
});

test('a flight that waits for the request of another process does not count in the queue', async () => {
  const { other } = await waiting({ concurrency: 1, queue: 1 }, ...names(5));
  other.bank.hangs();
  other.ask('z');
  await settle();
  expect(other.bank.requests).toBe(1);
});

test('a flight that waits for the request of another process does not use up the rate', async () => {
  const rate = { requests: 2, per: 1_000 };
  const { other } = await waiting({ concurrency: 8, queue: 100, rate }, ...names(8));
  const [z] = other.ask('z');
  await other.clock.advance(1_000);
  expect(z?.token?.value).toBe('z@v1#1');
});

test('a flight that finds in its turn what another process has brought does not use up the rate', async () => {
  const clock = new VirtualClock();
  const shared = new BehaviorSubject(new MemoryTokenStore(() => clock.now()));
  const tokenRequests = { concurrency: 8, queue: 100, rate: { requests: 1, per: 1_000 } };
  const [first, second] = [{ tokenRequests }, {}].map((parts) =>
    new Market({ ...parts, clock, store: new Link(shared) }).add('a', 'b', 'c'),
  ) as [Market, Market];
  const asked = first.ask('a', 'b', 'c');
  await settle();
  await second.warmAll('b');
  await clock.advance(1_000);
  expect(asked.map(({ token }) => token?.value)).toEqual(['a@v1#1', 'b@v1#1', 'c@v1#2']);
  expect(first.bank.exchanges.map(({ sentAt }) => sentAt.monotonic)).toEqual([0, 1_000]);
});

test('a Retry-After that another process got is obeyed here, and holds no other merchant here', async () => {
  const { clock, asking, other, asked } = await waiting({ concurrency: 8, queue: 100 }, 'a');
  asking.bank.last.fail({ ...unavailable, retryAfterMs: 60_000 });
  await clock.advance(1_000);
  expect(asked[0]?.error).toMatchObject({ code: 'BANK_AUTH_UNAVAILABLE', merchant: 'a' });
  expect(await other.outcomes('z')).toEqual(['z@v1#1']);
});

test('an answer of the bank to another process is reported here without using up the rate', async () => {
  const clock = new VirtualClock();
  const shared = new BehaviorSubject(new MemoryTokenStore(() => clock.now()));
  const rate = { requests: 1, per: 1_000 };
  const parts = { clock, tokenRequests: { concurrency: 8, queue: 100, rate } };
  const [first, second, other] = [{ clock }, { clock }, parts].map((more) =>
    new Market({ ...more, store: new Link(shared) }).add('a', 'b', 'z'),
  ) as [Market, Market, Market];
  for (const told of [first, second]) {
    told.bank.fails({ kind: 'invalid', reason: 'HTTP 404', status: 404 });
    await told.outcomes('a', 'b');
  }
  expect(await other.outcomes('a', 'b')).toEqual(Array(2).fill('BANK_AUTH_INVALID_RESPONSE'));
  expect(await other.outcomes('z')).toEqual(['z@v1#1']);
});
