import { jest, test } from '@jest/globals';
import { fakes, pays } from './payments.js';

test('a service pays', () => pays(), 60_000);

test('a service pays while timers are faked', async () => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
  try {
    await pays((ms) => jest.setSystemTime(Date.now() + ms));
  } finally {
    jest.useRealTimers();
  }
}, 60_000);

test('fakes need no bank', fakes);
