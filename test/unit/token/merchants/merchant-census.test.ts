import { describe, expect, test } from '@jest/globals';
import { countMerchants, troubledFirst } from '../../../../src/token/merchants/merchant-census.js';
import type { TokenEntry } from '../../../../src/token/token-entry.js';
import type { TokenFailure } from '../../../../src/token/token-failure.js';
import { accessToken, machine, reduce, START, startPlus } from '../../../support/machine.fixtures.js';

const HOUR = 3_600_000;
const { empty } = machine;

const issued = (entry: TokenEntry, ageMs = 0): TokenEntry => {
  const since = startPlus(-ageMs);
  const token = accessToken(`aged-${ageMs}`, HOUR, since);
  return reduce(entry, { type: 'issued', current: { token, since, ...machine.schedule(HOUR, 0, true) } });
};
const failed = (entry: TokenEntry, kind: TokenFailure['kind'], agoMs = 0): TokenEntry =>
  reduce(entry, {
    type: 'failed',
    failure: { kind, reason: 'HTTP 401' },
    at: startPlus(-agoMs),
    recheckable: false,
    noise: 0,
  });
const refused = (entry: TokenEntry): TokenEntry =>
  reduce(entry, { type: 'refused', value: entry.current?.token.value as string, at: START });

/** A merchant of each kind, by what is to be said of it, in the order of weight. */
const merchants: Readonly<Record<string, TokenEntry>> = {
  'cools down without a token': failed(empty, 'rejected'),
  'failed, and may ask again': failed(empty, 'rejected', HOUR),
  'failed, and asks again': reduce(failed(empty, 'rejected', HOUR), { type: 'flight-started' }),
  'failed, and its token has ended': failed(issued(empty, HOUR), 'rejected'),
  'has a token that is refused': refused(issued(refused(issued(empty)))),
  'cannot be renewed': failed(issued(empty, HOUR - 60_000), 'rejected'),
  'failed to renew a fresh token': failed(issued(empty), 'rejected'),
  'has a fresh token': issued(empty),
  'has none': empty,
  'is nobody': failed(empty, 'unknown-merchant'),
};
const asMerchants = (names: readonly string[]) =>
  names.map((name) => ({
    name,
    entry: merchants[name] as TokenEntry,
    isFlying: name.endsWith('asks again'),
  }));
const all = Object.keys(merchants);

test('merchants are counted by state; those that cannot call are failing, and keys of nobody are none', () => {
  const others = [{ entry: failed(empty, 'unknown-merchant'), isFlying: true }];
  expect(countMerchants([...asMerchants(all), ...others], machine, START)).toEqual({
    merchants: { absent: 3, fresh: 2, stale: 1, expired: 0, 'cooling-down': 2, refused: 1 },
    failingMerchants: 5,
    flights: 2,
  });
});

describe('merchants in trouble', () => {
  const listed = (names: readonly string[], limit: number) =>
    troubledFirst(asMerchants(names), limit, machine, START).map(({ name }) => name);

  test('come first: those without a token, those whose tokens are refused, those that live on an old one', () => {
    const [absent, rest] = [all.slice(0, 4), all.slice(4)];
    // Those of equal weight stay as they are.
    expect(listed([...rest.reverse(), ...absent], 100)).toEqual([
      ...absent,
      'has a token that is refused',
      'failed to renew a fresh token',
      'cannot be renewed',
      'has none',
      'has a fresh token',
      'is nobody',
    ]);
  });

  test.each([
    [3, all.slice(0, 3)],
    [0, []],
    [-1, []],
    [Number.NaN, []],
  ])('are as many as are asked for: %d', (limit, names) => {
    expect(listed(all, limit)).toEqual(names);
  });
});
