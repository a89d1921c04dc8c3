import { expect, jest, test } from '@jest/globals';
import { RedisTime, thereAt, thereAtMost } from '../../../src/redis/redis-moment.js';
import { SeenOrders } from '../../../src/redis/seen-orders.js';

test('the clock of Redis lies between the bounds of an instant answer and of one that took all of the time', () => {
  const moment = { there: 1_000, sent: 10, here: 30 };
  expect(thereAt(moment, 130)).toBe(1_100);
  expect(thereAtMost(moment, 130)).toBe(1_120);
});

test('the clock of Redis is known from its first answer on, and runs as ours does', () => {
  const now = jest.spyOn(performance, 'now').mockReturnValue(50);
  try {
    const time = new RedisTime();
    expect(time.now).toBeUndefined();
    expect(time.note('7000500', 40)).toEqual({ there: 7_000.5, here: 50, sent: 40 });
    now.mockReturnValue(60);
    expect(time.now).toBe(7_010.5);
  } finally {
    now.mockRestore();
  }
});

test('the latest order of a key is remembered, for at most twenty thousand keys', () => {
  const seen = new SeenOrders();
  expect(seen.latest('first', 0)).toBe(0);
  seen.note('first', 5);
  for (let index = 1; index < 20_000; index += 1) seen.note(`key ${index}`, index);
  expect(seen.latest('first', 0)).toBe(5);
  seen.note('one more', 1);
  expect(seen.latest('first', 0)).toBe(0);
  expect(seen.latest('key 1', 0)).toBe(1);
});

test('an order that is a minute ahead of the clock of Redis is forgotten, since the clock was set back', () => {
  const seen = new SeenOrders();
  seen.note('key', 60_000_001);
  expect(seen.latest('key', 1)).toBe(60_000_001);
  expect(seen.latest('key', 0)).toBe(0);
});
