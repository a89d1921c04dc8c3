// @ts-check
// The connection to the application: first the state and all entries, then each new one. It reconnects by itself, and
// gives its connection back while nobody looks: a browser has six for all tabs of an application.

/** @typedef {import('./model.js').Model} Model */
/** @typedef {import('./model.js').Whole} Whole */
/** @typedef {import('../journal.js').Entry} Entry */
/** @typedef {{ is: 'live' | 'lost' | 'resting', text: string }} Connection */

/** Milliseconds without any message; the application sends one every ten seconds. */
const SILENCE = 25_000;
const RETRY = 2_000;
/** Milliseconds out of sight after which the connection is given back. */
const REST = 10_000;

export class Feed {
  /** @type {EventSource | undefined} */
  #source;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #silence;
  /** Entries during a new request for all. @type {{ entry: Entry, id: string }[] | undefined} */
  #held;
  /** The number of the attempt, to recognise late answers of given-up ones. */
  #attempt = 0;

  /**
   * @param {URL} base @param {Model} model @param {() => void} changed
   * @param {(connection: Connection) => void} connection
   */
  constructor(base, model, changed, connection) {
    this.base = base;
    this.model = model;
    this.changed = changed;
    this.connection = connection;
  }

  start() {
    document.addEventListener('visibilitychange', () => this.#seen());
    addEventListener('pagehide', () => this.#close());
    addEventListener('pageshow', ({ persisted }) => persisted && this.#connect());
    this.#connect();
  }

  #seen() {
    clearTimeout(this.#timer);
    if (document.visibilityState === 'hidden') {
      this.#timer = setTimeout(() => {
        this.#close();
        this.connection({ is: 'resting', text: 'Resting while nobody looks' });
      }, REST);
    } else if (this.#source === undefined) this.#connect();
  }

  async #connect() {
    this.#close();
    const attempt = ++this.#attempt;
    try {
      await this.#whole();
      if (attempt === this.#attempt) this.#listen();
    } catch (error) {
      if (attempt === this.#attempt) this.#lost(error instanceof Refused ? error.message : 'Connection lost');
    }
  }

  /** Fetches the state and all entries. */
  async #whole() {
    const response = await fetch(new URL('state', this.base), { cache: 'no-store' });
    if (!response.ok) throw new Refused(`The application refuses this page (status ${response.status})`);
    this.model.begin(/** @type {Whole} */ (await response.json()));
    this.changed();
  }

  #listen() {
    const url = new URL('events', this.base);
    url.searchParams.set('after', this.model.last);
    const source = new EventSource(url);
    this.#source = source;
    const on = (/** @type {string} */ type, /** @type {(data: any, id: string) => void} */ hear) =>
      source.addEventListener(type, (event) => {
        const { data, lastEventId } = /** @type {MessageEvent<string>} */ (event);
        this.#heard();
        hear(JSON.parse(data), lastEventId);
      });
    source.addEventListener('open', () => {
      this.connection({ is: 'live', text: 'Live' });
      this.#heard();
    });
    on('entry', (entry, id) => {
      if (this.#held === undefined) this.model.add(entry, id);
      else this.#held.push({ entry, id });
      this.changed();
    });
    on('state', (state) => {
      this.model.show(state);
      this.changed();
    });
    on('beat', ({ now }) => this.model.tell(now));
    // The application has restarted, or has dropped entries that this page missed.
    on('anew', () => void this.#anew());
    source.addEventListener('error', () => {
      // Otherwise the browser reconnects, and sends the id of its last entry.
      if (source.readyState === EventSource.CLOSED) this.#lost('Connection lost');
      else this.connection({ is: 'lost', text: 'Connection lost, trying again…' });
    });
  }

  async #anew() {
    this.#held ??= [];
    try {
      await this.#whole();
      for (const { entry, id } of this.#held ?? []) this.model.add(entry, id);
      this.#held = undefined;
      this.changed();
    } catch {
      this.#lost('Connection lost');
    }
  }

  #heard() {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#lost('Connection lost'), SILENCE);
  }

  /** @param {string} why */
  #lost(why) {
    this.#close();
    this.connection({ is: 'lost', text: `${why}, trying again…` });
    this.#timer = setTimeout(() => this.#connect(), RETRY);
  }

  #close() {
    clearTimeout(this.#timer);
    clearTimeout(this.#silence);
    this.#held = undefined;
    this.#source?.close();
    this.#source = undefined;
    this.#attempt += 1;
  }
}

class Refused extends Error {}
