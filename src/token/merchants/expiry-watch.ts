import { LRUCache } from 'lru-cache';
import { catchError, defer, EMPTY, finalize, type ObservableInput, Subscription, takeUntil } from 'rxjs';
import type { Expiry, RenewalPlace } from '../../credentials/index.js';
import type { LineLogger } from '../../errors/index.js';
import type { EventSink } from '../../events/index.js';
import type { Clock } from '../../time/clock.js';
import { subscribedByNobody } from '../async-context.js';
import { expiring } from '../token.messages.js';
import { whoIs } from '../token-failure.messages.js';
import { say } from './merchant-log.js';

/** An expiry date with its merchant, for `BankAuthState`. */
export interface MerchantExpiry {
  /** The merchant's label. */
  readonly merchant: string;
  readonly what: Expiry['what'];
  /** Milliseconds since the Unix epoch. */
  readonly notAfter: number;
}

/** The parts of the watch over one provider. `undefined` is the key of the provider's own credentials. */
export interface ExpiryWatchParts {
  readonly provider: string;
  readonly clock: Clock;
  readonly events: EventSink;
  readonly labelOf: (key: string | undefined) => string;
  readonly loggerOf: (key: string | undefined) => LineLogger;
  /** The place for a new certificate or secret. */
  readonly placeOf: (key: string | undefined, what: Expiry['what']) => RenewalPlace;
  /** Reads the provider's own credentials once more; emits nothing where that can bring no others. */
  readonly readAgain: () => ObservableInput<readonly Expiry[]>;
  /** Milliseconds that `readAgain` may take. */
  readonly patience: number;
}

/** An expiry date, and the number of its thresholds that have been announced. */
interface Watched {
  readonly notAfter: number;
  told: number;
}

type Entry = Partial<Record<Expiry['what'], Watched>>;

const KINDS: readonly Expiry['what'][] = ['certificate', 'secret'];

const DAY = 86_400_000;
const NEVER = Number.POSITIVE_INFINITY;

/** The times before an expiry date at which it is announced, in milliseconds. */
const THRESHOLDS = [30 * DAY, 14 * DAY, 7 * DAY, DAY, 0];
/**
 * A certificate that replaces another and lives for less than this is renewed by a machine, hours before its end: only
 * its end is announced. The lifetime of a secret is not known.
 */
const SHORT_LIFE = 3 * DAY;
/** The longest timer: clocks are set, and machines are suspended, so that a longer one would come too late. */
const LONGEST_NAP = DAY / 4;
/** At most this many merchants that were let go are remembered: when they come back, nothing is announced twice. */
const MOST_REMEMBERED = 1_000;
/** At most this many expiry dates are shown. */
const MOST_SHOWN = 100;

/**
 * Announces the expiry of certificates and secrets of one provider, once at each threshold. It learns of them where
 * credentials are read, and has one timer, only while there is an expiry date.
 */
export class ExpiryWatch {
  readonly #parts: ExpiryWatchParts;
  readonly #entries = new Map<string | undefined, Entry>();
  #remembered?: LRUCache<string, Entry>;
  #timer?: Subscription;
  /** When the timer is to fire. */
  #due = NEVER;
  #reading?: Subscription;
  #closed = false;

  constructor(parts: ExpiryWatchParts) {
    this.#parts = parts;
  }

  /** The credentials of this merchant were read, and `found` are all their expiry dates. */
  see(key: string | undefined, found: readonly Expiry[]): void {
    if (this.#closed) return;
    const before = this.#entries.get(key) ?? this.#recall(key);
    if (found.length === 0) {
      this.#drop(key);
      return;
    }
    const entry: Entry = {};
    for (const one of found) entry[one.what] = watched(one, before?.[one.what]);
    this.#entries.set(key, entry);
    this.#tell(key, entry);
    const due = dueOf(entry);
    if (due < this.#due) this.#sleepUntil(due);
  }

  /** This merchant is let go. */
  forget(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#drop(key);
    if (!Object.values(entry).some(({ told }) => told > 0)) return;
    this.#remembered ??= new LRUCache({ max: MOST_REMEMBERED });
    this.#remembered.set(key, entry);
  }

  /** The nearest expiry dates. */
  get soonest(): readonly MerchantExpiry[] {
    const nearest: {
      readonly key: string | undefined;
      readonly what: Expiry['what'];
      readonly notAfter: number;
    }[] = [];
    const cut = () => nearest.sort((one, other) => one.notAfter - other.notAfter).splice(MOST_SHOWN);
    // Sorting the dates of 100 000 merchants takes half a second, in which no payment is made.
    let last = NEVER;
    for (const [key, entry] of this.#entries) {
      for (const what of KINDS) {
        const notAfter = entry[what]?.notAfter ?? NEVER;
        if (notAfter >= last) continue;
        nearest.push({ key, what, notAfter });
        if (nearest.length < 2 * MOST_SHOWN) continue;
        cut();
        last = nearest.at(-1)?.notAfter ?? NEVER;
      }
    }
    cut();
    return nearest.map(({ key, what, notAfter }) => ({ merchant: this.#parts.labelOf(key), what, notAfter }));
  }

  close(): void {
    this.#closed = true;
    this.#timer?.unsubscribe();
    this.#reading?.unsubscribe();
  }

  #recall(key: string | undefined): Entry | undefined {
    if (key === undefined) return undefined;
    const entry = this.#remembered?.get(key);
    this.#remembered?.delete(key);
    return entry;
  }

  #drop(key: string | undefined): void {
    this.#entries.delete(key);
    if (this.#entries.size === 0) this.#sleepUntil(NEVER);
  }

  #tell(key: string | undefined, entry: Entry): void {
    const { provider, clock, events, labelOf, loggerOf, placeOf } = this.#parts;
    const now = clock.wall();
    for (const [what, one] of each(entry)) {
      const { notAfter } = one;
      const leftMs = notAfter - now;
      const reached = THRESHOLDS.filter((threshold) => leftMs <= threshold).length;
      if (reached <= one.told) continue;
      one.told = reached;
      const merchant = labelOf(key);
      events.emit(provider, merchant, now, { type: 'certificate.expiring', what, notAfter });
      const who = whoIs(provider, key === undefined ? undefined : merchant);
      const line = expiring(who, { what, notAfter, leftMs }, placeOf(key, what));
      say(loggerOf(key), { ...line, fields: { provider, merchant, ...line.fields } });
    }
  }

  #sleepUntil(due: number): void {
    this.#timer?.unsubscribe();
    this.#due = due;
    if (due === NEVER || this.#closed) return;
    const { clock } = this.#parts;
    const nap = Math.min(Math.max(due - clock.wall(), 0), LONGEST_NAP);
    this.#timer = subscribedByNobody(clock.timer(nap)).subscribe(() => this.#wake());
  }

  #wake(): void {
    const now = this.#parts.clock.wall();
    for (const [key, entry] of this.#entries) {
      if (dueOf(entry) > now) continue;
      // A file may have been replaced since the last token request.
      if (key === undefined) this.#readAgain();
      else this.#tell(key, entry);
    }
    this.#sleep();
  }

  #sleep(): void {
    let due = NEVER;
    for (const [key, entry] of this.#entries) {
      if (key !== undefined || this.#reading === undefined) due = Math.min(due, dueOf(entry));
    }
    this.#sleepUntil(due);
  }

  #readAgain(): void {
    const { readAgain, clock, patience } = this.#parts;
    const reading = defer(readAgain).pipe(
      takeUntil(clock.timer(patience)),
      // Flights report this error.
      catchError(() => EMPTY),
      finalize(() => {
        this.#reading = undefined;
        const entry = this.#entries.get(undefined);
        if (this.#closed || entry === undefined) return;
        this.#tell(undefined, entry);
        this.#sleep();
      }),
    );
    this.#reading = new Subscription();
    this.#reading.add(reading.subscribe((found) => this.see(undefined, found)));
  }
}

function watched(
  { notAfter, lifetime = Number.POSITIVE_INFINITY }: Expiry,
  before: Watched | undefined,
): Watched {
  if (before?.notAfter === notAfter) return before;
  const isRoutine = before !== undefined && lifetime < SHORT_LIFE;
  return { notAfter, told: isRoutine ? THRESHOLDS.length - 1 : 0 };
}

/** When the next threshold of any of these is reached. */
function dueOf(entry: Entry): number {
  return Math.min(
    ...Object.values(entry).map(({ notAfter, told }) => {
      const threshold = THRESHOLDS[told];
      return threshold === undefined ? NEVER : notAfter - threshold;
    }),
  );
}

function each(entry: Entry): [Expiry['what'], Watched][] {
  return Object.entries(entry) as [Expiry['what'], Watched][];
}
