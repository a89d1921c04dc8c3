import type { LineLogger, LogLine } from '../../errors/index.js';
import { ALL, type EventSink } from '../../events/index.js';
import { type Clock, elapsed, type Instant } from '../../time/clock.js';
import type { QueueNews } from '../flight/token-request-queue.js';
import { isReminderDue } from '../reminders.js';
import {
  bankBusy,
  bankRecovered,
  bankStillBusy,
  bankStillUnavailable,
  bankUnavailable,
} from '../token.messages.js';
import { say } from './merchant-log.js';

/** A logged trouble of the bank as a whole. */
interface Episode {
  readonly since: Instant;
  failures: number;
  toldAt: Instant;
}

/** A logged wait of all merchants. */
interface Wait extends Episode {
  /** Milliseconds from `toldAt`. */
  forMs: number;
}

/** A wait that has become longer than the logged one by more than these milliseconds is logged at once. */
const LONGER = 10_000;
/** Milliseconds between two events on a full queue. */
const SATURATED_EVERY = 1_000;

/**
 * Logs a bank's trouble with all merchants: a line at its beginning, one a minute while it lasts, one at its end. A
 * wait that turns out to be longer than the logged one is logged again at once, since that line would be wrong. Only
 * requests that were under way can make it longer, so these lines are few.
 */
export class BankNews implements QueueNews {
  #unavailable?: Episode;
  #busy?: Wait;
  #saturatedAt?: Instant;

  constructor(
    private readonly provider: string,
    private readonly clock: Clock,
    private readonly logger: LineLogger,
    private readonly events: EventSink,
  ) {}

  unavailable(reason: string): void {
    const now = this.clock.now();
    const episode = this.#unavailable;
    if (episode === undefined) {
      this.#unavailable = { since: now, failures: 1, toldAt: now };
      this.#say(bankUnavailable(this.provider, reason));
    } else if (isDue(episode, now)) {
      this.#say(bankStillUnavailable(this.provider, reason, elapsed(episode.since, now), episode.failures));
    }
  }

  busy(reason: string, forMs: number): void {
    const now = this.clock.now();
    const wait = this.#busy;
    if (wait === undefined) {
      this.#busy = { since: now, failures: 1, toldAt: now, forMs };
      this.#say(bankBusy(this.provider, reason, forMs));
      return;
    }
    const left = wait.forMs - elapsed(wait.toldAt, now);
    const isWrong = left > 0 && forMs - left > LONGER;
    if (!isDue(wait, now) && !isWrong) return;
    wait.toldAt = now;
    wait.forMs = forMs;
    this.#say(bankStillBusy(this.provider, reason, forMs, elapsed(wait.since, now)));
  }

  answered(): void {
    const now = this.clock.now();
    const episodes = [this.#unavailable, this.#busy].filter((episode) => episode !== undefined);
    if (episodes.length === 0) return;
    this.#unavailable = undefined;
    this.#busy = undefined;
    const outageMs = Math.max(...episodes.map(({ since }) => elapsed(since, now)));
    this.#say(bankRecovered(this.provider, outageMs));
  }

  saturated(queued: number): void {
    if (!this.events.observed) return;
    const now = this.clock.now();
    if (this.#saturatedAt !== undefined && elapsed(this.#saturatedAt, now) < SATURATED_EVERY) return;
    this.#saturatedAt = now;
    this.events.emit(this.provider, ALL, now.wall, { type: 'queue.saturated', queued });
  }

  #say(line: LogLine): void {
    say(this.logger, { ...line, fields: { provider: this.provider, ...line.fields } });
  }
}

/** Counts one more failure. Returns whether another line is due, and takes the line as written. */
function isDue(episode: Episode, now: Instant): boolean {
  episode.failures += 1;
  if (!isReminderDue(episode.toldAt, now)) return false;
  episode.toldAt = now;
  return true;
}
