import { mock, test } from 'node:test';
import { fakes, pays } from './payments.js';

test('a service pays', () => pays());

test('a service pays while timers are faked', async () => {
  mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'], now: Date.now() });
  try {
    await pays((ms) => mock.timers.setTime(Date.now() + ms));
  } finally {
    mock.timers.reset();
  }
});

test('fakes need no bank', fakes);
