import { expect } from '@jest/globals';

// What is checked after each of a hundred thousand steps takes less time than Jest's `expect` takes to be made ready, and
// so it is asked only to tell of a check that fails.

export function is(actual: unknown, expected: unknown): void {
  if (!Object.is(actual, expected)) expect(actual).toBe(expected);
}

export function isOneOf(actual: string | number, those: readonly (string | number)[]): void {
  if (!those.includes(actual)) expect(those).toContain(actual);
}

export function isLess(less: number, more: number): void {
  if (!(less < more)) expect(less).toBeLessThan(more);
}

export function isAtMost(less: number, more: number): void {
  if (!(less <= more)) expect(less).toBeLessThanOrEqual(more);
}
