import { describe, expect, test } from '@jest/globals';
import { FlightBudget } from '../../../src/token/flight-budget.js';
import { VirtualClock } from '../../support/virtual-clock.js';

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

describe('the time that a flight may take', () => {
  test('runs from its beginning, and is over once', async () => {
    const { clock, budget, over, isCompleted } = scene();
    expect([budget.milliseconds, budget.left]).toEqual([15_000, 15_000]);
    await clock.advance(14_999);
    expect([budget.left, over, isCompleted()]).toEqual([1, [], false]);
    await clock.advance(1);
    expect([budget.left, over, isCompleted()]).toEqual([0, [15_000], true]);
    await clock.advance(60_000);
    expect([budget.left, over, clock.timers]).toEqual([0, [15_000], 0]);
  });

  test('stands still while it waits for its turn', async () => {
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

  test('stands still as often as it has to', async () => {
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

  test('is not told twice by being told the same again', async () => {
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

  test('stands still from the start where there is no room', async () => {
    const { clock, budget, over } = scene();
    budget.standStill(true);
    await clock.advance(60_000);
    expect([budget.left, over]).toEqual([15_000, []]);
    budget.standStill(false);
    await clock.advance(15_000);
    expect(over).toEqual([75_000]);
  });

  test('is shorter by what has counted while it stood still', async () => {
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

  test('is over at once where that was all there was', async () => {
    const { clock, budget, over } = scene();
    budget.standStill(true);
    await clock.advance(60_000);
    budget.standStill(false, 20_000);
    expect(budget.left).toBe(0);
    await clock.advance(1);
    expect(over).toEqual([60_001]);
  });

  test('is what the clock says that saw more of it', async () => {
    const { clock, budget } = scene();
    await clock.advance(1_000);
    clock.suspend(4_000);
    expect(budget.left).toBe(10_000);
    budget.standStill(true);
    clock.suspend(60_000);
    expect(budget.left).toBe(10_000);
    budget.standStill(false);
    clock.setWall(clock.wall() - 3_600_000);
    expect(budget.left).toBe(10_000);
    clock.suspend(7_200_000);
    expect(budget.left).toBe(0);
  });

  test('that was slept over while it ran is over at once when it runs again', async () => {
    const { clock, budget, over } = scene();
    clock.suspend(20_000);
    budget.standStill(true);
    expect(budget.left).toBe(0);
    budget.standStill(false);
    await clock.advance(1);
    expect(over).toEqual([1]);
  });

  test('leaves no timer where nobody asks for its end any more', async () => {
    const { clock, subscription, budget } = scene();
    expect(clock.timers).toBe(1);
    subscription.unsubscribe();
    expect(clock.timers).toBe(0);
    budget.standStill(true);
    budget.standStill(false);
    expect(clock.timers).toBe(0);
  });
});
