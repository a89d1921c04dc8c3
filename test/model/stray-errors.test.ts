import { expect, test } from '@jest/globals';
import { settle } from '../support/virtual-clock.js';
import { StrayErrors } from './stray-errors.js';

test('an unhandled rejection is noticed by the end of the step', async () => {
  const stray = new StrayErrors();
  const failure = new Error('on purpose');
  const unhandled = Promise.reject(failure);
  await settle();
  stray.stop();
  expect(stray.seen).toEqual([failure]);
  // Handled at last, so that Jest forgives it.
  await unhandled.catch(() => undefined);
  await settle();
});
