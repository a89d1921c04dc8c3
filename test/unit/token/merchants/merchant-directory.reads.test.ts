import { describe, expect, test } from '@jest/globals';
import { Market, names, secret } from '../../../support/merchants.harness.js';
import { ask } from '../../../support/token-service.harness.js';
import { settle } from '../../../support/virtual-clock.js';

/** Reads that stay open until they are answered, in the order in which they began. */
function open(market: Market) {
  const reads: ((found: unknown) => void)[] = [];
  let peak = 0;
  let running = 0;
  market.vault.otherwise = () =>
    new Promise((resolve) => {
      running += 1;
      peak = Math.max(peak, running);
      reads.push((found) => {
        running -= 1;
        resolve(found);
      });
    });
  return {
    reads,
    get peak() {
      return peak;
    },
    async answerAll(): Promise<void> {
      while (running > 0) {
        for (const answer of reads.splice(0)) answer(undefined);
        await settle();
      }
    },
  };
}

describe('reads of credentials', () => {
  test('are at most 32 at once, however many keys are made up, and begin in order', async () => {
    const market = new Market({ limit: 100 });
    const vault = open(market);
    const asked = names(200, 'made-up').map((key) => ask(market.of(key)));
    await settle();
    expect(market.vault.lookups).toHaveLength(32);
    await vault.answerAll();
    expect(vault.peak).toBe(32);
    expect(market.vault.lookups).toEqual(names(200, 'made-up'));
    expect(asked.every(({ error }) => error?.code === 'BANK_AUTH_CONFIG')).toBe(true);
  });

  test('of known merchants and of the provider itself wait behind no made-up key', async () => {
    const market = new Market({ limit: 100, own: true }).add('a');
    await market.warmAll('a');
    open(market);
    for (const key of names(200, 'made-up')) ask(market.of(key));
    await settle();
    const renewal = ask(market.of('a'), 'refresh');
    const own = ask(market.service);
    await settle();
    expect(renewal.token?.value).toMatch(/^a@v1#[23]$/);
    expect(own.token).toBeDefined();
  });

  test('without an answer make room at the deadline of their flights', async () => {
    const market = new Market({ limit: 100 }).add('a');
    market.vault.otherwise = () => new Promise(() => undefined);
    for (const key of names(64, 'made-up')) ask(market.of(key));
    const waiter = ask(market.of('a'));
    await market.clock.advance(29_000);
    expect(waiter.settled).toBe(0);
    await market.clock.advance(2_000);
    expect(waiter.token?.value).toBe('a@v1#1');
  });

  test('are refused at once where the line is full, with an error that may be retried', async () => {
    const market = new Market({ limit: 100, tokenRequests: { concurrency: 8, queue: 10 } });
    open(market);
    const asked = names(43, 'made-up').map((key) => ask(market.of(key)));
    await settle();
    expect(asked.filter(({ settled }) => settled > 0)).toHaveLength(1);
    expect(asked.at(-1)?.error).toMatchObject({
      code: 'BANK_AUTH_QUEUE_FULL',
      retryable: true,
      message: expect.stringContaining(
        '10 reads of credentials of this provider are already waiting for their turn',
      ),
    });
  });

  test('take no time of the flight while they wait', async () => {
    const market = new Market({ limit: 100 });
    const vault = open(market);
    for (const key of names(32, 'made-up')) ask(market.of(key));
    const slow = ask(market.of('slow'));
    market.vault.secrets.set('slow', () => Promise.resolve(secret('slow')));
    await market.clock.advance(14_000);
    await vault.answerAll();
    expect(slow.token?.value).toBe('slow@v1#1');
  });

  test('are not answered after the end', async () => {
    const market = new Market({ limit: 100 });
    open(market);
    const asked = names(40, 'made-up').map((key) => ask(market.of(key)));
    await settle();
    market.service.close();
    await settle();
    expect(asked.every(({ settled }) => settled === 1)).toBe(true);
    expect(market.vault.lookups).toHaveLength(32);
    expect(market.clock.timers).toBe(0);
  });
});
