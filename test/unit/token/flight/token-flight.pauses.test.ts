import { describe, expect, test } from '@jest/globals';
import { rejected, unavailable } from '../../../support/machine.fixtures.js';
import { ask, Harness } from '../../../support/token-service.harness.js';
import { settle, type VirtualClock } from '../../../support/virtual-clock.js';

const refused = { kind: 'unavailable', reason: 'ECONNRESET' } as const;

/** What stops a process: it is frozen or busy, or the machine sleeps. */
const pauses: readonly (readonly [string, (clock: VirtualClock) => void])[] = [
  ['is frozen or blocked', (clock) => clock.freeze(16_000)],
  ['sleeps with its machine', (clock) => clock.suspend(16_000)],
];

describe.each(pauses)('a flight during which the process %s', (_how, pause) => {
  test('takes the answer that arrived meanwhile', async () => {
    const { service, bank, clock } = new Harness();
    const asked = ask(service);
    await clock.advance(60);
    pause(clock);
    // It was in the socket all the while, and is read after the timers.
    bank.last.grant();
    await settle();
    expect(asked.token?.value).toBe('token-1');
    expect(bank.requests).toBe(1);
  });

  test('goes on for a caller that arrives afterwards', async () => {
    const { service, bank, clock } = new Harness();
    await clock.advance(1);
    ask(service);
    await clock.advance(60);
    pause(clock);
    const asked = ask(service);
    expect(asked.settled).toBe(0);
    await clock.advance(300);
    bank.last.grant();
    await settle();
    expect(asked.token?.value).toBe('token-1');
  });

  test('gives a pending answer most of the time of an attempt', async () => {
    const { service, bank, clock } = new Harness();
    const asked = ask(service);
    await clock.advance(60);
    pause(clock);
    await clock.advance(4_000);
    bank.last.grant();
    await settle();
    expect(asked.token?.value).toBe('token-1');
    expect(bank.requests).toBe(1);
  });

  test('makes one attempt more where the connection was lost in the last one', async () => {
    const { service, bank, clock } = new Harness({
      retry: { attempts: 1, attemptTimeout: 5_000, deadline: 15_000 },
    });
    const asked = ask(service);
    await clock.advance(60);
    pause(clock);
    bank.last.fail(refused);
    await settle();
    expect([asked.settled, bank.requests]).toEqual([0, 2]);
    bank.last.grant();
    await settle();
    expect(asked.token?.value).toBe('token-2');
    expect(service.status.failures).toBe(0);
  });

  test('makes that attempt also after a failed flight', async () => {
    const { service, bank, clock } = new Harness();
    bank.fails(unavailable);
    ask(service);
    await clock.advance(16_000);
    bank.hangs();
    const before = bank.requests;
    const asked = ask(service);
    await settle();
    pause(clock);
    bank.last.fail(refused);
    await settle();
    expect(bank.requests).toBe(before + 2);
    bank.last.grant();
    await settle();
    expect(asked.token).toBeDefined();
  });

  test('makes one attempt more where a token arrived that has expired meanwhile', async () => {
    const { service, bank, clock } = new Harness({
      retry: { attempts: 1, attemptTimeout: 5_000, deadline: 15_000 },
    });
    const asked = ask(service);
    await clock.advance(60);
    pause(clock);
    bank.last.grant('old', 10_000);
    await settle();
    bank.last.grant('new', 10_000);
    await settle();
    expect(asked.token?.value).toBe('new');
  });

  test('makes one attempt more, not two, where that one fails as well', async () => {
    const { service, bank, clock } = new Harness({
      retry: { attempts: 1, attemptTimeout: 5_000, deadline: 15_000 },
    });
    const asked = ask(service);
    await clock.advance(60);
    pause(clock);
    bank.fails(refused);
    bank.open[0]?.fail(refused);
    await settle();
    expect(bank.requests).toBe(2);
    expect(asked.error?.code).toBe('BANK_AUTH_UNAVAILABLE');
  });

  test('makes three attempts more at most, however often that happens', async () => {
    const { service, bank, clock } = new Harness({
      retry: { attempts: 1, attemptTimeout: 5_000, deadline: 15_000 },
    });
    const asked = ask(service);
    for (let attempt = 1; attempt <= 4; attempt += 1) {
      await clock.advance(60);
      expect([bank.requests, asked.settled]).toEqual([attempt, 0]);
      pause(clock);
      bank.last.fail(refused);
      await settle();
    }
    expect(bank.requests).toBe(4);
    expect(asked.error?.code).toBe('BANK_AUTH_UNAVAILABLE');
  });

  test('ends with the answer of the bank, however long ago it arrived', async () => {
    for (const said of [rejected, unavailable]) {
      const { service, bank, clock } = new Harness({
        retry: { attempts: 1, attemptTimeout: 5_000, deadline: 15_000 },
      });
      const asked = ask(service);
      await clock.advance(60);
      pause(clock);
      bank.last.fail(said);
      await settle();
      expect(bank.requests).toBe(1);
      expect(asked.error?.status).toBe(said.status);
    }
  });

  test('reads the credentials once more where the read failed', async () => {
    const { service, bank, clock, credentials } = new Harness();
    bank.issues();
    let fail: (reason: Error) => void = () => undefined;
    const read = credentials.read.bind(credentials);
    credentials.read = () =>
      new Promise((_resolve, reject) => {
        fail = reject;
      });
    const asked = ask(service);
    await clock.advance(60);
    pause(clock);
    credentials.read = read;
    fail(new Error('the vault: ECONNRESET'));
    await settle();
    expect(asked.token?.value).toBe('token-1');
  });

  test('makes one attempt more where the pause has left no time for one', async () => {
    const { service, bank, clock, credentials } = new Harness();
    let answer: () => void = () => undefined;
    const read = credentials.read.bind(credentials);
    credentials.read = () =>
      new Promise((resolve) => {
        answer = () => resolve(read());
      });
    const asked = ask(service);
    await clock.advance(14_000);
    credentials.read = read;
    pause(clock);
    answer();
    await settle();
    await clock.advance(1_000);
    expect(asked.settled).toBe(0);
    bank.last.grant();
    await settle();
    expect(asked.token).toBeDefined();
  });

  test('does not count as trouble of the bank', async () => {
    const { service, bank, clock, logger } = new Harness({ merchant: 'm0' });
    const merchants = ['m1', 'm2', 'm3', 'm4'].map((key) => service.forMerchant(key));
    for (const merchant of merchants) ask(merchant);
    await clock.advance(60);
    pause(clock);
    for (const exchange of bank.open) exchange.fail(refused);
    await clock.advance(2_000);
    expect(bank.open).toHaveLength(4);
    expect(logger.lines).toEqual([]);
  });
});

test('a flight whose process never pauses ends at its deadline', async () => {
  const { service, bank, clock } = new Harness();
  const asked = ask(service);
  await clock.advance(14_999);
  expect(asked.settled).toBe(0);
  await clock.advance(1);
  expect(asked.error?.message).toContain('no answer within 15000 ms');
  expect(bank.requests).toBe(3);
});

test('a flight that waits while the bank is in trouble loses no time to a paused process', async () => {
  const { service, bank, clock } = new Harness({ merchant: 'm0' });
  bank.fails(refused);
  for (const key of ['m1', 'm2', 'm3']) ask(service.forMerchant(key));
  await clock.advance(3_000);
  bank.hangs();
  ask(service.forMerchant('m4'));
  const waiter = ask(service.forMerchant('m5'));
  await clock.advance(2_000);
  clock.freeze(60_000);
  await settle();
  expect(waiter.settled).toBe(0);
  bank.issues();
  for (const exchange of bank.open) exchange.grant();
  await clock.advance(5_000);
  expect(waiter.token).toBeDefined();
});
