import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { firstValueFrom, toArray } from 'rxjs';
import { elapsed, SystemClock } from '../../../src/time/clock.js';
import { replayable } from '../../support/replay.js';

describe('the elapsed time', () => {
  test('is that of the clock that saw more of it', () => {
    const since = { wall: 1_000, monotonic: 50 };
    expect(elapsed(since, since)).toBe(0);
    expect(elapsed(since, { wall: 1_010, monotonic: 60 })).toBe(10);
    expect(elapsed(since, { wall: 900, monotonic: 60 })).toBe(10);
    expect(elapsed(since, { wall: 1_500, monotonic: 50 })).toBe(500);
  });

  test('is never less than either clock shows', () => {
    const instant = fc.record({ wall: fc.integer(), monotonic: fc.integer() });
    fc.assert(
      fc.property(instant, instant, (since, now) => {
        expect(elapsed(since, now)).toBeGreaterThanOrEqual(now.wall - since.wall);
        expect(elapsed(since, now)).toBeGreaterThanOrEqual(now.monotonic - since.monotonic);
      }),
      replayable('FUZZ'),
    );
  });
});

describe('the clock of the system', () => {
  const clock = new SystemClock();

  test('shows the wall time and a monotonic time', () => {
    const before = Date.now();
    const first = clock.now();
    const second = clock.now();
    expect(first.wall).toBeGreaterThanOrEqual(before);
    expect(clock.wall()).toBeGreaterThanOrEqual(first.wall);
    expect(second.monotonic).toBeGreaterThanOrEqual(first.monotonic);
  });

  test('emits once and completes', async () => {
    const order: string[] = [];
    // Timers that are due are called in the order in which they came due, however late that is.
    setTimeout(() => order.push('after 10'), 10);
    expect(await firstValueFrom(clock.timer(20).pipe(toArray()))).toHaveLength(1);
    expect(order).toEqual(['after 10']);
  });

  test('treats a negative time as zero', async () => {
    await firstValueFrom(clock.timer(-5));
  });

  test('does not fire at once where the time exceeds the longest timer of Node', async () => {
    let fired = false;
    const subscription = clock.timer(1e12).subscribe(() => {
      fired = true;
    });
    await firstValueFrom(clock.timer(20));
    subscription.unsubscribe();
    expect(fired).toBe(false);
  });

  test('leaves no timer behind when unsubscribed', async () => {
    let fired = false;
    const subscription = clock.timer(5).subscribe(() => {
      fired = true;
    });
    subscription.unsubscribe();
    await firstValueFrom(clock.timer(30));
    expect(fired).toBe(false);
  });
});

test('no timer keeps the process alive', () => {
  // A timer without a reference is not among the active resources.
  const timeouts = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const before = timeouts();
  const subscription = new SystemClock().timer(60_000).subscribe();
  expect(timeouts()).toBe(before);
  subscription.unsubscribe();
});
