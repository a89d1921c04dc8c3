import { test, vi } from 'vitest';
import { fakes, pays } from './payments.js';

test('a service pays', () => pays(), 60_000);

test('a service pays while timers are faked', async () => {
  vi.useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'],
  });
  try {
    await pays((ms) => vi.setSystemTime(Date.now() + ms));
  } finally {
    vi.useRealTimers();
  }
}, 60_000);

test('fakes need no bank', fakes);
