import type { BankAuthEvent, TokenState } from '../index.js';
import type { CallRecord } from './call-record.js';

/**
 * The state of the token of a provider's own credentials; `failing` if it is stale and renewals fail; `without` if
 * there is no usable token, the last request failed, and the next call tries again.
 */
export type LifeState = TokenState | 'failing' | 'without';

/** A change of a provider's token to a state, which lasts until the provider's next change. */
export interface LifeChange {
  readonly provider: string;
  readonly state: LifeState;
  /** Milliseconds since the Unix epoch. */
  readonly from: number;
}

/** An event, a call or a change of state, with its number in the order of all entries. */
export type Entry =
  | (Numbered & { readonly kind: 'event'; readonly event: BankAuthEvent })
  | (Numbered & { readonly kind: 'call'; readonly call: CallRecord })
  | (Numbered & { readonly kind: 'life'; readonly life: LifeChange });

interface Numbered {
  readonly id: number;
}

/** The most events that are kept. */
export const MOST_EVENTS = 1_000;
/** The most calls that are kept. */
export const MOST_CALLS = 500;
/** The most changes of state that are kept for each provider. */
export const MOST_CHANGES = 300;

/** The last entries of one kind, up to a capacity. */
class Ring<T extends Numbered> {
  readonly #items: T[] = [];
  /** The number of the last entry that was dropped. */
  #dropped = 0;

  constructor(private readonly capacity: number) {}

  push(item: T): void {
    this.#items.push(item);
    if (this.#items.length > this.capacity) this.#dropped = (this.#items.shift() as T).id;
  }

  get items(): readonly T[] {
    return this.#items;
  }

  lacksAfter(id: number): boolean {
    return this.#dropped > id;
  }

  after(id: number): T[] {
    const first = this.#items.findLastIndex((item) => item.id <= id) + 1;
    return this.#items.slice(first);
  }
}

type Of<K extends Entry['kind']> = Extract<Entry, { readonly kind: K }>;

/**
 * The recent past in bounded memory: the last 1000 events, the last 500 calls, and the last 300 changes of state of
 * each provider's own token. In a quiet service these are hours, with 10 000 merchants they may be minutes.
 */
export class Journal {
  readonly #events = new Ring<Of<'event'>>(MOST_EVENTS);
  readonly #calls = new Ring<Of<'call'>>(MOST_CALLS);
  readonly #lives = new Map<string, Ring<Of<'life'>>>();
  #last = 0;

  /** The number of the last entry; 0 before the first. */
  get last(): number {
    return this.#last;
  }

  event(event: BankAuthEvent): number {
    this.#events.push({ id: ++this.#last, kind: 'event', event });
    return this.#last;
  }

  call(call: CallRecord): void {
    this.#calls.push({ id: ++this.#last, kind: 'call', call });
  }

  life(life: LifeChange): void {
    const ring = this.#lives.get(life.provider) ?? new Ring<Of<'life'>>(MOST_CHANGES);
    this.#lives.set(life.provider, ring);
    ring.push({ id: ++this.#last, kind: 'life', life });
  }

  get events(): readonly Of<'event'>[] {
    return this.#events.items;
  }

  /** All kept entries, in order. */
  get entries(): Entry[] {
    return this.after(0);
  }

  /** All kept entries after a number, in order. */
  after(id: number): Entry[] {
    if (id >= this.#last) return [];
    return this.#rings.flatMap((ring): Entry[] => ring.after(id)).sort((a, b) => a.id - b.id);
  }

  /** Whether an entry after this number has been dropped. */
  lacksAfter(id: number): boolean {
    return this.#rings.some((ring) => ring.lacksAfter(id));
  }

  get #rings(): readonly Ring<Entry>[] {
    return [this.#events, this.#calls, ...this.#lives.values()] as unknown as Ring<Entry>[];
  }
}
