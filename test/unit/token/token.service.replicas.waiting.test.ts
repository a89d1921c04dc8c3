import { describe, expect, test } from '@jest/globals';
import type { LeaseAnswer } from '../../../src/store/index.js';
import { rejected } from '../../support/machine.fixtures.js';
import { Fleet, times, tokensOf } from '../../support/replicas.harness.js';
import { ask } from '../../support/token-service.harness.js';
import { settle } from '../../support/virtual-clock.js';

const RETRY = { attempts: 3, attemptTimeout: 5_000, deadline: 15_000 };
const DAYS = 86_400_000;

/** Somebody who can write to the store holds the lease, and has no token to bring. */
function hold(fleet: Fleet, owner: () => string | undefined, forMs = 300 * DAYS): void {
  for (const { link } of fleet.replicas) {
    link.lease = async (): Promise<LeaseAnswer> => ({ kind: 'held', forMs, owner: owner() });
  }
}

describe('a lease that another holds', () => {
  test('without bringing a token is waited for until there is time for one attempt, and a second', async () => {
    const fleet = new Fleet(1, { retry: RETRY }).issues();
    hold(fleet, () => 'somebody');
    const asked = fleet.ask();
    await fleet.clock.advance(8_999);
    expect(fleet.requests).toBe(0);
    await fleet.clock.advance(1);
    expect(tokensOf(asked)).toEqual(['token-1']);
    expect(fleet.times).toEqual([9_000]);
  });

  test('is waited for once only when a later caller comes, as long as the same one holds it', async () => {
    const fleet = new Fleet(1, { retry: RETRY }).issues(3_000);
    hold(fleet, () => 'somebody');
    fleet.ask();
    await fleet.clock.advance(9_000);
    for (let calls = 2; calls < 5; calls += 1) {
      // The token before can be used no more.
      await fleet.clock.advance(3_000);
      const asked = fleet.ask();
      await settle();
      expect(tokensOf(asked)).toEqual([`token-${calls}`]);
    }
    await fleet.clock.advance(3_000);
    // Somebody else is given the time again.
    hold(fleet, () => 'somebody else');
    const asked = fleet.ask();
    await fleet.clock.advance(8_999);
    expect(tokensOf(asked)).toEqual([undefined]);
    await fleet.clock.advance(1);
    expect(tokensOf(asked)).toEqual(['token-5']);
  });

  test('for longer than a deadline is not waited for, even without an earlier wait', async () => {
    const fleet = new Fleet(1, { retry: RETRY }).issues();
    hold(fleet, () => 'somebody');
    const { link } = fleet.at(0);
    const { lease } = link;
    fleet.fails(rejected);
    // The first flight ends before its patience does: it is given the lease, and refused.
    ask(fleet.at(0).service);
    await fleet.clock.advance(1_000);
    link.lease = async () => ({ kind: 'unavailable' });
    await fleet.clock.advance(1_000);
    link.lease = lease;
    fleet.issues();
    await fleet.clock.advance(13_001);
    const asked = ask(fleet.at(0).service, 'refresh');
    await settle();
    expect(asked.token?.value).toBe('token-2');
  });

  test.each<[string, () => string | undefined]>([
    ['one after the other', () => `${Math.random()}`],
    ['one whom the store does not name', () => undefined],
  ])('by %s costs the wait each time, and never the token', async (_who, owner) => {
    const fleet = new Fleet(1, { retry: RETRY }).issues(3_000);
    hold(fleet, owner);
    for (let calls = 1; calls < 4; calls += 1) {
      const asked = fleet.ask();
      await fleet.clock.advance(9_000);
      expect(tokensOf(asked)).toEqual([`token-${calls}`]);
      await fleet.clock.advance(20_000);
    }
  });

  test("over forty replicas makes few of them ask: the others take the first one's token", async () => {
    let n = 0;
    const fleet = new Fleet(40, { retry: RETRY }).replies((exchange) => {
      const number = fleet.requests;
      fleet.clock.timer(50).subscribe(() => exchange.state === 'open' && exchange.grant(`token-${number}`));
    });
    for (const replica of fleet.replicas) replica.randoms = [(n++ % 40) / 40];
    hold(fleet, () => 'somebody');
    const asked = fleet.ask();
    await fleet.clock.advance(10_000);
    expect(tokensOf(asked).filter((token) => token === undefined)).toEqual([]);
    expect(fleet.requests).toBeLessThan(40 / 2);
  });

  test('is waited for during half of a short deadline', async () => {
    const retry = { attempts: 3, attemptTimeout: 5_000, deadline: 6_000 };
    const fleet = new Fleet(2, { retry }).issues();
    hold(fleet, () => 'somebody');
    const asked = fleet.ask();
    await fleet.clock.advance(2_999);
    expect(fleet.requests).toBe(0);
    await fleet.clock.advance(1);
    expect(tokensOf(asked)).toEqual(times(2, expect.stringMatching(/^token-/) as never));
  });

  test('under an unreasonable name is ignored', async () => {
    const fleet = new Fleet(1, { retry: RETRY }).issues();
    hold(fleet, () => 'x'.repeat(1_000_000));
    const asked = fleet.ask();
    await settle();
    expect(tokensOf(asked)).toEqual(['token-1']);
  });
});
