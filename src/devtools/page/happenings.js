// @ts-check
// The results of calls, and the events.
import { byId, h, row, say, table } from './dom.js';
import { clock, outcomeOf, sentenceOf, toneOf, whyOf } from './words.js';

/** @typedef {import('./model.js').Model} Model */
/** @typedef {import('./model.js').EventEntry} EventEntry */

const MOST_CALLS = 12;
const MOST_EVENTS = 100;
const COUNTS = ['Provider', 'Accepted', 'Refused', 'Unknown', 'Not sent', 'Sent twice', 'Waited'];
const CALLS = ['Time', 'Call', 'What became of it', 'Why it waited'];

/** @param {{ provider: string, merchant: string }} whose */
const whoIs = ({ provider, merchant }) =>
  provider === '*'
    ? 'all providers'
    : merchant === 'default' || merchant === '*'
      ? provider
      : `${provider}, ${merchant}`;

export class Calls {
  #counts = table('Calls of each provider by what became of them', COUNTS);
  #calls = table('The last calls', CALLS);
  #shown = '';

  #few = /** @type {HTMLInputElement} */ (byId('few'));

  /** @param {() => void} changed */
  constructor(changed) {
    this.#few.addEventListener('change', changed);
    byId('counts').replaceChildren(this.#counts.element);
    byId('calls').replaceChildren(this.#calls.element);
  }

  /** @param {Model} model */
  show(model) {
    const { providers } = model.state;
    const few = this.#few.checked;
    const wanted = few ? model.calls.filter(({ call }) => isNotable(call)) : model.calls;
    const last = wanted.slice(-MOST_CALLS).reverse();
    const shown = JSON.stringify([
      few,
      last[0]?.id,
      providers.map(({ provider, calls }) => [provider, calls]),
    ]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#counts.body.replaceChildren(
      ...providers
        .filter(({ enabled }) => enabled)
        .map(({ provider, calls }) => {
          const { accepted, refused, unknown, notSent, replayed, waited } = calls;
          return row(COUNTS, [
            provider,
            ...[accepted, refused, unknown, notSent, replayed, waited].map(String),
          ]);
        }),
    );
    this.#calls.body.replaceChildren(
      ...(last.length === 0
        ? [nothing(few ? 'No call waited or failed.' : 'No call since the application began.')]
        : last.map((each) => this.#row(each, model.now))),
    );
  }

  /** @param {import('./model.js').CallEntry} entry @param {number} now */
  #row({ call }, now) {
    const { tone, text } = outcomeOf(call);
    const what = h('span', { class: 'what' }, h('b', {}, call.method), ` ${whoIs(call)}`);
    const became = h('span', { class: 'said', 'data-tone': tone }, text);
    return row(CALLS, [h('time', {}, clock(call.at, now)), what, became, whyOf(call) || '–']);
  }
}

/** @param {import('../call-record.js').CallRecord} call */
const isNotable = (call) => call.why !== undefined || call.failed || outcomeOf(call).tone !== 'well';

/** @param {string} text */
function nothing(text) {
  return h(
    'tr',
    { role: 'row', class: 'nothing' },
    h('td', { role: 'cell', class: 'blank', colspan: String(CALLS.length) }, text),
  );
}

export class Events {
  #list = byId('events');
  #filter = /** @type {HTMLSelectElement} */ (byId('filter'));
  #pause = byId('pause');
  #paused = false;
  /** The number of the newest entry that is shown. */
  #newest = 0;
  #names = '';

  /** @param {() => void} changed */
  constructor(changed) {
    this.#filter.addEventListener('change', () => {
      this.#empty();
      changed();
    });
    this.#pause.addEventListener('click', () => {
      this.#paused = !this.#paused;
      this.#pause.setAttribute('aria-pressed', String(this.#paused));
      changed();
    });
  }

  /** Empties the list: the application has restarted. */
  anew() {
    this.#empty();
  }

  /** @param {Model} model */
  show(model) {
    this.#offer(model.state.providers.map(({ provider }) => provider));
    const wanted = this.#filter.value;
    const fits = (/** @type {EventEntry} */ { event }) =>
      wanted === '' || event.provider === wanted || event.provider === '*';
    const some = model.events.filter((entry) => entry.id > this.#newest && fits(entry));
    say(this.#pause, this.#paused ? `Continue${some.length > 0 ? ` (${some.length} new)` : ''}` : 'Pause');
    if (this.#paused && this.#list.childElementCount > 0) return;
    this.#newest = model.events.at(-1)?.id ?? this.#newest;
    if (some.length > 0) this.#list.querySelector('.nothing')?.remove();
    this.#list.prepend(
      ...some
        .slice(-MOST_EVENTS)
        .reverse()
        .map((entry) => this.#item(entry, model.now)),
    );
    while (this.#list.children.length > MOST_EVENTS) this.#list.lastElementChild?.remove();
    if (this.#list.children.length === 0)
      this.#list.append(h('li', { class: 'nothing' }, 'Nothing has happened yet.'));
  }

  /** @param {EventEntry} entry @param {number} now */
  #item({ event }, now) {
    return h(
      'li',
      { 'data-tone': toneOf(event.type) },
      h(
        'p',
        { class: 'when' },
        h('time', {}, clock(event.at, now)),
        ' ',
        h('b', {}, whoIs(event)),
        ' ',
        h('code', {}, event.type),
      ),
      h('p', {}, sentenceOf(event, now)),
    );
  }

  /** @param {readonly string[]} names */
  #offer(names) {
    const joined = JSON.stringify(names);
    if (joined === this.#names) return;
    this.#names = joined;
    const options = names.map((name) => h('option', { value: name }, name));
    this.#filter.replaceChildren(h('option', { value: '' }, 'all'), ...options);
  }

  #empty() {
    this.#newest = 0;
    this.#list.replaceChildren();
  }
}
