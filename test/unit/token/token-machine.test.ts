import { describe, expect, test } from '@jest/globals';
import type { TokenEntry } from '../../../src/token/token-entry.js';
import { type TokenFailure } from '../../../src/token/token-failure.js';
import { TokenMachine } from '../../../src/token/token-machine.js';
import {
  accessToken,
  cooldownPolicy,
  fail,
  invalid,
  issue,
  machine,
  reduce,
  refreshPolicy,
  rejected,
  START,
  startPlus,
  unavailable,
  unreadable,
} from '../../support/machine.fixtures.js';

const { empty } = machine;
const flying = (entry: TokenEntry) => reduce(entry, { type: 'flight-started' });
const refuse = (entry: TokenEntry, value: string, at = START) =>
  reduce(entry, { type: 'refused', value, at });
const accept = (entry: TokenEntry, value: string) =>
  reduce(entry, { type: 'accepted', value, afterRefusal: false });
const invalidate = (entry: TokenEntry, value: string) => reduce(entry, { type: 'invalidated', value });
const kind = (entry: TokenEntry, now = START) => machine.decide(entry, now).kind;
const served = (entry: TokenEntry, now = START) => {
  const decision = machine.decide(entry, now);
  return 'token' in decision ? decision.token.value : undefined;
};
const failIn = (entry: TokenEntry, now = START) => {
  const decision = machine.decide(entry, now);
  return decision.kind === 'fail' ? decision.retryInMs : decision.kind;
};
const refreshIn = (entry: TokenEntry, now = START) => {
  const decision = machine.decideRefresh(entry, now);
  return decision.kind === 'fail' ? decision.retryInMs : decision.kind;
};

// An hour without jitter: renewed from 58 min on, unusable from 59 min 50 s on.
const HOUR = 3_600_000;
const REFRESH = HOUR - 120_000;
const UNUSABLE = HOUR - 10_000;

describe('the policy table', () => {
  test('absent: a caller waits for a flight, whether it is under way or has to be started', () => {
    expect(machine.state(empty, START)).toBe('absent');
    expect(machine.decide(empty, START)).toEqual({ kind: 'wait' });
    expect(machine.decide(flying(empty), START)).toEqual({ kind: 'wait' });
    expect(machine.state(flying(empty), START)).toBe('absent');
  });

  test('fresh: a caller is served until the last millisecond before refreshAfter', () => {
    const entry = issue(empty, 'a');
    for (const age of [0, 1, REFRESH - 1]) {
      expect(machine.decide(entry, startPlus(age))).toEqual({ kind: 'serve', token: entry.current?.token });
      expect(machine.state(entry, startPlus(age))).toBe('fresh');
    }
  });

  test('stale: from refreshAfter on a caller is served and a flight starts in the background', () => {
    const entry = issue(empty, 'a');
    for (const age of [REFRESH, REFRESH + 1, UNUSABLE - 1]) {
      expect(machine.decide(entry, startPlus(age))).toEqual({
        kind: 'serve-and-renew',
        token: entry.current?.token,
      });
      expect(machine.state(entry, startPlus(age))).toBe('stale');
    }
  });

  test('stale: no second flight starts while one is under way', () => {
    const entry = flying(issue(empty, 'a'));
    expect(machine.decide(entry, startPlus(REFRESH))).toEqual({ kind: 'serve', token: entry.current?.token });
  });

  test('stale: no flight starts during the cool-down of a failed one, and one starts afterwards', () => {
    const entry = fail(issue(empty, 'a'), unavailable, startPlus(REFRESH));
    expect(kind(entry, startPlus(REFRESH + 999))).toBe('serve');
    expect(machine.state(entry, startPlus(REFRESH + 999))).toBe('stale');
    expect(kind(entry, startPlus(REFRESH + 1_000))).toBe('serve-and-renew');
    expect(served(entry, startPlus(REFRESH + 1_000))).toBe('a');
  });

  test('expired: from unusableAfter on a caller waits', () => {
    const entry = issue(empty, 'a');
    for (const age of [UNUSABLE, HOUR, 10 * HOUR]) {
      expect(machine.decide(entry, startPlus(age))).toEqual({ kind: 'wait' });
      expect(machine.decide(flying(entry), startPlus(age))).toEqual({ kind: 'wait' });
      expect(machine.state(entry, startPlus(age))).toBe('expired');
    }
  });

  test('cooling-down: a caller fails with the time left, and waits for a flight when it is over', () => {
    const entry = fail(empty, invalid);
    expect(machine.decide(entry, startPlus(2_500))).toEqual({
      kind: 'fail',
      coolDown: entry.coolDown,
      retryInMs: 7_500,
    });
    expect(machine.state(entry, startPlus(9_999))).toBe('cooling-down');
    expect(failIn(entry, startPlus(9_999))).toBe(1);
    expect(failIn(entry, startPlus(10_000))).toBe('wait');
    expect(machine.state(entry, startPlus(10_000))).toBe('absent');
  });

  test('cooling-down: an expired token does not count', () => {
    const entry = fail(issue(empty, 'a'), invalid, startPlus(UNUSABLE));
    expect(failIn(entry, startPlus(UNUSABLE + 1_000))).toBe(9_000);
    expect(machine.state(entry, startPlus(UNUSABLE + 1_000))).toBe('cooling-down');
    expect(machine.state(entry, startPlus(UNUSABLE + 10_000))).toBe('expired');
  });

  test('cooling-down: a caller waits for a flight that is under way', () => {
    const entry = flying(fail(empty, rejected));
    expect(kind(entry)).toBe('wait');
    expect(machine.state(entry, START)).toBe('absent');
  });

  test('a success clears the earlier failures', () => {
    const entry = issue(fail(fail(empty, unavailable), unavailable), 'a');
    expect(entry.coolDown).toBeUndefined();
    expect(fail(entry, unavailable, startPlus(REFRESH)).coolDown).toMatchObject({
      count: 1,
      duration: 1_000,
    });
  });

  test('no event changes an entry in place', () => {
    const entry = Object.freeze(issue(empty, 'a'));
    for (const next of [
      flying(entry),
      accept(entry, 'a'),
      refuse(entry, 'a'),
      invalidate(entry, 'a'),
      fail(entry, invalid),
    ]) {
      expect(next).not.toBe(entry);
    }
    expect(entry).toEqual(issue(empty, 'a'));
    expect(Object.isFrozen(empty)).toBe(true);
  });
});

describe('the schedule of a token', () => {
  test.each([
    // lifetime, refreshAfter without jitter, unusableAfter
    [86_400_000, 86_400_000 - 120_000, 86_400_000 - 10_000],
    [3_600_000, 3_480_000, 3_590_000],
    [600_000, 480_000, 590_000],
    [599_000, 599_000 * 0.8, 589_000],
    [300_000, 240_000, 290_000],
    [200_000, 160_000, 190_000],
    [100_000, 80_000, 95_000],
    [2_000, 1_600, 1_900],
    [1, 0.8, 0.95],
  ])('a lifetime of %d ms is renewed from %d and unusable from %d', (lifetime, refresh, unusable) => {
    const { refreshAfter, unusableAfter } = machine.schedule(lifetime, 0, true);
    expect(refreshAfter).toBeCloseTo(refresh, 6);
    expect(unusableAfter).toBeCloseTo(unusable, 6);
  });

  test('the jitter lengthens the margin by up to a tenth', () => {
    expect(machine.schedule(HOUR, 1, true).refreshAfter).toBeCloseTo(HOUR - 132_000, 6);
    expect(machine.schedule(HOUR, 0.5, true).refreshAfter).toBeCloseTo(HOUR - 126_000, 6);
    expect(machine.schedule(100_000, 1, true).refreshAfter).toBeCloseTo(78_000, 6);
    expect(machine.schedule(HOUR, 1, true).unusableAfter).toBe(UNUSABLE);
  });

  test('a bank with one live token renews it at unusableAt, not ahead', () => {
    expect(machine.schedule(HOUR, 1, false)).toEqual({ refreshAfter: UNUSABLE, unusableAfter: UNUSABLE });
  });

  test('policies without time between renewal and the end never renew after the end', () => {
    const late = new TokenMachine({ ...refreshPolicy, aheadFraction: 0, jitter: 0 }, cooldownPolicy);
    expect(late.schedule(HOUR, 0, true)).toEqual({ refreshAfter: UNUSABLE, unusableAfter: UNUSABLE });
    const early = new TokenMachine(
      { ...refreshPolicy, aheadFraction: 0.9, aheadMax: HOUR, jitter: 1 },
      cooldownPolicy,
    );
    expect(early.schedule(1_000, 1, true).refreshAfter).toBe(0);
  });
});

describe('two clocks', () => {
  const entry = issue(empty, 'a');

  test('a wall clock set back rejuvenates nothing', () => {
    expect(kind(entry, startPlus(-HOUR, REFRESH - 1))).toBe('serve');
    expect(kind(entry, startPlus(-HOUR, REFRESH))).toBe('serve-and-renew');
    expect(kind(entry, startPlus(-HOUR, UNUSABLE))).toBe('wait');
    expect(machine.state(entry, startPlus(-HOUR, UNUSABLE))).toBe('expired');
  });

  test('a suspended machine, whose monotonic clock stood still, rejuvenates nothing', () => {
    expect(kind(entry, startPlus(REFRESH, 10))).toBe('serve-and-renew');
    expect(kind(entry, startPlus(UNUSABLE, 10))).toBe('wait');
  });

  test('a wall clock set forward ends a token early rather than late', () => {
    expect(kind(entry, startPlus(2 * HOUR, 0))).toBe('wait');
  });

  test('a cool-down does not last longer because the wall clock was set back', () => {
    const cooling = fail(empty, invalid);
    expect(failIn(cooling, startPlus(-HOUR, 4_000))).toBe(6_000);
    expect(failIn(cooling, startPlus(-HOUR, 10_000))).toBe('wait');
  });

  test('a cool-down goes on while the machine is suspended', () => {
    expect(failIn(fail(empty, invalid), startPlus(10_000, 0))).toBe('wait');
  });
});

describe('cool-downs', () => {
  const durations = (failure: TokenFailure, noise: number, times = 6) => {
    const seen: number[] = [];
    let entry: TokenEntry = empty;
    for (let n = 0; n < times; n += 1) {
      entry = fail(entry, failure, START, { noise });
      seen.push(entry.coolDown?.duration ?? 0);
    }
    return seen;
  };

  test('rejected credentials wait 60 s each time', () => {
    expect(durations(rejected, 1)).toEqual(Array(6).fill(60_000));
  });

  test('an answer without a token waits 10 s each time', () => {
    expect(durations(invalid, -1)).toEqual(Array(6).fill(10_000));
  });

  test('an unavailable endpoint waits 1 s, doubling to 3 s', () => {
    expect(durations(unavailable, 0)).toEqual([1_000, 2_000, 3_000, 3_000, 3_000, 3_000]);
  });

  test('the jitter is a tenth either way and never exceeds the maximum', () => {
    expect(durations(unavailable, 1)).toEqual([1_100, 2_200, 3_000, 3_000, 3_000, 3_000]);
    expect(durations(unavailable, -1)).toEqual([900, 1_800, 2_700, 2_700, 2_700, 2_700]);
  });

  test('unreadable credentials wait as an unavailable endpoint does', () => {
    expect(durations(unreadable, 0, 3)).toEqual([1_000, 2_000, 3_000]);
  });

  test('a thousand failures in a row overflow nothing', () => {
    expect(durations(unavailable, 0, 1_200).at(-1)).toBe(3_000);
  });

  test('the options set the durations', () => {
    const other = new TokenMachine(refreshPolicy, { rejected: 5_000, unavailableMax: 1_500 });
    const failed = (failure: TokenFailure, entry: TokenEntry) =>
      other.reduce(entry, { type: 'failed', failure, at: START, recheckable: false, noise: 1 }).entry;
    expect(failed(rejected, empty).coolDown?.duration).toBe(5_000);
    expect(failed(unavailable, failed(unavailable, empty)).coolDown?.duration).toBe(1_500);
  });

  test.each([
    [0, 1_000],
    [500, 1_000],
    [30_000, 30_000],
    [300_000, 300_000],
    [301_000, 300_000],
    [1e15, 300_000],
  ])('a Retry-After of %d ms makes it %d', (retryAfterMs, duration) => {
    expect(fail(empty, { ...unavailable, retryAfterMs }).coolDown?.duration).toBe(duration);
  });

  test.each([
    ['rejected', rejected, 60_000],
    ['invalid', invalid, 10_000],
    ['unavailable', unavailable, 1_000],
  ])('a Retry-After lengthens any cool-down, and shortens none: %s', (_name, failure, own) => {
    expect(fail(empty, { ...failure, retryAfterMs: 500 }).coolDown?.duration).toBe(own);
    expect(fail(empty, { ...failure, retryAfterMs: 120_000 }).coolDown?.duration).toBe(120_000);
    expect(fail(empty, { ...failure, retryAfterMs: 1e15 }).coolDown?.duration).toBe(300_000);
  });

  test.each([
    ['rejected', rejected],
    ['invalid', invalid],
    ['unavailable', unavailable],
  ])('an explicit renewal does not shorten a Retry-After: %s', (_name, failure) => {
    const entry = fail(empty, { ...failure, retryAfterMs: 30_000 });
    expect(refreshIn(entry, startPlus(1_000))).toBe(29_000);
    expect(refreshIn(entry, startPlus(29_999))).toBe(1);
    expect(refreshIn(entry, startPlus(30_000))).toBe('wait');
  });

  test('an explicit renewal obeys a Retry-After for at most 5 min', () => {
    const entry = fail(empty, { ...unavailable, retryAfterMs: 1e12 });
    expect(refreshIn(entry, startPlus(299_999))).toBe(1);
    expect(refreshIn(entry, startPlus(300_000))).toBe('wait');
  });

  test.each([
    ['rejected', rejected],
    ['invalid', invalid],
    ['unavailable', unavailable],
    ['unreadable', unreadable],
  ])('an explicit renewal shortens a cool-down of our own to a second: %s', (_name, failure) => {
    const entry = fail(fail(fail(empty, failure), failure), failure);
    expect(failIn(entry, startPlus(1_500))).toBeGreaterThan(0);
    expect(refreshIn(entry, startPlus(250))).toBe(750);
    expect(refreshIn(entry, startPlus(999))).toBe(1);
    expect(refreshIn(entry, startPlus(1_000))).toBe('wait');
  });

  test('an explicit renewal shortens our own part also where the bank asked for less', () => {
    const asked = { ...unavailable, retryAfterMs: 1_000 };
    const entry = fail(fail(fail(empty, asked), asked), asked);
    expect(entry.coolDown?.duration).toBe(3_000);
    expect(refreshIn(entry, startPlus(999))).toBe(1);
    expect(refreshIn(entry, startPlus(1_000))).toBe('wait');
  });

  test('an explicit renewal joins a flight, and starts one outside a cool-down', () => {
    expect(refreshIn(flying(fail(empty, rejected)))).toBe('wait');
    expect(refreshIn(issue(empty, 'a'))).toBe('wait');
    expect(refreshIn(fail(empty, unavailable, START, { noise: -1 }), startPlus(900))).toBe('wait');
  });

  test('a fresh token is served through any cool-down', () => {
    const entry = fail(issue(empty, 'a'), rejected);
    expect(kind(entry, startPlus(1_000))).toBe('serve');
    expect(machine.state(entry, startPlus(1_000))).toBe('fresh');
  });
});

describe('rechecks of credentials', () => {
  const cooling = fail(empty, rejected, START, { recheckable: true });
  const recheck = (entry: TokenEntry, ms: number) =>
    reduce(flying(entry), { type: 'rechecked', at: startPlus(ms) });

  test('happen once a second during the cool-down of a rejection', () => {
    expect(failIn(cooling, startPlus(999))).toBe(59_001);
    expect(failIn(cooling, startPlus(1_000))).toBe('wait');
    const checked = recheck(cooling, 1_000);
    expect(failIn(checked, startPlus(1_999))).toBe(58_001);
    expect(failIn(checked, startPlus(2_000))).toBe('wait');
  });

  test('leave the cool-down as it was', () => {
    const checked = recheck(recheck(cooling, 1_000), 2_000);
    expect(checked.coolDown).toEqual({ ...cooling.coolDown, checked: startPlus(2_000) });
    expect(checked.flying).toBe(false);
    expect(machine.state(checked, startPlus(2_001))).toBe('cooling-down');
    expect(failIn(recheck(checked, 59_900), startPlus(60_000))).toBe('wait');
  });

  test('are announced, so that the bank gets a request only if the credentials have changed', () => {
    expect(machine.onlyRechecks(cooling, startPlus(1_000))).toBe(true);
    expect(machine.onlyRechecks(cooling, startPlus(59_999))).toBe(true);
    expect(machine.onlyRechecks(cooling, startPlus(60_000))).toBe(false);
    expect(machine.onlyRechecks(fail(empty, rejected), startPlus(1_000))).toBe(false);
    expect(machine.onlyRechecks(empty, START)).toBe(false);
  });

  test('also happen in the background for a caller with a stale token', () => {
    const stale = fail(issue(empty, 'a'), rejected, startPlus(REFRESH), { recheckable: true });
    expect(kind(stale, startPlus(REFRESH + 999))).toBe('serve');
    expect(kind(stale, startPlus(REFRESH + 1_000))).toBe('serve-and-renew');
  });

  test('do not happen where the credentials cannot change', () => {
    expect(failIn(fail(empty, rejected), startPlus(30_000))).toBe(30_000);
  });

  test('happen for a rejection only', () => {
    const entry = fail(empty, invalid, START, { recheckable: true });
    expect(failIn(entry, startPlus(5_000))).toBe(5_000);
    expect(machine.onlyRechecks(entry, startPlus(5_000))).toBe(false);
  });

  test('wait as long as the bank asks for with its rejection', () => {
    const entry = fail(empty, { ...rejected, retryAfterMs: 20_000 }, START, { recheckable: true });
    expect(failIn(entry, startPlus(19_999))).toBe(40_001);
    expect(machine.untilRenewal(entry, startPlus(5_000))).toBe(15_000);
    expect(failIn(entry, startPlus(20_000))).toBe('wait');
    expect(machine.onlyRechecks(entry, startPlus(20_000))).toBe(true);
  });
});

describe('a 401 on a resource call', () => {
  test('drops the token that was sent, and the next one replaces it', () => {
    const entry = refuse(issue(empty, 'a'), 'a');
    expect(entry.current).toBeUndefined();
    expect(kind(entry)).toBe('wait');
    expect(issue(entry, 'b').current).toMatchObject({ replacesRefused: true, worked: false });
    expect(issue(entry, 'b').refused).toBe(false);
  });

  test('for an old token never drops a newer one', () => {
    const entry = issue(refuse(issue(empty, 'a'), 'a'), 'b');
    expect(refuse(entry, 'a')).toBe(entry);
    expect(refuse(entry, 'unknown')).toBe(entry);
    expect(refuse(empty, 'a')).toBe(empty);
    expect(served(refuse(entry, 'a'))).toBe('b');
  });

  test('drops a replacement that has worked', () => {
    const entry = accept(issue(refuse(issue(empty, 'a'), 'a'), 'b'), 'b');
    expect(entry.current?.worked).toBe(true);
    expect(refuse(entry, 'b').current).toBeUndefined();
  });

  test('keeps a replacement that never worked and opens a cool-down of renewals', () => {
    const entry = refuse(issue(refuse(issue(empty, 'a'), 'a'), 'b'), 'b');
    expect(served(entry)).toBe('b');
    expect(entry.refusals).toMatchObject({ since: START, pause: 60_000 });
    expect(machine.untilRenewal(entry, START)).toBeGreaterThan(0);
  });

  test('buys no token during that cool-down, however good the token is', () => {
    const distrusted = refuse(issue(refuse(issue(empty, 'a'), 'a'), 'b'), 'b');
    const renewed = accept(issue(distrusted, 'c'), 'c');
    expect(refuse(renewed, 'c', startPlus(59_999))).toBe(renewed);
    expect(refuse(renewed, 'c', startPlus(60_000)).current).toBeUndefined();
  });

  test('buys another token when that cool-down is over, and begins it anew if that one never works either', () => {
    const distrusted = refuse(issue(refuse(issue(empty, 'a'), 'a'), 'b'), 'b');
    const over = refuse(distrusted, 'b', startPlus(60_000));
    expect(over.current).toBeUndefined();
    const again = refuse(issue(over, 'c'), 'c', startPlus(60_001));
    expect(served(again)).toBe('c');
    expect(again.refusals).toMatchObject({ since: startPlus(60_001), pause: 60_000 });
    expect(refuse(again, 'c', startPlus(120_000))).toBe(again);
    expect(refuse(again, 'c', startPlus(120_001)).current).toBeUndefined();
  });

  test('buys none for a newer token that has not worked, until that one too is a cool-down old', () => {
    const distrusted = refuse(issue(refuse(issue(empty, 'a'), 'a'), 'b'), 'b');
    const renewed = issue(distrusted, 'c', HOUR, startPlus(30_000));
    expect(refuse(renewed, 'c', startPlus(89_999))).toBe(renewed);
    expect(refuse(renewed, 'c', startPlus(90_000)).current).toBeUndefined();
    expect(refuse(accept(renewed, 'c'), 'c', startPlus(60_000)).current).toBeUndefined();
  });

  test('is the trouble of this process from the second refusal in a row until a token works', () => {
    const said = (entry: TokenEntry, ms = 0) => [
      machine.state(entry, startPlus(ms)),
      machine.refusedFor(entry, startPlus(ms)),
      machine.isOwnTrouble(entry),
      machine.isBraked(entry),
    ];
    const replaced = issue(refuse(issue(empty, 'a'), 'a'), 'b');
    expect(said(empty)).toEqual(['absent', 0, false, false]);
    expect(said(replaced)).toEqual(['fresh', 0, false, false]);
    const distrusted = refuse(replaced, 'b');
    expect(said(distrusted)).toEqual(['refused', 60_000, true, true]);
    expect(said(distrusted, 59_999)).toEqual(['refused', 1, true, true]);
    expect(said(distrusted, 60_000)).toEqual(['fresh', 0, true, true]);
    expect(said(distrusted, 90_000)).toEqual(['fresh', 0, true, true]);
    const renewed = issue(distrusted, 'c', HOUR, startPlus(30_000));
    expect(said(renewed, 60_000)).toEqual(['refused', 30_000, true, true]);
    expect(said(renewed, 90_000)).toEqual(['fresh', 0, true, true]);
    expect(said(accept(renewed, 'c'), 60_000)).toEqual(['fresh', 0, false, true]);
    expect(said(accept(distrusted, 'b'))).toEqual(['fresh', 0, false, true]);
    const helped = reduce(distrusted, { type: 'accepted', value: 'b', afterRefusal: true });
    expect(said(helped)).toEqual(['fresh', 0, false, false]);
  });

  test('causes no pause before the next token where the last one helped the refused call', () => {
    let entry = empty;
    for (const value of ['a', 'b', 'c', 'd', 'e']) {
      entry = refuse(accept(issue(entry, value), value), value);
      expect(entry.current).toBeUndefined();
      const next = issue(entry, `${value}2`);
      entry = reduce(next, { type: 'accepted', value: `${value}2`, afterRefusal: true });
      expect(entry.refusals).toBeUndefined();
      expect(entry.current?.worked).toBe(true);
    }
  });

  test('replaces three tokens that have worked at once, and each later one after a pause that doubles to 60 s', () => {
    let entry = empty;
    let at = 0;
    const pauses: number[] = [];
    for (let n = 0; n < 12; n += 1) {
      entry = accept(issue(entry, `t${n}`), `t${n}`);
      const began = at;
      while (refuse(entry, `t${n}`, startPlus(at)) === entry) at += 500;
      pauses.push(at - began);
      entry = refuse(entry, `t${n}`, startPlus(at));
      expect(entry.current).toBeUndefined();
    }
    expect(pauses).toEqual([0, 0, 0, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
    // Two minutes without a refusal, and the bank has its credit back.
    entry = accept(issue(entry, 'x'), 'x');
    for (const value of ['y', 'z']) {
      const dropped = refuse(entry, entry.current?.token.value ?? '', startPlus(at + 120_000));
      expect(dropped.current).toBeUndefined();
      entry = accept(issue(dropped, value), value);
    }
  });

  test('is remembered through a failed flight', () => {
    const entry = issue(fail(refuse(issue(empty, 'a'), 'a'), unavailable), 'b');
    expect(entry.current?.replacesRefused).toBe(true);
  });

  test('does not touch a flight or a cool-down', () => {
    const entry = flying(fail(issue(empty, 'a'), unavailable));
    const dropped = refuse(entry, 'a');
    expect(dropped.flying).toBe(true);
    expect(dropped.coolDown).toEqual(entry.coolDown);
  });

  test('is compared with the current token alone when a call succeeds', () => {
    const entry = issue(empty, 'a');
    expect(accept(entry, 'b')).toBe(entry);
    expect(accept(empty, 'a')).toBe(empty);
    expect(accept(accept(entry, 'a'), 'a').current?.worked).toBe(true);
  });
});

describe('a 401 on a resource call of another process', () => {
  const refuseElsewhere = (entry: TokenEntry, value: string, at = START) =>
    reduce(entry, { type: 'refused-elsewhere', value, at });

  test('drops the token that was sent, and the next one replaces it', () => {
    const entry = refuseElsewhere(issue(empty, 'a'), 'a');
    expect(entry.current).toBeUndefined();
    expect(entry.refusals).toEqual({ count: 1, began: START, since: START, pause: 0 });
    expect(issue(entry, 'b').current).toMatchObject({ replacesRefused: true, worked: false });
  });

  test('never drops a newer token', () => {
    const entry = issue(refuseElsewhere(issue(empty, 'a'), 'a'), 'b');
    expect(refuseElsewhere(entry, 'a')).toBe(entry);
    expect(refuseElsewhere(empty, 'a')).toBe(empty);
  });

  test('drops also a replacement that never worked here: the other process judged it', () => {
    const replacement = issue(refuse(issue(empty, 'a'), 'a'), 'b');
    expect(refuse(replacement, 'b').current).toBeDefined();
    const entry = refuseElsewhere(replacement, 'b', startPlus(5_000));
    expect(entry.current).toBeUndefined();
    expect(entry.refusals).toEqual({ count: 2, began: START, since: startPlus(5_000), pause: 0 });
  });

  test('drops the token also during a pause of our own', () => {
    const distrusted = refuse(issue(refuse(issue(empty, 'a'), 'a'), 'b'), 'b');
    const entry = refuseElsewhere(distrusted, 'b', startPlus(1_000));
    expect(entry.current).toBeUndefined();
    // The replacement is as suspicious as it would be there.
    const replacement = issue(entry, 'c');
    const again = refuse(replacement, 'c', startPlus(1_001));
    expect(served(again)).toBe('c');
    expect(again.refusals).toMatchObject({ since: startPlus(1_001), pause: 60_000 });
  });

  test('counts: the third in a row causes a pause', () => {
    let entry = empty;
    for (const value of ['a', 'b', 'c']) entry = refuseElsewhere(accept(issue(entry, value), value), value);
    expect(entry.refusals).toEqual({ count: 3, began: START, since: START, pause: 1_000 });
    const worked = accept(issue(entry, 'd'), 'd');
    expect(refuse(worked, 'd', startPlus(999))).toBe(worked);
    expect(refuse(worked, 'd', startPlus(1_000)).current).toBeUndefined();
  });

  test('is forgotten after two minutes', () => {
    const entry = accept(issue(refuseElsewhere(issue(empty, 'a'), 'a'), 'b'), 'b');
    expect(refuseElsewhere(entry, 'b', startPlus(119_999)).refusals?.count).toBe(2);
    expect(refuseElsewhere(entry, 'b', startPlus(120_000)).refusals?.count).toBe(1);
  });

  test('does not touch a flight or a cool-down', () => {
    const entry = flying(fail(issue(empty, 'a'), unavailable));
    const dropped = refuseElsewhere(entry, 'a');
    expect(dropped.flying).toBe(true);
    expect(dropped.coolDown).toEqual(entry.coolDown);
  });
});

describe('a token that is taken over from another process', () => {
  const takeOver = (entry: TokenEntry, value: string, since = START) => {
    const current = { token: accessToken(value, HOUR, since), since, ...machine.schedule(HOUR, 0, true) };
    return reduce(entry, { type: 'taken-over', current });
  };

  test('is kept as if it had been obtained here', () => {
    expect(takeOver(empty, 'a')).toEqual(issue(empty, 'a'));
    expect(served(takeOver(issue(empty, 'a'), 'b', startPlus(1_000)), startPlus(1_000))).toBe('b');
    expect(machine.state(takeOver(empty, 'a'), startPlus(REFRESH))).toBe('stale');
  });

  test('leaves a flight alone, whether there is one or not', () => {
    expect(takeOver(empty, 'a').flying).toBe(false);
    const entry = takeOver(flying(empty), 'a');
    expect(entry.flying).toBe(true);
    // It goes on behind the back of those that are served.
    expect(kind(entry)).toBe('serve');
    expect(kind(entry, startPlus(REFRESH))).toBe('serve');
  });

  test('ends the cool-down', () => {
    const entry = takeOver(fail(empty, rejected), 'a');
    expect(entry.coolDown).toBeUndefined();
    expect(served(entry)).toBe('a');
    expect(fail(entry, unavailable).coolDown).toMatchObject({ count: 1 });
  });

  test('replaces a refused token', () => {
    const entry = takeOver(refuse(issue(empty, 'a'), 'a'), 'b');
    expect(entry.current).toMatchObject({ replacesRefused: true, worked: false });
    expect(entry.refused).toBe(false);
    expect(entry.refusals).toMatchObject({ count: 1 });
    expect(served(refuse(entry, 'b'))).toBe('b');
  });

  test('replaces nothing where nothing was refused', () => {
    const entry = takeOver(accept(issue(empty, 'a'), 'a'), 'b');
    expect(entry.current).toMatchObject({ replacesRefused: false, worked: false });
  });
});

describe('a failure that is shared with other processes', () => {
  test.each([
    ['rejected', rejected, 12_345],
    ['invalid', invalid, 1],
    ['unavailable', unavailable, 2_345],
    ['unavailable with a Retry-After', { ...unavailable, retryAfterMs: 60_000 }, 45_678],
  ])('cools down as long as in the other process: %s', (_name, failure, coolForMs) => {
    const entry = fail(empty, { ...failure, coolForMs }, START, { noise: 1 });
    expect(entry.coolDown).toMatchObject({ duration: coolForMs, count: 1 });
    expect(failIn(entry, startPlus(coolForMs - 1))).toBe(1);
    expect(failIn(entry, startPlus(coolForMs))).toBe('wait');
  });

  const DAYS = 300 * 86_400_000;
  test.each([
    ['rejected', rejected, 60_000],
    ['invalid', invalid, 10_000],
    ['unavailable', unavailable, 3_000],
    ['unavailable with a Retry-After', { ...unavailable, retryAfterMs: 50_000 }, 50_000],
    ['unavailable with a Retry-After of days', { ...unavailable, retryAfterMs: DAYS }, 300_000],
    ['rejected with a Retry-After of days', { ...rejected, retryAfterMs: DAYS }, 300_000],
  ])('cools down no longer than a failure of our own would: %s', (_name, failure, most) => {
    const entry = fail(empty, { ...failure, coolForMs: DAYS }, START, { noise: 1 });
    expect(entry.coolDown?.duration).toBe(most);
    expect(failIn(entry, startPlus(most))).toBe('wait');
  });

  test('cools down for a rejection no longer than one of our own, whatever the longest pause of an outage is', () => {
    const patient = new TokenMachine(refreshPolicy, { rejected: 20_000, unavailableMax: 90_000 });
    expect(patient.coolDownOf(empty, { ...rejected, coolForMs: DAYS }, 1)).toBe(20_000);
    expect(patient.coolDownOf(empty, { ...unavailable, coolForMs: DAYS }, 1)).toBe(90_000);
  });

  test('cools down that long however often it has failed, and whatever the bank asks for', () => {
    const shared = { ...unavailable, retryAfterMs: 30_000, coolForMs: 2_000 };
    const entry = fail(fail(fail(empty, shared), shared), shared);
    expect(entry.coolDown).toMatchObject({ duration: 2_000, count: 3 });
  });

  test('does not cool down at all where its time is over', () => {
    expect(failIn(fail(empty, { ...rejected, coolForMs: 0 }))).toBe('wait');
  });

  test('delays an explicit renewal by at most a second, or by the rest of the Retry-After', () => {
    const own = fail(empty, { ...rejected, coolForMs: 40_000 });
    expect(refreshIn(own, startPlus(999))).toBe(1);
    expect(refreshIn(own, startPlus(1_000))).toBe('wait');
    const asked = fail(empty, { ...unavailable, retryAfterMs: 30_000, coolForMs: 10_000 });
    expect(refreshIn(asked, startPlus(4_000))).toBe(6_000);
    expect(refreshIn(asked, startPlus(10_000))).toBe('wait');
    const almostOver = fail(empty, { ...rejected, coolForMs: 300 });
    expect(refreshIn(almostOver, startPlus(100))).toBe(200);
    expect(refreshIn(almostOver, startPlus(300))).toBe('wait');
  });

  test('is checked again each second where the credentials may change', () => {
    const entry = fail(empty, { ...rejected, coolForMs: 30_000 }, START, { recheckable: true });
    expect(failIn(entry, startPlus(999))).toBe(29_001);
    expect(failIn(entry, startPlus(1_000))).toBe('wait');
  });
});

test.each<[string, TokenFailure, boolean, boolean]>([
  ['a rejection of these credentials', rejected, true, true],
  ['an answer to these credentials that is no token', { ...invalid, credentialsVersion: 'v1' }, true, true],
  ['an answer that is no token, whatever the credentials', invalid, true, false],
  ['an outage', { ...unavailable, credentialsVersion: 'v1' }, true, false],
  ['a rejection', rejected, false, false],
])(
  'during the cool-down of %s, tokens of others are looked for if there may be any',
  (_what, failure, shared, looks) => {
    const entry = fail(empty, failure, START, { shared });
    expect(machine.onlyRechecks(entry, startPlus(999))).toBe(looks);
    expect(failIn(entry, startPlus(999))).not.toBe('wait');
    if (looks) expect(failIn(entry, startPlus(1_000))).toBe('wait');
  },
);

describe('the cool-down of a failure that is shared with other processes', () => {
  test.each<[string, TokenFailure, number, number]>([
    ['a rejection', rejected, 0, 60_000],
    ['no token', invalid, 1, 10_000],
    ['an outage', unavailable, 0, 1_000],
    ['an outage, with noise', unavailable, -1, 900],
    ['an outage, as the bank asks', { ...unavailable, retryAfterMs: 30_000 }, 1, 30_000],
    ['an outage, for five minutes at most', { ...unavailable, retryAfterMs: 1e12 }, 1, 300_000],
    ['as others have said', { ...unavailable, coolForMs: 77 }, 1, 77],
  ])('%s', (_what, failure, noise, duration) => {
    expect(machine.coolDownOf(empty, failure, noise)).toBe(duration);
    expect(fail(empty, failure, START, { noise }).coolDown?.duration).toBe(duration);
  });

  test('grows as our own does', () => {
    let entry = empty;
    for (let n = 0; n < 4; n += 1) {
      const duration = machine.coolDownOf(entry, unavailable, 0);
      entry = fail(entry, unavailable);
      expect(entry.coolDown?.duration).toBe(duration);
    }
    expect(entry.coolDown?.duration).toBe(3_000);
  });

  test('begins anew after a token', () => {
    const entry = issue(fail(fail(empty, unavailable), unavailable), 'a');
    expect(machine.coolDownOf(entry, unavailable, 0)).toBe(1_000);
  });
});

describe('an invalidation', () => {
  test('drops the token if it is the current one, and leaves a newer one', () => {
    const entry = issue(empty, 'b');
    expect(invalidate(entry, 'a')).toBe(entry);
    expect(invalidate(entry, 'b').current).toBeUndefined();
    expect(kind(invalidate(entry, 'b'))).toBe('wait');
  });

  test('is no refusal: the next token does not count as a replacement', () => {
    expect(issue(invalidate(issue(empty, 'a'), 'a'), 'b').current?.replacesRefused).toBe(false);
  });

  test('does not end a cool-down', () => {
    const entry = invalidate(fail(issue(empty, 'a'), rejected), 'a');
    expect(failIn(entry, startPlus(1_000))).toBe(59_000);
  });
});

describe('the time until a token kept warm is renewed', () => {
  test('is zero without a token, and infinite while a flight is under way', () => {
    expect(machine.untilRenewal(empty, START)).toBe(0);
    expect(machine.untilRenewal(flying(empty), START)).toBe(Number.POSITIVE_INFINITY);
  });

  test('runs to refreshAfter by the clock that saw more time', () => {
    const entry = issue(empty, 'a');
    expect(machine.untilRenewal(entry, START)).toBe(REFRESH);
    expect(machine.untilRenewal(entry, startPlus(-5, 1_000))).toBe(REFRESH - 1_000);
    expect(machine.untilRenewal(entry, startPlus(1_000, 5))).toBe(REFRESH - 1_000);
    expect(machine.untilRenewal(entry, startPlus(HOUR))).toBe(0);
  });

  test('is the longer of freshness and cool-down', () => {
    expect(machine.untilRenewal(fail(empty, invalid), startPlus(1_000))).toBe(9_000);
    expect(machine.untilRenewal(fail(issue(empty, 'a'), invalid), startPlus(1_000))).toBe(REFRESH - 1_000);
  });

  test('is a second while changeable credentials are rejected', () => {
    const entry = fail(empty, rejected, START, { recheckable: true });
    expect(machine.untilRenewal(entry, START)).toBe(1_000);
    expect(machine.untilRenewal(entry, startPlus(59_500))).toBe(0);
    expect(machine.untilRenewal(fail(empty, rejected), START)).toBe(60_000);
  });
});

test('the token of an entry is the same object that was issued', () => {
  const token = accessToken('a');
  const current = { token, since: START, ...machine.schedule(HOUR, 0, true) };
  const entry = reduce(flying(empty), { type: 'issued', current });
  expect(machine.decide(entry, START)).toEqual({ kind: 'serve', token });
  expect((machine.decide(entry, START) as { token: unknown }).token).toBe(token);
});
