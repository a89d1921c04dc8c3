import { describe, expect, test } from '@jest/globals';
import type { TokenEvent } from '../../../src/token/token-machine.js';
import { issue, machine, START, startPlus, unavailable } from '../../support/machine.fixtures.js';

const held = issue(machine.empty, 'current');
const failed = (kind: 'unavailable' | 'unknown-merchant'): TokenEvent => ({
  type: 'failed',
  failure: { ...unavailable, kind },
  at: START,
  recheckable: false,
  noise: 0,
});

describe('an event reports the token that it has dropped:', () => {
  test.each<[string, TokenEvent]>([
    ['a refusal', { type: 'refused', value: 'current', at: startPlus(1) }],
    ['a refusal of another process', { type: 'refused-elsewhere', value: 'current', at: startPlus(1) }],
    ['an invalidation', { type: 'invalidated', value: 'current' }],
    ['a merchant that is gone', failed('unknown-merchant')],
  ])('%s', (_what, event) => {
    expect(machine.reduce(held, event).dropped).toBe(held.current?.token);
    expect(machine.reduce(machine.empty, event).dropped).toBeUndefined();
  });

  test.each<[string, TokenEvent]>([
    ['a late refusal of an older one', { type: 'refused', value: 'older', at: startPlus(1) }],
    ['a late invalidation of an older one', { type: 'invalidated', value: 'older' }],
    ['a failed renewal', failed('unavailable')],
    ['a rotation', { type: 'credentials-changed' }],
    ['a flight', { type: 'flight-started' }],
  ])('none for %s', (_what, event) => {
    expect(machine.reduce(held, event).dropped).toBeUndefined();
  });

  test('none for a newer token, which takes its place', () => {
    const newer = issue(machine.empty, 'newer').current;
    expect(machine.reduce(held, { type: 'issued', current: newer! }).dropped).toBeUndefined();
  });
});
