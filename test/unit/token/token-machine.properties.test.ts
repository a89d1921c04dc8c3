import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { elapsed, type Instant } from '../../../src/time/clock.js';
import type { TokenEntry } from '../../../src/token/token-entry.js';
import type { TokenFailure } from '../../../src/token/token-failure.js';
import { type Decision, TokenMachine } from '../../../src/token/token-machine.js';
import { is, isAtMost, isLess, isOneOf } from '../../support/checks-in-loops.js';
import {
  accessToken,
  cooldownPolicy,
  invalid,
  machine,
  reduce,
  refreshPolicy,
  rejected,
  START,
  unavailable,
  unreadable,
} from '../../support/machine.fixtures.js';
import { replayable } from '../../support/replay.js';

/** What may happen to an entry. Durations in milliseconds. */
type Step =
  | { do: 'advance'; ms: number }
  | { do: 'suspend'; ms: number }
  | { do: 'set wall'; ms: number }
  | { do: 'ask' }
  | { do: 'renew' }
  | { do: 'issue'; lifetime: number; latency: number; noise: number }
  | { do: 'fail'; failure: TokenFailure; recheckable: boolean; noise: number }
  | { do: 'recheck' }
  | { do: 'rotate' }
  | { do: 'refuse' | 'invalidate' | 'accept'; back: number };

const ms = fc.oneof(
  fc.constantFrom(0, 1, 999, 1_000, 1_001, 10_000, 60_000, 300_000),
  fc.integer({ min: 0, max: 4_000_000 }),
);
const lifetime = fc.oneof(
  fc.constantFrom(1, 1_000, 2_000, 200_000, 300_000, 600_000, 3_600_000, 86_400_000),
  fc.integer({ min: 1, max: 86_400_000 }),
);
const unknown: TokenFailure = { kind: 'unknown-merchant', reason: 'no such merchant' };
const full: TokenFailure = { kind: 'queue-full', reason: 'too many wait' };
const failure = fc.oneof(
  fc.constantFrom(rejected, unavailable, invalid, unreadable, unknown, full),
  ms.map((retryAfterMs) => ({ ...unavailable, retryAfterMs })),
);
const noise = fc.double({ min: 0, max: 1, noNaN: true });

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('advance' as const), ms }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('suspend' as const), ms }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('set wall' as const),
      ms: fc.integer({ min: -10_000_000, max: 10_000_000 }),
    }),
  },
  { weight: 6, arbitrary: fc.constant({ do: 'ask' as const }) },
  { weight: 2, arbitrary: fc.constant({ do: 'renew' as const }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('issue' as const),
      lifetime,
      latency: fc.integer({ min: 0, max: 5_000 }),
      noise,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('fail' as const),
      failure,
      recheckable: fc.boolean(),
      noise: noise.map((n) => 2 * n - 1),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'recheck' as const }) },
  { weight: 2, arbitrary: fc.constant({ do: 'rotate' as const }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom('refuse' as const, 'invalidate' as const, 'accept' as const),
      back: fc.nat(3),
    }),
  },
);

interface Issued {
  readonly value: string;
  readonly lifetime: number;
  readonly since: Instant;
}

/** Drives the machine as its shell does, keeping a plain account of what it ought to know. */
class Run {
  entry: TokenEntry = machine.empty;
  now: Instant = START;
  /** All tokens ever issued; the last is the newest. */
  readonly issued: Issued[] = [];
  /** Tokens that must not be served again. */
  readonly dropped = new Set<string>();
  flights = 0;
  landed = 0;
  readonly decisions: Decision[] = [];

  take(step: Step): void {
    const { wall, monotonic } = this.now;
    switch (step.do) {
      case 'advance':
        this.now = { wall: wall + step.ms, monotonic: monotonic + step.ms };
        break;
      case 'suspend':
      case 'set wall':
        this.now = { wall: wall + step.ms, monotonic };
        break;
      case 'ask':
        this.ask();
        break;
      case 'renew':
        if (machine.decideRefresh(this.entry, this.now).kind === 'wait' && !this.entry.flying) this.launch();
        break;
      case 'issue':
        if (this.entry.flying) this.issue(step);
        break;
      case 'fail':
        if (!this.entry.flying) break;
        this.landed += 1;
        this.entry = reduce(this.entry, { type: 'failed', at: this.now, ...step });
        break;
      case 'recheck':
        if (!this.entry.flying || this.entry.coolDown === undefined) break;
        this.landed += 1;
        this.entry = reduce(this.entry, { type: 'rechecked', at: this.now });
        break;
      case 'rotate':
        this.rotate();
        break;
      default: {
        const value = this.issued.at(-1 - step.back)?.value;
        if (value !== undefined) this.report(step.do, value);
      }
    }
  }

  ask(): Decision {
    const decision = machine.decide(this.entry, this.now);
    this.decisions.push(decision);
    if (decision.kind === 'serve-and-renew' || (decision.kind === 'wait' && !this.entry.flying))
      this.launch();
    return decision;
  }

  launch(): void {
    this.flights += 1;
    this.entry = reduce(this.entry, { type: 'flight-started' });
  }

  issue({ lifetime, latency, noise }: { lifetime: number; latency: number; noise: number }): void {
    this.landed += 1;
    const since = { wall: this.now.wall - latency, monotonic: this.now.monotonic - latency };
    const value = `token-${this.issued.length}`;
    this.issued.push({ value, lifetime, since });
    const current = {
      token: accessToken(value, lifetime, since),
      since,
      ...machine.schedule(lifetime, noise, true),
    };
    this.entry = reduce(this.entry, { type: 'issued', current });
  }

  rotate(): void {
    const before = this.entry;
    this.entry = reduce(before, { type: 'credentials-changed' });
    const { current, coolDown } = this.entry;
    // The token stays, and so does what is no fault of the credentials.
    is(current?.token, before.current?.token);
    is(current?.unusableAfter, before.current?.unusableAfter);
    is(this.entry.flying, before.flying);
    const { kind } = before.coolDown?.failure ?? {};
    if (kind === 'unavailable' || kind === 'invalid' || kind === 'queue-full')
      expect(coolDown).toEqual(before.coolDown);
  }

  report(what: 'refuse' | 'invalidate' | 'accept', value: string): void {
    const before = this.entry;
    this.entry =
      what === 'accept'
        ? reduce(before, { type: 'accepted', value, afterRefusal: false })
        : what === 'refuse'
          ? reduce(before, { type: 'refused', value, at: this.now })
          : reduce(before, { type: 'invalidated', value });
    // A newer token stays, whatever is said of an older one.
    if (before.current !== undefined && before.current.token.value !== value) is(this.entry, before);
    if (before.current !== undefined && this.entry.current === undefined) this.dropped.add(value);
  }
}

const runs = (check: (run: Run) => void) =>
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
      const run = new Run();
      for (const each of steps) {
        run.take(each);
        check(run);
      }
    }),
    replayable('FUZZ', 150),
  );

describe('over any sequence of events,', () => {
  test('no token is served that is unusable by either clock, dropped, or not the newest', () => {
    runs((run) => {
      const decision = machine.decide(run.entry, run.now);
      if (!('token' in decision)) return;
      const newest = run.issued.at(-1) as Issued;
      is(decision.token.value, newest.value);
      is(run.dropped.has(newest.value), false);
      // The policy, written once more: 10 s or 5 % before the end, whichever is less.
      const unusable = newest.lifetime - Math.min(10_000, newest.lifetime * 0.05);
      isLess(run.now.wall - newest.since.wall, unusable);
      isLess(run.now.monotonic - newest.since.monotonic, unusable);
    });
  });

  test('no decision starts a second flight', () => {
    runs((run) => {
      is(run.flights - run.landed, run.entry.flying ? 1 : 0);
      const decision = machine.decide(run.entry, run.now);
      if (run.entry.flying) isOneOf(decision.kind, ['serve', 'wait']);
      if (run.entry.flying) is(machine.decideRefresh(run.entry, run.now).kind, 'wait');
    });
  });

  test('the time until renewal is zero exactly when a caller would start a flight', () => {
    runs(({ entry, now }) => {
      const until = machine.untilRenewal(entry, now);
      const { kind } = machine.decide(entry, now);
      if (entry.flying) {
        is(until, Number.POSITIVE_INFINITY);
        return;
      }
      isAtMost(0, until);
      is(until === 0, kind === 'serve-and-renew' || kind === 'wait');
    });
  });

  test('a caller starts a flight after the time until renewal, and not before', () => {
    runs(({ entry, now }) => {
      const until = machine.untilRenewal(entry, now);
      if (entry.flying || until === 0) return;
      // The clock that saw more of the time has to be the one that goes on; both do.
      const later = (by: number) => ({ wall: now.wall + by, monotonic: now.monotonic + by });
      isOneOf(machine.decide(entry, later(Math.ceil(until) + 1)).kind, ['serve-and-renew', 'wait']);
      const early = machine.decide(entry, later(Math.max(0, Math.floor(until) - 1))).kind;
      isOneOf(early, ['serve', 'fail']);
    });
  });

  test('a failure is reported only during a cool-down, with a time left that is positive and within the maximum', () => {
    runs(({ entry, now }) => {
      const decision = machine.decide(entry, now);
      is(
        machine.state(entry, now) === 'cooling-down',
        decision.kind === 'fail' ||
          (decision.kind === 'wait' && !entry.flying && machine.onlyRechecks(entry, now)),
      );
      if (decision.kind !== 'fail') return;
      isLess(0, decision.retryInMs);
      is(decision.coolDown, entry.coolDown);
      isAtMost(decision.coolDown.duration, 300_000);
      is(decision.retryInMs, decision.coolDown.duration - elapsed(decision.coolDown.since, now));
    });
  });

  test('the state agrees with the decision', () => {
    runs(({ entry, now }) => {
      const state = machine.state(entry, now);
      const { kind } = machine.decide(entry, now);
      switch (state) {
        case 'fresh':
          is(kind, 'serve');
          break;
        case 'stale':
          isOneOf(kind, ['serve', 'serve-and-renew']);
          break;
        case 'absent':
        case 'expired':
          is(kind, 'wait');
          is(state === 'absent', entry.current === undefined);
          break;
        case 'cooling-down':
          is(entry.coolDown === undefined, false);
      }
    });
  });

  test('a token that was replaced or dropped never comes back', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80, size: 'max' }), (steps) => {
        const run = new Run();
        let newest = -1;
        for (const each of steps) {
          run.take(each);
          const value = run.entry.current?.token.value;
          if (value === undefined) continue;
          const index = run.issued.findIndex((issued) => issued.value === value);
          isAtMost(newest, index);
          newest = index;
        }
      }),
      replayable('FUZZ'),
    );
  });
});

describe('credentials that change again and again', () => {
  test('buy at most one token a second, however many callers there are', () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 700 }), { minLength: 1, maxLength: 100, size: 'max' });
    fc.assert(
      fc.property(gaps, fc.boolean(), (gaps, refused) => {
        const run = new Run();
        const sent: number[] = [];
        for (const gap of gaps) {
          run.take({ do: 'advance', ms: gap });
          run.rotate();
          const { kind } = run.ask();
          if (kind !== 'wait' && kind !== 'serve-and-renew') continue;
          sent.push(run.now.monotonic);
          if (refused) run.take({ do: 'fail', failure: rejected, recheckable: true, noise: 0 });
          else run.issue({ lifetime: 3_600_000, latency: 0, noise: 0 });
        }
        for (const [index, at] of sent.entries()) {
          if (index > 0) isAtMost(1_000, at - (sent[index - 1] as number));
        }
      }),
      replayable('FUZZ'),
    );
  });

  test('have their token a second after the last change, if there is a caller', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
        const run = new Run();
        for (const each of steps) run.take(each);
        if (run.entry.flying) run.issue({ lifetime: 3_600_000, latency: 0, noise: 0 });
        run.rotate();
        run.take({ do: 'advance', ms: 1_000 });
        const { kind } = run.ask();
        // Unless the bank itself is the trouble.
        const { coolDown } = run.entry;
        if (coolDown === undefined || elapsed(coolDown.since, run.now) >= coolDown.duration) {
          expect(['wait', 'serve-and-renew']).toContain(kind);
        } else {
          expect(['unavailable', 'invalid', 'queue-full']).toContain(coolDown.failure.kind);
        }
      }),
      replayable('FUZZ'),
    );
  });
});

describe('a stream of refusals', () => {
  test('buys at most two tokens in any minute, however many calls are refused', () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 5_000 }), { minLength: 1, maxLength: 200, size: 'max' });
    fc.assert(
      fc.property(gaps, (gaps) => {
        const run = new Run();
        const bought: number[] = [];
        for (const gap of gaps) {
          run.take({ do: 'advance', ms: gap });
          const decision = run.ask();
          if (decision.kind === 'wait') {
            bought.push(run.now.monotonic);
            run.issue({ lifetime: 3_600_000, latency: 0, noise: 0 });
          }
          run.report('refuse', run.entry.current?.token.value ?? '');
        }
        // None of them ever works.
        for (const at of bought) {
          isAtMost(bought.filter((other) => other >= at && other < at + 60_000).length, 2);
        }
      }),
      replayable('FUZZ'),
    );
  });
});

describe('a stream of tokens that work for one call and are refused for the next', () => {
  test('costs three tokens at once and then ever fewer', () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 2_000 }), { minLength: 1, maxLength: 400, size: 'max' });
    fc.assert(
      fc.property(gaps, (gaps) => {
        const run = new Run();
        const bought: number[] = [];
        for (const gap of gaps) {
          run.take({ do: 'advance', ms: gap });
          if (run.ask().kind === 'wait') {
            bought.push(run.now.monotonic);
            run.issue({ lifetime: 3_600_000, latency: 0, noise: 0 });
          }
          const value = run.entry.current?.token.value ?? '';
          run.report('accept', value);
          run.report('refuse', value);
        }
        // The first and its three replacements, then after 1, 2, 4, 8, 16, 32, 60, 60, … seconds.
        const passed = run.now.monotonic - START.monotonic;
        let allowed = 4;
        for (let pause = 1_000, at = pause; at <= passed; allowed += 1) {
          pause = Math.min(2 * pause, 60_000);
          at += pause;
        }
        expect(bought.length).toBeLessThanOrEqual(allowed);
      }),
      replayable('FUZZ', 50),
    );
  });
});

describe('the schedule of any lifetime', () => {
  const policies = fc.record({
    aheadFraction: fc.double({ min: 0, max: 0.9, noNaN: true }),
    aheadMax: fc.integer({ min: 0, max: 10_000_000 }),
    unusableFraction: fc.double({ min: 0, max: 0.5, noNaN: true }),
    unusableMax: fc.integer({ min: 0, max: 10_000_000 }),
    jitter: fc.double({ min: 0, max: 1, noNaN: true }),
  });

  test('lies within the lifetime and in order, under every policy that the options allow', () => {
    fc.assert(
      fc.property(policies, lifetime, noise, fc.boolean(), (policy, lives, u, ahead) => {
        const { refreshAfter, unusableAfter } = new TokenMachine(policy, cooldownPolicy).schedule(
          lives,
          u,
          ahead,
        );
        expect(refreshAfter).toBeGreaterThanOrEqual(0);
        expect(refreshAfter).toBeLessThanOrEqual(unusableAfter);
        expect(unusableAfter).toBeGreaterThan(0);
        expect(unusableAfter).toBeLessThanOrEqual(lives);
      }),
      replayable('FUZZ'),
    );
  });

  test('is the margin of the policy, lengthened by the jitter', () => {
    fc.assert(
      fc.property(lifetime, noise, (lives, u) => {
        const { refreshAfter, unusableAfter } = machine.schedule(lives, u, true);
        const margin = Math.min(refreshPolicy.aheadMax, lives * 0.2) * (1 + 0.1 * u);
        expect(refreshAfter).toBeCloseTo(lives - margin, 5);
        expect(unusableAfter).toBeCloseTo(lives - Math.min(10_000, lives * 0.05), 5);
      }),
      replayable('FUZZ'),
    );
  });
});

describe('any series of failures', () => {
  test('of the bank keeps each cool-down between 0.9 s and the maximum of its kind', () => {
    const told = failure.filter(({ kind }) => kind !== 'credentials-unreadable');
    const series = fc.array(fc.tuple(told, noise), { minLength: 1, maxLength: 30, size: 'max' });
    fc.assert(
      fc.property(series, (failures) => {
        let entry = machine.empty;
        for (const [each, u] of failures) {
          entry = reduce(entry, {
            type: 'failed',
            failure: each,
            at: START,
            recheckable: false,
            noise: 2 * u - 1,
          });
          const duration = entry.coolDown?.duration ?? 0;
          const own =
            { rejected: 60_000, invalid: 10_000, 'unknown-merchant': 1_000 }[each.kind as string] ?? 3_000;
          const asked = Math.min(each.retryAfterMs ?? 0, 300_000);
          expect(duration).toBeGreaterThanOrEqual(Math.max(900, asked));
          expect(duration).toBeLessThanOrEqual(Math.max(own, asked));
        }
        expect(entry.coolDown?.count).toBe(failures.length);
      }),
      replayable('FUZZ'),
    );
  });
});
