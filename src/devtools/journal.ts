import type { BankAuthEvent, TokenState } from '../index.js';
import type { CallRecord } from './call-record.js';

/**
 * How the token of a provider's own credentials is: its state, or `failing` where it is stale and renewals fail, or `without`
 * where there is no usable one, the last request failed, and the next call tries again.
 */
export type LifeState = TokenState | 'failing' | 'without';

/** From then on a token was in that state, until the next one of its provider. */
export interface LifeChange {
  readonly provider: string;
  readonly state: LifeState;
  /** Milliseconds since the Unix epoch. */
  readonly from: number;
}

/** Something that happened, with its number in the order of all that happened. */
export type Entry =
  | (Numbered & { readonly kind: 'event'; readonly event: BankAuthEvent })
  | (Numbered & { readonly kind: 'call'; readonly call: CallRecord })
  | (Numbered & { readonly kind: 'life'; readonly life: LifeChange });

interface Numbered {
  readonly id: number;
}

/** Events that are kept. */
export const MOST_EVENTS = 1_000;
/** Calls that are kept. */
export const MOST_CALLS = 500;
/** Changes of state that are kept of each provider. */
export const MOST_CHANGES = 300;

/** The last so many of one kind. */
class Ring<T extends Numbered> {
  readonly #items: T[] = [];
  /** The number of the last one that was dropped. */
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
 * What happened of late, in bounded memory: the last 1000 events, the last 500 calls, and the last 300 changes of state of
 * each provider's own token. In a quiet service that is hours, in one with 10 000 merchants it may be minutes.
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

  /** All that is kept, in its order. */
  get entries(): Entry[] {
    return this.after(0);
  }

  /** All that came after a number and is still kept, in its order. */
  after(id: number): Entry[] {
    if (id >= this.#last) return [];
    return this.#rings.flatMap((ring): Entry[] => ring.after(id)).sort((a, b) => a.id - b.id);
  }

  /** Whether something that came after a number is kept no more. */
  lacksAfter(id: number): boolean {
    return this.#rings.some((ring) => ring.lacksAfter(id));
  }

  get #rings(): readonly Ring<Entry>[] {
    return [this.#events, this.#calls, ...this.#lives.values()] as unknown as Ring<Entry>[];
  }
}
