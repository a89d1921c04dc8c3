// @ts-check
// The page's knowledge: the state, and the last entries, in bounded memory.

/** @typedef {import('../live-state.js').LiveState} LiveState */
/** @typedef {import('../journal.js').Entry} Entry */
/** @typedef {import('../journal.js').LifeChange} LifeChange */
/** @typedef {Extract<Entry, { kind: 'event' }>} EventEntry */
/** @typedef {Extract<Entry, { kind: 'call' }>} CallEntry */
/** @typedef {LiveState & { last: string, entries: Entry[] }} Whole */

const MOST_EVENTS = 1_000;
const MOST_CALLS = 500;
const MOST_CHANGES = 300;

export class Model {
  /** @type {LiveState} */
  state = { now: 0, since: 0, providers: [], simulated: [] };
  /** The id after which the next connection begins. */
  last = '';
  /** @type {EventEntry[]} */
  events = [];
  /** @type {CallEntry[]} */
  calls = [];
  /** By provider; a Map, since an object has members of its own. @type {Map<string, LifeChange[]>} */
  lives = new Map();
  #number = 0;
  #ahead = 0;
  #isNew = true;

  /** @param {() => number} clock the browser's, which may be wrong */
  constructor(clock = Date.now) {
    this.clock = clock;
  }

  /** The time by the application's clock. */
  get now() {
    return this.clock() + this.#ahead;
  }

  /** Whether nothing is known yet. */
  get isNew() {
    return this.#isNew;
  }

  /** @param {Whole} whole */
  begin({ last, entries, ...state }) {
    this.#isNew = false;
    this.events = [];
    this.calls = [];
    this.lives = new Map();
    this.#number = 0;
    this.last = last;
    this.show(state);
    for (const entry of entries) this.add(entry);
  }

  /** @param {LiveState} state */
  show(state) {
    this.state = state;
    this.tell(state.now);
  }

  /** Takes over the application's clock. @param {number} now */
  tell(now) {
    const ahead = now - this.clock();
    // A message arrives late: the smallest delay of many is nearest to the truth.
    this.#ahead = Math.abs(ahead - this.#ahead) > 1_000 ? ahead : Math.max(ahead, this.#ahead);
  }

  /** Adds an entry that is new. @param {Entry} entry @param {string} [id] */
  add(entry, id) {
    if (entry.id <= this.#number) return;
    this.#number = entry.id;
    if (id !== undefined && id !== '') this.last = id;
    if (entry.kind === 'event') keep(this.events, entry, MOST_EVENTS);
    else if (entry.kind === 'call') keep(this.calls, entry, MOST_CALLS);
    else {
      const life = this.lives.get(entry.life.provider) ?? [];
      this.lives.set(entry.life.provider, life);
      keep(life, entry.life, MOST_CHANGES);
    }
  }
}

/** @template T @param {T[]} list @param {T} item @param {number} most */
function keep(list, item, most) {
  list.push(item);
  if (list.length > most) list.shift();
}
