import { expect } from '@jest/globals';
import { RealTimers } from '../support/real-timers.js';
import type { RealCaller } from './parties.js';
import { StrayErrors } from './stray-errors.js';
import type { Way, World } from './world.js';

const WAYS: readonly Way[] = ['getToken', 'getAccessToken', 'acquire', 'refresh'];

/** Compares a service with its model, and holds both against what must be true whatever the model says. */
export class Invariants {
  readonly #strayErrors = new StrayErrors();
  readonly #realTimers = new RealTimers();
  /** Callers that were found to have got what they should; they must hear nothing more. */
  readonly #verified = new Set<RealCaller>();
  #checkedRequests = 0;

  constructor(private readonly world: World) {}

  /** After each step, when everything that is under way has come to rest. */
  check(): void {
    const { model, line, clock, terms, violations } = this.world;
    expect(violations).toEqual([]);
    if (model.isIdle && !terms.store) expect(clock.timers).toBe(0);
    // What is being written to a store is bounded by a timer of its own.
    if (model.closed && !terms.store) expect(clock.timers).toBe(0);
    if (model.closed) expect(line.open).toBe(0);
    expect(line.peak).toBeLessThanOrEqual(1);
    this.#compare();
    // Credentials are read anew for each flight, and at once.
    if (model.flight?.phase === 'reads the credentials') expect(model.flight.reading).toBe(true);
    if (model.missedWarmRenewal) throw new Error('a token that is kept warm was not renewed in time');
    this.#checkCallers();
    this.#checkRate();
    expect(this.#strayErrors.seen).toEqual([]);
  }

  /** Lets all who wait have their end, shuts the service down and checks that nothing is left of it. */
  async end(): Promise<void> {
    const { world } = this;
    const { service, clock, line, terms } = world;
    try {
      world.habit = [];
      await world.advance(terms.deadline);
      await world.settle();
      this.check();
      // The end comes while a token is asked for, or just after it has come.
      if (!terms.never.includes('habit') && terms.luck < 0.5)
        world.habit = [{ kind: 'grant', lifetime: 100_000 }];
      world.ask('refresh');
      await world.settle();
      this.check();
      world.close();
      await world.settle();
      this.check();
      expect(world.callers.filter(({ expected }) => expected.waits)).toEqual([]);
      await this.#checkCallersAreTurnedAway();

      // What comes too late starts nothing any more.
      const requests = line.requests.length;
      const reads = world.reads;
      world.answerReads();
      line.answerLate(0);
      service.keepWarm();
      service.warmUp();
      world.follow();
      await world.settle();
      await world.store?.close();
      expect(clock.timers).toBe(0);
      await world.advance(120_000);
      await world.settle();
      this.check();
      expect({
        timers: clock.timers,
        open: line.open,
        requests: line.requests.length,
        reads: world.reads,
      }).toEqual({
        timers: 0,
        open: 0,
        requests,
        reads,
      });
      expect(world.log.filter((text) => /token-\d|secret-|too-late/.test(text))).toEqual([]);
      // Errors that RxJS cannot hand to anybody it throws in a task of their own.
      await new Promise((resolve) => setTimeout(resolve, 1));
      expect(this.#strayErrors.seen).toEqual([]);
    } finally {
      this.stop();
    }
  }

  stop(): void {
    this.world.service.close();
    this.#strayErrors.stop();
    this.#realTimers.stop();
  }

  #compare(): void {
    const { model, service, line, callers, followers, reads } = this.world;
    const compared = callers
      .filter((caller) => !this.#verified.has(caller))
      .map((caller) => caller.compare());
    const followed = followers.map((follower) => follower.compare(model.closed));
    const { state, since, issuedAt, expiresAt, refreshAt } = service.status;
    const { failures, retryAt, lastErrorCode, lastErrorAt } = service.status;
    const times = { state, since, issuedAt, expiresAt, refreshAt };
    const actual = {
      // How a service that is shut down describes itself matters to nobody.
      ...(model.closed ? {} : { ...times, failures, retryAt, lastErrorCode, lastErrorAt }),
      callers: compared.map((each) => each.actual),
      followers: followed.map((each) => each.actual),
      reads,
      requests: line.requests.length,
      lastRequest: line.requests.at(-1),
      underWay: line.open,
    };
    expect(actual).toEqual({
      ...(model.closed ? {} : model.status),
      callers: compared.map((each) => each.expected),
      followers: followed.map((each) => each.expected),
      reads: model.reads,
      requests: model.requests.length,
      lastRequest: model.requests.at(-1),
      underWay: model.flight?.phase === 'asks the bank' ? 1 : 0,
    });
    for (const caller of callers) if (caller.settlements > 0) this.#verified.add(caller);
  }

  #checkCallers(): void {
    const { callers, clock, terms, disturbances } = this.world;
    const { monotonic } = clock.now();
    // Whoever waits keeps the process alive, and nothing else does.
    const somebodyWaits = callers.some(({ expected }) => expected.waits);
    expect(this.#realTimers.keepingAlive(terms.deadline)).toBe(somebodyWaits ? 1 : 0);
    for (const { how, settlements, askedAt, expected } of callers) {
      if (settlements > (expected.left ? 0 : 1)) throw new Error(`${how} was settled ${settlements} times`);
      // A flight gets its time once more at most for each disturbance.
      const disturbed = disturbances.filter((at) => at >= askedAt - terms.deadline).length;
      const longest = terms.deadline * (1 + disturbed);
      if (settlements === 0 && !expected.left && monotonic - askedAt >= longest)
        throw new Error(`${how} waits longer than a flight may take`);
    }
  }

  /** At most about one request a second reaches a bank that fails; other credentials are worth another one. */
  #checkRate(): void {
    const { line, failingFrom, rotations, terms } = this.world;
    const requests = line.requests.map(({ at }) => at.monotonic);
    for (let index = Math.max(failingFrom, this.#checkedRequests); index < requests.length; index += 1) {
      const last = requests[index] as number;
      for (const span of [3_000, 20_000]) {
        const sent = requests.slice(failingFrom, index + 1).filter((at) => at >= last - span).length;
        const others = rotations.filter(
          (at) => at >= last - span - terms.rejectedCoolsFor && at <= last,
        ).length;
        expect(sent).toBeLessThanOrEqual(terms.attempts + Math.floor(span / 900) + others);
      }
    }
    this.#checkedRequests = requests.length;
  }

  async #checkCallersAreTurnedAway(): Promise<void> {
    const { world } = this;
    for (const way of WAYS) world.ask(way);
    const asked = world.callers.slice(-WAYS.length);
    await Promise.resolve().then(() => undefined);
    expect(asked.map(({ settlements }) => settlements)).toEqual(asked.map(() => 1));
    await world.settle();
    this.check();
  }
}
