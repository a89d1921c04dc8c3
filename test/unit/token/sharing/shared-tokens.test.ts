import { describe, expect, test } from '@jest/globals';
import { NEVER, Subject } from 'rxjs';
import type { StoredToken, TokenChange, TokenLease, TokenStore } from '../../../../src/store/index.js';
import { GuardedStore } from '../../../../src/token/sharing/guarded-store.js';
import { SharedTokens } from '../../../../src/token/sharing/shared-tokens.js';
import { LogLines } from '../../../support/token-service.harness.js';
import { settle, VirtualClock } from '../../../support/virtual-clock.js';

const token: StoredToken = {
  fingerprint: 'f1',
  value: 'opaque~token',
  scopes: [],
  issuedAt: 0,
  lifetime: 3_600_000,
  credentialsVersion: 'v1',
};
const lease: TokenLease = { extend: async () => true, release: async () => undefined };

/** One merchant's place in a store that has a newer token, and whose news the test tells. */
function shared() {
  const news = new Subject<TokenChange>();
  const store: TokenStore = {
    read: async () => undefined,
    writeIfNewer: async () => false,
    remove: async () => undefined,
    changes: () => news,
  };
  const clock = new VirtualClock();
  const logger = new LogLines();
  const tokens = new SharedTokens(new GuardedStore(store, clock, logger), 'key', NEVER);
  tokens.listen(() => undefined);
  return { tokens, clock, logger, happens: () => news.next({ type: 'released' }) };
}

describe('news wake a flight that waits', () => {
  /** Notes how often it is woken: it waits for the next news each time. */
  function waiting({ tokens, happens }: ReturnType<typeof shared>) {
    const flight = { wakes: 0 };
    const wait = () => {
      tokens.newsSince(tokens.newsHeard).subscribe(() => {
        flight.wakes += 1;
        wait();
      });
    };
    wait();
    const hear = (count: number) => {
      for (let n = 0; n < count; n += 1) happens();
      return flight.wakes;
    };
    return { flight, hear };
  }

  test('at once, and up to five times in a second', async () => {
    const parts = shared();
    const { flight, hear } = waiting(parts);
    for (let n = 1; n <= 5; n += 1) expect(hear(1)).toBe(n);
    expect(hear(10)).toBe(5);
    await parts.clock.advance(999);
    expect(flight.wakes).toBe(5);
  });

  test('by the sixth news of a second when the second is over, from which on the next one counts', async () => {
    const parts = shared();
    const { flight, hear } = waiting(parts);
    await parts.clock.advance(10_000);
    hear(1);
    await parts.clock.advance(400);
    hear(5);
    expect(flight.wakes).toBe(5);
    await parts.clock.advance(599);
    expect(flight.wakes).toBe(5);
    await parts.clock.advance(1);
    expect(flight.wakes).toBe(6);
    expect(hear(10)).toBe(10);
    expect(parts.clock.timers).toBe(1);
  });

  test('again as soon as the second is over', async () => {
    const parts = shared();
    const { hear } = waiting(parts);
    expect(hear(4)).toBe(4);
    await parts.clock.advance(1_000);
    expect(hear(5)).toBe(9);
  });

  test('at once where they came before it began to wait, and not by those from before it looked', () => {
    const { tokens, happens } = shared();
    happens();
    const heard = tokens.newsHeard;
    const woken: string[] = [];
    tokens.newsSince(heard).subscribe(() => woken.push('by the next'));
    expect(woken).toEqual([]);
    happens();
    expect(woken).toEqual(['by the next']);
    tokens.newsSince(heard).subscribe(() => woken.push('by the one before'));
    expect(woken).toEqual(['by the next', 'by the one before']);
  });
});

describe('a store that keeps its newer token', () => {
  test.each<[string, (tokens: SharedTokens) => void, number]>([
    ['a token under a lease', (tokens) => tokens.write(token, 0, lease), 1],
    ['a token without a lease', (tokens) => tokens.write(token, 0), 0],
    ['a token that is not new', (tokens) => tokens.offer(token, 5), 1],
  ])('overtakes the process that has written %s, or does not', async (_what, write, times) => {
    const { tokens, logger } = shared();
    let overtaken = 0;
    tokens.overtaken = () => {
      overtaken += 1;
    };
    write(tokens);
    await settle();
    expect(overtaken).toBe(times);
    expect(logger.lines).toEqual([]);
  });

  test('is in no trouble where nobody follows it', async () => {
    const { tokens, logger } = shared();
    tokens.write(token, 0, lease);
    tokens.offer(token, 5);
    await settle();
    expect(logger.lines).toEqual([]);
  });
});
