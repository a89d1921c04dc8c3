import { describe, expect, test } from '@jest/globals';
import type { TokenEntry } from '../../../src/token/token-entry.js';
import {
  fail,
  issue,
  machine,
  reduce,
  START,
  startPlus,
  unavailable,
} from '../../support/machine.fixtures.js';

const held = issue(machine.empty, 'current');
const worked = reduce(held, { type: 'accepted', value: 'current', afterRefusal: false });

describe('an event without news leaves the entry as it is:', () => {
  test.each<[string, TokenEntry, Parameters<typeof reduce>[1]]>([
    [
      'another success of a token that has worked',
      worked,
      { type: 'accepted', value: 'current', afterRefusal: false },
    ],
    [
      'a success of a token that is no longer held',
      held,
      { type: 'accepted', value: 'older', afterRefusal: true },
    ],
    [
      'a success where no token is held',
      machine.empty,
      { type: 'accepted', value: 'older', afterRefusal: false },
    ],
    ['a refusal of a token that is no longer held', held, { type: 'refused', value: 'older', at: START }],
    ['a refusal where no token is held', machine.empty, { type: 'refused', value: 'older', at: START }],
    ['an invalidation of a token that is no longer held', held, { type: 'invalidated', value: 'older' }],
    ['an invalidation where no token is held', machine.empty, { type: 'invalidated', value: 'older' }],
  ])('%s', (_what, entry, event) => {
    expect(reduce(entry, event)).toBe(entry);
  });

  test('credentials that are read again without a cool-down only end the flight', () => {
    const flying = reduce(machine.empty, { type: 'flight-started' });
    const landed = reduce(flying, { type: 'rechecked', at: START });
    expect(landed).toEqual({ flying: false, refused: false });
    expect(landed.coolDown).toBeUndefined();
    expect(machine.untilRenewal(landed, startPlus(1))).toBe(0);
  });
});

test('a success after a refusal counts although the token has worked before', () => {
  const refused = reduce(worked, { type: 'refused', value: 'current', at: START });
  const next = issue(refused, 'next');
  const used = reduce(next, { type: 'accepted', value: 'next', afterRefusal: false });
  expect(used.refusals).toBeDefined();
  const settled = reduce(used, { type: 'accepted', value: 'next', afterRefusal: true });
  expect(settled.refusals).toBeUndefined();
  expect(settled.current?.worked).toBe(true);
});

test('the state of a failed flight without a token differs from that of one with a token', () => {
  const failed = fail(machine.empty, unavailable);
  expect(machine.state(failed, startPlus(1))).toBe('cooling-down');
  expect(machine.state(failed, startPlus(60_000))).toBe('absent');
  const expired = fail(issue(machine.empty, 'old', 3_600_000, startPlus(-7_200_000)), unavailable);
  expect(machine.state(expired, startPlus(1))).toBe('cooling-down');
  expect(machine.state(expired, startPlus(60_000))).toBe('expired');
});
