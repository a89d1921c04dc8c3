import { describe, expect, test } from '@jest/globals';
import { FlightBudget } from '../../../../src/token/flight/flight-budget.js';
import { LeasePatience } from '../../../../src/token/flight/lease-patience.js';
import type { SharedTokens } from '../../../../src/token/sharing/shared-tokens.js';
import { VirtualClock } from '../../../support/virtual-clock.js';

const DEADLINE = 15_000;
const ATTEMPT = 5_000;

/** Flights of one replica, one after the other: what they know of the holder of the lease is shared. */
function scene({ deadline = DEADLINE, random = 0 } = {}) {
  const clock = new VirtualClock();
  const shared = {} as SharedTokens;
  const parts = { clock, random: () => random, retry: { deadline } } as never;
  const flight = () => {
    const budget = new FlightBudget(deadline, clock);
    // Its time runs while it is watched.
    budget.over.subscribe();
    return new LeasePatience(parts, shared, budget, ATTEMPT);
  };
  return { clock, shared, flight };
}

describe('a flight that waits for the lease of another process', () => {
  test('waits until its own time left is what one attempt takes', async () => {
    const { clock, flight } = scene();
    const patience = flight();
    await clock.advance(DEADLINE - ATTEMPT - 1);
    expect([patience.left, patience.endsWith('a')]).toEqual([1, false]);
    await clock.advance(1);
    expect([patience.left, patience.endsWith('a')]).toEqual([0, true]);
  });

  test('keeps up to a second more, so that not all flights end their waiting at once', () => {
    expect(scene({ random: 0.25 }).flight().left).toBe(DEADLINE - ATTEMPT - 250);
  });

  test('waits for half of its deadline where an attempt would take more', () => {
    expect(scene({ deadline: 6_000 }).flight().left).toBe(3_000);
  });

  test('does not wait for an owner that has held the lease for longer than any flight lasts', async () => {
    const { clock, flight } = scene();
    expect(flight().endsWith('a')).toBe(false);
    await clock.advance(DEADLINE);
    expect(flight().endsWith('a')).toBe(false);
    await clock.advance(1);
    expect(flight().endsWith('a')).toBe(true);
    expect(flight().endsWith('a')).toBe(true);
  });

  test('does not wait for an owner that an earlier flight has waited for in vain', async () => {
    const { clock, flight } = scene();
    const patience = flight();
    await clock.advance(DEADLINE - ATTEMPT);
    expect(patience.endsWith('a')).toBe(true);
    expect(flight().endsWith('a')).toBe(true);
    // Another one has its own time, and so has the first where it comes again.
    expect(flight().endsWith('b')).toBe(false);
    expect(flight().endsWith('a')).toBe(false);
  });

  test('knows no owner where the store tells none, and waits for its own time', async () => {
    const { clock, shared, flight } = scene();
    const patience = flight();
    await clock.advance(DEADLINE - ATTEMPT);
    expect(patience.endsWith('a')).toBe(true);
    expect(flight().endsWith(undefined)).toBe(false);
    expect(shared.holder).toBeUndefined();
    expect(patience.endsWith(undefined)).toBe(true);
  });
});
