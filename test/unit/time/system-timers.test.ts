import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { SystemClock } from '../../../src/time/clock.js';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

test('a timer without subscribers is cleared', () => {
  const subscription = new SystemClock().timer(60_000).subscribe();
  expect(jest.getTimerCount()).toBe(1);
  subscription.unsubscribe();
  expect(jest.getTimerCount()).toBe(0);
});

test('each subscriber has a timer of its own', () => {
  const timer = new SystemClock().timer(60_000);
  expect(jest.getTimerCount()).toBe(0);
  const fired: number[] = [];
  timer.subscribe(() => fired.push(1));
  const second = timer.subscribe(() => fired.push(2));
  second.unsubscribe();
  jest.advanceTimersByTime(60_000);
  expect(fired).toEqual([1]);
});
