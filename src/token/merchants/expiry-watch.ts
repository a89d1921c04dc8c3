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

/** What ends at which merchant, for `BankAuthState`. */
export interface MerchantExpiry {
  /** Its label. */
  readonly merchant: string;
  readonly what: Expiry['what'];
  /** Milliseconds since the Unix epoch. */
  readonly notAfter: number;
}

/** What the watch over one provider works with. `undefined` is the key of the provider's own credentials. */
export interface ExpiryWatchParts {
  readonly provider: string;
  readonly clock: Clock;
  readonly events: EventSink;
  readonly labelOf: (key: string | undefined) => string;
  readonly loggerOf: (key: string | undefined) => LineLogger;
  /** Where a new one goes. */
  readonly placeOf: (key: string | undefined, what: Expiry['what']) => RenewalPlace;
  /** Reads the provider's own credentials once more; emits nothing where that can bring no others. */
  readonly readAgain: () => ObservableInput<readonly Expiry[]>;
  /** Milliseconds for that. */
  readonly patience: number;
}

/** Something that ends, and the number of thresholds that have been told. */
interface Watched {
  readonly notAfter: number;
  told: number;
}

type Entry = Partial<Record<Expiry['what'], Watched>>;

const KINDS: readonly Expiry['what'][] = ['certificate', 'secret'];

const DAY = 86_400_000;
const NEVER = Number.POSITIVE_INFINITY;

/** How long before its end something is told of, in milliseconds. */
const THRESHOLDS = [30 * DAY, 14 * DAY, 7 * DAY, DAY, 0];
/**
 * A certificate that replaces another and lives for less than this is renewed by a machine, hours before its end: of
 * such a one it is told only that it is over. How long a secret lives is not known.
 */
const SHORT_LIFE = 3 * DAY;
/** Clocks are set, and machines are suspended, so that a long timer comes too late. */
const LONGEST_NAP = DAY / 4;
/** Merchants that were let go are not told of again when they come back. That many of them, at most. */
const MOST_REMEMBERED = 1_000;
/** That many are shown, at most. */
const MOST_SHOWN = 100;

/**
 * Tells when certificates and secrets of one provider end: at each threshold once. It learns of them where credentials
 * are read, and has one timer, only while something is to end.
 */
export class ExpiryWatch {
  readonly #parts: ExpiryWatchParts;
  readonly #entries = new Map<string | undefined, Entry>();
  #remembered?: LRUCache<string, Entry>;
  #timer?: Subscription;
  /** When that is to fire. */
  #due = NEVER;
  #reading?: Subscription;
  #closed = false;

  constructor(parts: ExpiryWatchParts) {
    this.#parts = parts;
  }

  /** The credentials of this merchant were read: this is all of them that ends. */
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

  /** The nearest ones. */
  get soonest(): readonly MerchantExpiry[] {
    const nearest: {
      readonly key: string | undefined;
      readonly what: Expiry['what'];
      readonly notAfter: number;
    }[] = [];
    const cut = () => nearest.sort((one, other) => one.notAfter - other.notAfter).splice(MOST_SHOWN);
    // To sort those of 100 000 merchants takes half a second, in which no payment is made.
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
      // Flights tell of it.
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
