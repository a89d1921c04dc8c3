import { describe, expect, test } from '@jest/globals';
import type { AccessToken } from '../../../../src/token/access-token.js';
import type { TokenFailure } from '../../../../src/token/token-failure.js';
import { rejected } from '../../../support/machine.fixtures.js';
import { Emitter, rotating, secret, warmRotating } from '../../../support/merchants.harness.js';
import { aBank, ask, Follower, HOUR } from '../../../support/token-service.harness.js';
import { settle } from '../../../support/virtual-clock.js';

const down: TokenFailure = { kind: 'unavailable', reason: 'ECONNREFUSED' };

describe('newly emitted credentials', () => {
  test('renew at once, and the old token is served until the new one arrives', async () => {
    const { market, rotate, a, clients } = await warmRotating();
    market.bank.hangs();
    rotate('v2');
    await settle();
    expect(clients()).toEqual(['a@v1', 'a@v2']);
    expect(a.status).toMatchObject({ state: 'stale', failures: 0 });
    expect(await market.outcomes('a', 'a')).toEqual(['a@v1#1', 'a@v1#1']);
    market.bank.last.grant('new');
    expect(await market.outcomes('a')).toEqual(['new']);
    expect(a.status.state).toBe('fresh');
    await market.clock.advance(HOUR - 200_000);
    expect(market.bank.requests).toBe(2);
  });

  test('bring followers the new token', async () => {
    const { market, rotate, a } = rotating();
    const follower = new Follower(a);
    await settle();
    await market.clock.advance(10_000);
    rotate('v2');
    await settle();
    expect(follower.values).toEqual(['a@v1#1', 'a@v2#2']);
    await market.clock.advance(HOUR);
    expect(follower.values).toEqual(['a@v1#1', 'a@v2#2', 'a@v2#3']);
    follower.leave();
  });

  test('do nothing before a caller wants a token', async () => {
    const { market, rotate, emitter, a } = rotating();
    rotate('v2');
    await settle();
    expect([market.bank.requests, emitter.listeners]).toEqual([0, 0]);
    expect(await a.getAccessToken()).toBe('a@v2#1');
  });

  test('replace a dropped token only when a caller wants one', async () => {
    const { market, rotate, a } = await warmRotating();
    a.invalidate('a@v1#1');
    rotate('v2');
    await market.clock.advance(10_000);
    expect(market.bank.requests).toBe(1);
    expect(await market.outcomes('a')).toEqual(['a@v2#2']);
  });

  test('do nothing if they are the same', async () => {
    const { market, rotate, a } = await warmRotating();
    for (let n = 0; n < 10; n += 1) {
      rotate('v1');
      await market.clock.advance(1_000);
    }
    expect(market.bank.requests).toBe(1);
    expect(a.status.state).toBe('fresh');
  });

  test('renew if their version differs, and without a version if their content differs', async () => {
    const { market, emitter, clients } = await warmRotating();
    emitter.emit({ ...secret('a'), version: 'other' });
    await market.clock.advance(1_000);
    expect(clients()).toEqual(['a@v1', 'a@v1']);
    const plain = { clientId: 'a', clientSecret: 'one' };
    emitter.emit(plain);
    await market.clock.advance(1_000);
    emitter.emit({ ...plain });
    await market.clock.advance(1_000);
    expect(market.bank.requests).toBe(3);
    emitter.emit({ ...plain, clientSecret: 'two' });
    await market.clock.advance(1_000);
    expect(market.bank.requests).toBe(4);
  });

  test('renew for their merchant only', async () => {
    const { market, rotate } = rotating();
    const other = new Emitter(secret('b'));
    market.vault.secrets.set('b', other.changes);
    await market.warmAll('a', 'b');
    await market.clock.advance(10_000);
    rotate('v2');
    expect(await market.outcomes('b')).toEqual(['b@v1#2']);
    expect(await market.outcomes('a')).toEqual(['a@v2#3']);
    expect(market.of('b').status.state).toBe('fresh');
  });

  test('wait for requests with the old token where the new one ends it', async () => {
    const { market, rotate, a } = await warmRotating({ bank: aBank({ singleActiveToken: true }) });
    const answered = a.forCall().sending(a.acquire() as AccessToken);
    rotate('v2');
    await market.clock.advance(3_000);
    expect(market.bank.requests).toBe(1);
    answered?.();
    await settle();
    expect(market.bank.requests).toBe(2);
    expect(await market.outcomes('a')).toEqual(['a@v2#2']);
  });

  test('do not wake a merchant that was let go', async () => {
    const { market, emitter, rotate } = await warmRotating({ limit: 1 });
    await market.add('b').warmAll('b');
    expect(emitter.listeners).toBe(0);
    rotate('v2');
    await market.clock.advance(10_000);
    expect(market.requestsOf('a')).toBe(1);
    expect(await market.outcomes('a')).toEqual(['a@v2#3']);
  });

  test('do not count as use of a merchant', async () => {
    const { market, emitter, rotate } = rotating({ idleTime: HOUR });
    await market.warmAll('a');
    for (const version of ['v2', 'v3', 'v4']) {
      await market.clock.advance(25 * 60_000);
      rotate(version);
    }
    await market.clock.advance(60_000);
    expect(emitter.listeners).toBe(0);
    expect(market.requestsOf('a')).toBe(3);
  });
});

test('a merchant that is used while new credentials renew its token is in use again', async () => {
  const { market, emitter, rotate } = rotating({ idleTime: HOUR });
  await market.warmAll('a');
  await market.clock.advance(50 * 60_000);
  market.bank.hangs();
  rotate('v2');
  expect(await market.outcomes('a')).toEqual(['a@v1#1']);
  market.issuesNamed();
  market.bank.last.grant('new');
  await market.clock.advance(50 * 60_000);
  expect(emitter.listeners).toBe(1);
  expect(market.of('a').status.state).toBe('fresh');
});

describe('credentials emitted during a flight', () => {
  test('cost one flight more', async () => {
    const { market, rotate, clients, a } = rotating();
    market.bank.hangs();
    const [asked] = market.ask('a');
    await settle();
    await market.clock.advance(3_000);
    rotate('v2');
    market.bank.last.grant('first');
    expect(asked?.token?.value).toBe('first');
    await settle();
    expect(clients()).toEqual(['a@v1', 'a@v2']);
    expect(await market.outcomes('a')).toEqual(['first']);
    market.bank.last.grant('second');
    await market.clock.advance(60_000);
    expect(await market.outcomes('a')).toEqual(['second']);
    expect(market.bank.requests).toBe(2);
    expect(a.status.state).toBe('fresh');
  });

  test('cost one flight more, with the last of them, however many they are', async () => {
    const { market, rotate, clients } = rotating();
    market.bank.hangs();
    market.ask('a');
    await settle();
    for (const version of ['v2', 'v3', 'v4']) rotate(version);
    await market.clock.advance(1_000);
    market.issuesNamed();
    market.bank.last.grant('first');
    await market.clock.advance(60_000);
    expect(clients()).toEqual(['a@v1', 'a@v4']);
    expect(await market.outcomes('a')).toEqual(['a@v4#2']);
  });

  test('cost none where they were taken back meanwhile', async () => {
    const { market, rotate } = rotating();
    market.bank.hangs();
    market.ask('a');
    await settle();
    rotate('v2');
    rotate('v1');
    market.bank.last.grant('first');
    await market.clock.advance(60_000);
    expect(market.bank.requests).toBe(1);
    expect(await market.outcomes('a')).toEqual(['first']);
  });

  test('cost none where the flight has used them after a rejection', async () => {
    const { market, rotate, clients } = rotating();
    market.bank.replies((exchange) => {
      if (exchange.clientId !== 'a@v1') return exchange.grant(exchange.clientId);
      rotate('v2');
      return exchange.fail(rejected);
    });
    expect(await market.outcomes('a')).toEqual(['a@v2']);
    await market.clock.advance(60_000);
    expect(clients()).toEqual(['a@v1', 'a@v2']);
  });

  test('cost none where the flight read them after waiting for its turn', async () => {
    const { market, rotate, clients } = rotating({ tokenRequests: { concurrency: 1, queue: 10 } });
    market.add('b').bank.hangs();
    market.ask('b');
    await settle();
    const [asked] = market.ask('a');
    await settle();
    rotate('v2');
    market.issuesNamed();
    market.bank.last.grant('token-of-b');
    await market.clock.advance(60_000);
    // Those that it has read before are as good as gone: the next flight has the new ones.
    expect(asked?.token?.value.split('#')[0]).toMatch(/^a@v[12]$/);
    expect(await market.outcomes('a')).toEqual([expect.stringMatching(/^a@v2#/)]);
    expect(clients().filter((client) => client === 'a@v2')).toHaveLength(1);
  });

  test('are tried at once where a flight fails because of the old ones', async () => {
    const { market, rotate, clients, a } = await warmRotating();
    market.bank.hangs();
    const renewal = ask(a, 'refresh');
    await settle();
    rotate('v2');
    market.bank.last.fail(down);
    market.issuesNamed();
    await market.clock.advance(1_000);
    // The same flight tries again, with what it has read.
    expect(renewal.token?.value).toBe('a@v1#3');
    await market.clock.advance(1_000);
    expect(clients()).toEqual(['a@v1', 'a@v1', 'a@v1', 'a@v2']);
    expect(await market.outcomes('a')).toEqual(['a@v2#4']);
  });
});

describe('frequent emissions of credentials', () => {
  test('cost at most a token a second, and the last one wins', async () => {
    const { market, rotate, times, clients } = await warmRotating();
    for (let n = 2; n < 202; n += 1) {
      rotate(`v${n}`);
      await market.clock.advance(50);
    }
    await market.clock.advance(2_000);
    const sent = times();
    for (const [index, at] of sent.entries()) {
      if (index > 0) expect(at - (sent[index - 1] as number)).toBeGreaterThanOrEqual(1_000);
    }
    expect(sent.length).toBeLessThanOrEqual(1 + 12);
    expect(clients().at(-1)).toBe('a@v201');
    expect(await market.outcomes('a')).toEqual([`a@v201#${sent.length}`]);
    await market.clock.advance(60_000);
    expect(market.bank.requests).toBe(sent.length);
  });

  test('cost at most a token a second also with followers and callers', async () => {
    const { market, rotate, times, a } = await warmRotating();
    const follower = new Follower(a);
    for (let n = 2; n < 102; n += 1) {
      rotate(`v${n}`);
      market.ask('a', 'a');
      await market.clock.advance(50);
    }
    await market.clock.advance(2_000);
    const sent = times();
    for (const [index, at] of sent.entries()) {
      if (index > 0) expect(at - (sent[index - 1] as number)).toBeGreaterThanOrEqual(1_000);
    }
    expect(follower.values.at(-1)).toMatch(/^a@v101#/);
    follower.leave();
  });

  test.each([
    ['behind nobody’s back', false],
    ['with callers', true],
  ])('cost at most a request a second where the bank refuses them all, %s', async (_how, called) => {
    const { market, rotate, times } = await warmRotating();
    market.bank.fails(rejected);
    for (let n = 2; n < 102; n += 1) {
      rotate(`v${n}`);
      if (called) market.ask('a');
      await market.clock.advance(100);
    }
    expect(times().filter((at) => at >= 600_000).length).toBeLessThanOrEqual(2 * 11);
    expect(await market.outcomes('a')).toEqual(['a@v1#1']);
  });

  test('cost at most a request a second without a token, with callers', async () => {
    const { market, rotate, times } = rotating();
    market.bank.fails(rejected);
    for (let n = 2; n < 102; n += 1) {
      market.ask('a');
      rotate(`v${n}`);
      await market.clock.advance(100);
    }
    expect(times().length).toBeLessThanOrEqual(2 * 11);
  });

  test('leave no timer when all is done', async () => {
    const { market, emitter, rotate, times } = await warmRotating({ idleTime: 4_000 });
    market.bank.replies((exchange) => exchange.grant(exchange.clientId, 24 * HOUR));
    await market.outcomes('a');
    for (const version of ['v2', 'v3', 'v4']) rotate(version);
    await settle();
    for (const version of ['v5', 'v6', 'v7']) rotate(version);
    // One for the renewal that is put off, and one for those who are idle at most.
    expect(market.clock.timers).toBeLessThanOrEqual(2);
    await market.clock.advance(10_000);
    expect(market.clock.timers).toBe(0);
    expect(times()).toHaveLength(3);
    expect(emitter.listeners).toBe(0);
  });

  test('make no timer where there is no token to renew', async () => {
    const { market, rotate } = rotating();
    market.bank.fails({ ...down, retryAfterMs: 60_000 });
    await market.outcomes('a');
    const { timers } = market.clock;
    rotate('v2');
    expect(market.clock.timers).toBe(timers);
  });
});
