import { expect, test } from '@jest/globals';
import { CallRecord } from '../../../src/http/call-record.js';

test('the record of a call that is over keeps the names of its merchant, and nothing that leads to its tokens', () => {
  const tokens = { provider: 'a-bank', label: 'a shop', acquire: () => 'a token' };
  const record = new CallRecord(tokens);
  record.opens();
  record.opens();
  record.closes();
  expect(record.caller).toBe(tokens);
  record.closes();
  expect(record.caller).toEqual({ provider: 'a-bank', label: 'a shop' });
  expect(record.report()).toMatchObject({ provider: 'a-bank', merchant: 'a shop', delivery: 'not-sent' });
});
