import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { within } from '../../../src/redis/within.js';

const NEVER = new Promise<never>(() => undefined);

describe('a wait with an end', () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  test('comes to what the work comes to, if that is in time', async () => {
    expect(await within(1_000, Promise.resolve('done'))).toBe('done');
    await expect(within(1_000, Promise.reject(new Error('refused')))).rejects.toThrow('refused');
  });

  test('comes to nothing, if the work takes longer', async () => {
    expect(await within(1, NEVER)).toBeUndefined();
  });

  test.each([
    ['keeps no process alive', undefined, false],
    ['keeps the process alive where that is wanted', true, true],
  ])('%s', async (_title, keepsAlive, expected) => {
    const timers = jest.spyOn(globalThis, 'setTimeout');
    const clears = jest.spyOn(globalThis, 'clearTimeout');
    let finish: () => void = () => undefined;
    const waited = within(
      60_000,
      new Promise<void>((resolve) => {
        finish = resolve;
      }),
      keepsAlive,
    );
    const timer = timers.mock.results[0]?.value as NodeJS.Timeout;
    expect(timer.hasRef()).toBe(expected);
    finish();
    await waited;
    expect(clears).toHaveBeenCalledWith(timer);
  });
});
