import { describe, expect, test } from '@jest/globals';
import type { TokenEntry } from '../../../src/token/token-entry.js';
import type { TokenFailure } from '../../../src/token/token-failure.js';
import {
  fail,
  invalid,
  issue,
  machine,
  reduce,
  rejected,
  START,
  startPlus,
  unavailable,
  unreadable,
} from '../../support/machine.fixtures.js';

const HOUR = 3_600_000;
const UNUSABLE = HOUR - 10_000;
const { empty } = machine;
const unknown: TokenFailure = { kind: 'unknown-merchant', reason: 'a function knows no such merchant' };
const full: TokenFailure = { kind: 'queue-full', reason: '10 token requests are waiting' };
const changed = (entry: TokenEntry) => reduce(entry, { type: 'credentials-changed' });
const flying = (entry: TokenEntry) => reduce(entry, { type: 'flight-started' });
const kind = (entry: TokenEntry, ms: number) => machine.decide(entry, startPlus(ms)).kind;
const failIn = (entry: TokenEntry, ms: number) => {
  const decision = machine.decide(entry, startPlus(ms));
  return decision.kind === 'fail' ? decision.retryInMs : decision.kind;
};
const durations = (failure: TokenFailure, noise: number) => {
  const seen: number[] = [];
  let entry: TokenEntry = empty;
  for (let n = 0; n < 4; n += 1) {
    entry = fail(entry, failure, START, { noise });
    seen.push(entry.coolDown?.duration ?? 0);
  }
  return seen;
};

describe('changed credentials', () => {
  test('make the token stale, not absent: it is served until it is unusable', () => {
    const entry = changed(issue(empty, 'a'));
    for (const age of [1_000, 60_000, UNUSABLE - 1]) {
      expect(machine.decide(entry, startPlus(age))).toEqual({
        kind: 'serve-and-renew',
        token: entry.current?.token,
      });
      expect(machine.state(entry, startPlus(age))).toBe('stale');
    }
    expect(kind(entry, UNUSABLE)).toBe('wait');
    expect(machine.untilRenewal(entry, startPlus(60_000))).toBe(0);
  });

  test('keep everything else known of the token', () => {
    const used = reduce(issue(empty, 'a'), { type: 'accepted', value: 'a', afterRefusal: false });
    const { current } = changed(used);
    expect(current).toEqual({ ...used.current, refreshAfter: current?.refreshAfter });
    const refused = reduce(used, { type: 'refused', value: 'a', at: START });
    const replacement = issue(refused, 'b');
    expect(changed(replacement).current).toMatchObject({ replacesRefused: true, worked: false });
    expect(changed(replacement).refusals).toEqual(replacement.refusals);
    expect(changed(refused)).toEqual(refused);
  });

  test('do not rejuvenate a token that is stale, expired or short-lived', () => {
    const old = issue(empty, 'a', 1);
    expect(changed(old).current?.refreshAfter).toBeLessThanOrEqual(old.current?.refreshAfter as number);
    expect(kind(changed(issue(empty, 'a')), UNUSABLE)).toBe('wait');
  });

  test('are forgotten when a token has been obtained with them', () => {
    const entry = issue(changed(issue(empty, 'a')), 'b', HOUR, startPlus(5_000));
    expect(machine.state(entry, startPlus(10_000))).toBe('fresh');
    expect(entry.current).toEqual(issue(empty, 'b', HOUR, startPlus(5_000)).current);
  });

  test('start nothing during a flight, and do not end it', () => {
    const entry = changed(flying(issue(empty, 'a')));
    expect(entry.flying).toBe(true);
    expect(kind(entry, 5_000)).toBe('serve');
    expect(machine.untilRenewal(entry, startPlus(5_000))).toBe(Number.POSITIVE_INFINITY);
  });

  test.each<[string, TokenFailure]>([
    ['a rejection', rejected],
    ['credentials that cannot be read', unreadable],
    ['a key that nobody has', unknown],
  ])('end the cool-down of %s, at most a second after it began', (_what, failure) => {
    const entry = changed(fail(fail(empty, failure), failure, startPlus(5_000)));
    expect(kind(entry, 6_000)).toBe('wait');
    expect(machine.state(entry, startPlus(6_000))).toBe('absent');
    expect(machine.onlyRechecks(entry, startPlus(6_000))).toBe(false);
    expect(machine.untilRenewal(entry, startPlus(6_000))).toBe(0);
  });

  test('also end a cool-down that would read them again', () => {
    const cooling = fail(issue(empty, 'a'), rejected, startPlus(5_000), { recheckable: true });
    const entry = changed(cooling);
    expect(kind(entry, 6_000)).toBe('serve-and-renew');
    expect(machine.onlyRechecks(entry, startPlus(6_000))).toBe(false);
  });

  test('end the cool-down of a rejection no sooner than the bank asked for', () => {
    const entry = changed(fail(empty, { ...rejected, retryAfterMs: 30_000 }));
    expect(failIn(entry, 29_999)).toBe(1);
    expect(kind(entry, 30_000)).toBe('wait');
  });

  test('never lengthen a cool-down', () => {
    const short = fail(empty, { ...rejected, coolForMs: 300 });
    expect(kind(changed(short), 300)).toBe('wait');
  });

  test.each<[string, TokenFailure, number]>([
    ['an outage', unavailable, 1_000],
    ['what the bank asks for', { ...unavailable, retryAfterMs: 30_000 }, 30_000],
    ['an answer that is no token', invalid, 10_000],
    ['a full queue', full, 1_000],
  ])('do not end the cool-down of %s', (_what, failure, duration) => {
    const cooling = fail(empty, failure);
    const entry = changed(cooling);
    expect(entry.coolDown).toEqual(cooling.coolDown);
    expect(failIn(entry, duration - 1)).toBe(1);
    // Nor for a token that is stale by now.
    expect(kind(changed(fail(issue(empty, 'a'), failure)), duration - 1)).toBe('serve');
    expect(kind(changed(fail(issue(empty, 'a'), failure)), Math.max(duration, 1_000))).toBe(
      'serve-and-renew',
    );
  });

  test('change nothing in an empty entry', () => {
    expect(changed(empty)).toEqual(empty);
    expect(Object.isFrozen(empty)).toBe(true);
  });

  test('change no entry in place', () => {
    const entry = Object.freeze(fail(issue(empty, 'a'), rejected));
    const before = structuredClone({ ...entry.current, token: undefined });
    expect(changed(entry)).not.toBe(entry);
    expect({ ...entry.current, token: undefined }).toEqual(before);
    expect(entry.coolDown?.duration).toBe(60_000);
  });
});

describe('credentials that change again and again', () => {
  test('make no token stale in its first second', () => {
    const entry = changed(changed(issue(empty, 'a')));
    expect(kind(entry, 999)).toBe('serve');
    expect(machine.untilRenewal(entry, startPlus(400))).toBe(600);
    expect(kind(entry, 1_000)).toBe('serve-and-renew');
  });

  test('end no cool-down of a rejection in its first second, to spare the bank', () => {
    const entry = changed(changed(fail(empty, rejected)));
    expect(failIn(entry, 999)).toBe(1);
    expect(kind(entry, 1_000)).toBe('wait');
  });

  test.each<[string, TokenFailure]>([
    ['credentials that cannot be read', unreadable],
    ['a key that nobody has', unknown],
  ])('end a cool-down at once that cost the bank no request: %s', (_what, failure) => {
    const entry = changed(fail(empty, failure));
    expect(kind(entry, 0)).toBe('wait');
    expect(entry.coolDown).toBeUndefined();
  });
});

describe('an unknown key', () => {
  test('is looked up again after a second, however often and with whatever jitter', () => {
    expect(durations(unknown, 1)).toEqual(Array(4).fill(1_000));
    expect(durations(unknown, -1)).toEqual(Array(4).fill(1_000));
    expect(failIn(fail(empty, unknown), 999)).toBe(1);
    expect(failIn(fail(empty, unknown), 1_000)).toBe('wait');
  });

  test('is not looked up within the cool-down, though its source may change', () => {
    const entry = fail(empty, unknown, START, { recheckable: true });
    expect(entry.coolDown?.recheckable).toBe(false);
    expect(machine.onlyRechecks(entry, startPlus(500))).toBe(false);
    expect(machine.untilRenewal(entry, startPlus(400))).toBe(600);
  });

  test('is not looked up sooner by an explicit renewal', () => {
    const entry = fail(empty, unknown);
    expect(machine.decideRefresh(entry, startPlus(999))).toMatchObject({ kind: 'fail', retryInMs: 1 });
    expect(machine.decideRefresh(entry, startPlus(1_000))).toEqual({ kind: 'wait' });
  });

  test('loses the token that it had', () => {
    const entry = fail(issue(empty, 'a'), unknown, startPlus(5_000));
    expect(entry.current).toBeUndefined();
    expect(failIn(entry, 5_500)).toBe(500);
    expect(machine.state(entry, startPlus(5_500))).toBe('cooling-down');
  });
});

describe('a full queue', () => {
  test('cools down as an outage does: a second, doubling to three', () => {
    expect(durations(full, 0)).toEqual([1_000, 2_000, 3_000, 3_000]);
    expect(durations(full, -1)).toEqual([900, 1_800, 2_700, 2_700]);
    expect(durations(full, 1)).toEqual([1_100, 2_200, 3_000, 3_000]);
  });

  test('leaves the current token in use', () => {
    const entry = fail(issue(empty, 'a'), full, startPlus(HOUR - 120_000));
    expect(kind(entry, HOUR - 120_000 + 999)).toBe('serve');
    expect(kind(entry, HOUR - 120_000 + 1_000)).toBe('serve-and-renew');
  });
});
