import { describe, expect, test } from '@jest/globals';
import { LEAST_PAUSE, partOf } from '../../../../src/time/running-time.js';
import { FlightBudget } from '../../../../src/token/flight/flight-budget.js';
import { settle, VirtualClock } from '../../../support/virtual-clock.js';

function scene(milliseconds = 15_000) {
  const clock = new VirtualClock();
  const budget = new FlightBudget(milliseconds, clock);
  const over: number[] = [];
  let completed = false;
  const subscription = budget.over.subscribe({
    next: () => over.push(clock.now().monotonic),
    complete: () => {
      completed = true;
    },
  });
  return { clock, budget, over, subscription, isCompleted: () => completed };
}

describe('the budget of a flight', () => {
  test('runs from its beginning and ends once', async () => {
    const { clock, budget, over, isCompleted } = scene();
    expect([budget.milliseconds, budget.left]).toEqual([15_000, 15_000]);
    await clock.advance(14_999);
    expect([budget.left, over, isCompleted()]).toEqual([1, [], false]);
    await clock.advance(1);
    expect([budget.left, over, isCompleted()]).toEqual([0, [15_000], true]);
    await clock.advance(60_000);
    expect([budget.left, over, clock.timers]).toEqual([0, [15_000], 0]);
  });

  test('stops while the flight waits for its turn', async () => {
    const { clock, budget, over } = scene();
    await clock.advance(5_000);
    budget.standStill(true);
    expect(clock.timers).toBe(0);
    await clock.advance(600_000);
    expect([budget.left, over]).toEqual([10_000, []]);
    budget.standStill(false);
    await clock.advance(9_999);
    expect([budget.left, over]).toEqual([1, []]);
    await clock.advance(1);
    expect(over).toEqual([615_000]);
  });

  test('stops as often as the flight waits', async () => {
    const { clock, budget, over } = scene();
    for (let n = 0; n < 5; n += 1) {
      await clock.advance(2_000);
      budget.standStill(true);
      await clock.advance(7_000);
      budget.standStill(false);
    }
    expect(budget.left).toBe(5_000);
    await clock.advance(5_000);
    expect(over).toEqual([50_000]);
  });

  test('ignores a second stop or start', async () => {
    const { clock, budget, over } = scene();
    budget.standStill(false);
    await clock.advance(1_000);
    budget.standStill(false);
    expect([budget.left, clock.timers]).toEqual([14_000, 1]);
    budget.standStill(true);
    await clock.advance(1_000);
    budget.standStill(true);
    await clock.advance(1_000);
    budget.standStill(false);
    expect(budget.left).toBe(14_000);
    await clock.advance(14_000);
    expect(over).toEqual([17_000]);
  });

  test('is stopped from the start where the queue has no room', async () => {
    const { clock, budget, over } = scene();
    budget.standStill(true);
    await clock.advance(60_000);
    expect([budget.left, over]).toEqual([15_000, []]);
    budget.standStill(false);
    await clock.advance(15_000);
    expect(over).toEqual([75_000]);
  });

  test('is shorter by the time that counted while it was stopped', async () => {
    const { clock, budget, over } = scene();
    budget.standStill(true);
    await clock.advance(60_000);
    budget.standStill(false, 14_000);
    expect([budget.left, over]).toEqual([1_000, []]);
    await clock.advance(999);
    expect(over).toEqual([]);
    await clock.advance(1);
    expect(over).toEqual([61_000]);
  });

  test('ends at once where that was all of it', async () => {
    const { clock, budget, over } = scene();
    budget.standStill(true);
    await clock.advance(60_000);
    budget.standStill(false, 20_000);
    expect(budget.left).toBe(0);
    await clock.advance(1);
    expect(over).toEqual([60_001]);
  });

  test('follows the monotonic clock when the wall clock is set forward or back', async () => {
    const { clock, budget, over } = scene();
    await clock.advance(1_000);
    clock.setWall(clock.wall() - 3_600_000);
    await clock.advance(1_000);
    clock.setWall(clock.wall() + 7_200_000);
    await clock.advance(20_000);
    expect(budget.left).toBe(0);
    expect(over[0]).toBeGreaterThanOrEqual(15_000 - 1_500);
    expect(over[0]).toBeLessThanOrEqual(15_000 + 1_500);
  });

  test.each([
    ['frozen', (clock: VirtualClock) => clock.freeze(60_000)],
    ['suspended', (clock: VirtualClock) => clock.suspend(60_000)],
  ])('loses at most a tenth to a process that is %s, however long that lasts', async (_how, pause) => {
    const { clock, budget, over } = scene();
    await clock.advance(4_000);
    pause(clock);
    expect(budget.left).toBeGreaterThanOrEqual(11_000 - 1_500);
    await clock.advance(9_500);
    expect(over).toEqual([]);
    await clock.advance(1_500);
    expect(over).toHaveLength(1);
  });

  test('loses at most a tenth to each of many pauses', async () => {
    const { clock, budget, over } = scene();
    for (let n = 0; n < 5; n += 1) {
      clock.freeze(30_000);
      await settle();
    }
    expect(budget.left).toBeGreaterThanOrEqual(7_500);
    expect(over).toEqual([]);
    for (let n = 0; n < 10; n += 1) {
      clock.freeze(30_000);
      await settle();
    }
    expect(over).toHaveLength(1);
  });

  test('reports whether the process has paused since an attempt began', async () => {
    const { clock, budget } = scene();
    await clock.advance(4_000);
    expect(budget.paused).toBe(false);
    clock.freeze(10_000);
    expect(budget.paused).toBe(true);
    await settle();
    await clock.advance(3_000);
    expect(budget.paused).toBe(true);
    budget.attemptBegins();
    expect(budget.paused).toBe(false);
    await clock.advance(3_000);
    expect(budget.paused).toBe(false);
    clock.suspend(10_000);
    expect(budget.paused).toBe(true);
    await clock.advance(2_000);
    expect(budget.paused).toBe(true);
  });

  test.each([
    [LEAST_PAUSE - 1, false],
    [LEAST_PAUSE, true],
  ])('takes %d ms beyond a part of its time for a pause: %s', (besides, paused) => {
    const { clock, budget } = scene();
    clock.freeze(partOf(15_000) + besides);
    expect(budget.paused).toBe(paused);
  });

  test('blames no pause for an attempt that began with less than a tenth left', async () => {
    const { clock, budget } = scene();
    await clock.advance(14_000);
    clock.freeze(10_000);
    budget.attemptBegins();
    expect([budget.left, budget.paused]).toEqual([0, true]);
  });

  test('reports no pause while it is stopped', async () => {
    const { clock, budget } = scene();
    budget.standStill(true);
    clock.freeze(10_000);
    budget.standStill(false);
    expect(budget.paused).toBe(false);
  });

  test('leaves no timer without a subscriber', async () => {
    const { clock, subscription, budget } = scene();
    expect(clock.timers).toBe(1);
    subscription.unsubscribe();
    expect(clock.timers).toBe(0);
    budget.standStill(true);
    budget.standStill(false);
    expect(clock.timers).toBe(0);
  });
});
