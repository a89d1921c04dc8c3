// @ts-check
// A card for each provider: its name and bank, the state of its token, and its bar.

import { axisOf, barInWords, partsOf } from './axis.js';
import { byId, h, mark, say, sayAll } from './dom.js';
import { draw, drawAxis, label } from './lives.js';
import { ago, busyness, clock, counted, date, lifeOf, nextOf, stateInWords, troublesOf } from './words.js';

/** @typedef {import('../live-state.js').LiveProvider} LiveProvider */
/** @typedef {import('./model.js').Model} Model */
/** @typedef {import('../journal.js').LifeState} LifeState */

class Card {
  /** @param {LiveProvider} provider @param {number} number */
  constructor({ provider, bank, environment }, number) {
    this.name = h('h3', { id: `provider-${number}` }, provider);
    this.badge = h('span', { class: 'badge' });
    this.since = h('span', { class: 'since' });
    this.kind = h('p', { class: 'kind' }, `${bank === provider ? '' : `${bank} · `}${environment}`);
    this.bar = h('div', { class: 'life', role: 'img' });
    this.next = h('li', { class: 'next' });
    this.facts = h('ul', { class: 'facts' });
    this.notes = h('ul', { class: 'notes' });
    this.element = h(
      'li',
      { class: 'card' },
      h(
        'article',
        { 'aria-labelledby': `provider-${number}` },
        h('div', { class: 'who' }, this.name, this.kind),
        h(
          'div',
          { class: 'how' },
          h('p', { class: 'is' }, this.badge, this.since),
          this.bar,
          this.facts,
          this.notes,
        ),
      ),
    );
  }

  /** @param {LiveProvider} provider @param {Model} model @param {number} minutes */
  show(provider, model, minutes) {
    const { token, enabled } = provider;
    const { now } = model;
    const state = token === undefined ? undefined : lifeOf(token);
    const ofMerchants = troublesOf(provider, now).some((each) => each.tone === 'bad') ? 'bad' : 'none';
    const [short, , tone] = state === undefined ? [undefined, '', ofMerchants] : stateInWords(state);
    say(this.badge, enabled ? (short ?? 'for merchants only') : 'disabled');
    mark(this.badge, 'data-tone', tone);
    mark(this.element, 'data-tone', enabled ? tone : 'none');
    const since =
      token?.since === undefined ? '' : `since ${clock(token.since, now)} (${ago(now - token.since)})`;
    say(this.since, since);
    this.bar.hidden = token === undefined;
    if (token !== undefined) {
      const axis = axisOf(now, minutes);
      const parts = partsOf(model.lives.get(provider.provider) ?? [], token, axis);
      draw(
        this.bar,
        parts,
        model.events.filter(({ event }) => event.provider === provider.provider),
        axis,
      );
      label(this.bar, barInWords(parts, now));
    }
    sayAll(this.facts, enabled ? factsOf(provider, now) : ['It is switched off: each use is an error.']);
    sayAll(this.notes, notesOf(provider, now));
  }
}

/** @param {LiveProvider} provider @param {number} now */
function factsOf(provider, now) {
  const { token, merchants, store } = provider;
  const all = Object.values(merchants).reduce((sum, count) => sum + count, 0);
  const byState = Object.entries(merchants)
    .filter(([, count]) => count > 0)
    .map(([state, count]) => `${count} ${stateInWords(/** @type {LifeState} */ (state))[0]}`);
  return [
    token === undefined ? '' : nextOf(token, now),
    ...busyness(provider),
    all === 0 ? '' : `${counted(all, 'merchant')}: ${byState.join(', ')}`,
    store === undefined
      ? ''
      : store === 'shared'
        ? 'token shared with other processes'
        : 'store in trouble, token of its own',
  ].filter((fact) => fact !== '');
}

/** Troubles, the worst merchants, and nearing ends. @param {LiveProvider} provider @param {number} now */
function notesOf(provider, now) {
  const worst = provider.worst.map((status) => {
    const [short] = stateInWords(lifeOf(status));
    const since = status.since === undefined ? '' : ` since ${clock(status.since, now)}`;
    return `Merchant ${status.merchant}: ${short}${since}`;
  });
  const ends = provider.expiries
    .slice(0, 3)
    .map(({ merchant, what, notAfter }) => `The ${what} of ${merchant} ends on ${date(notAfter)}.`);
  return [...new Set([...troublesOf(provider, now).map(({ note }) => note), ...worst, ...ends])];
}

export class Providers {
  #list = byId('providers');
  #axis = byId('axis');
  /** @type {Map<string, Card>} */
  #cards = new Map();

  /** @param {Model} model @param {number} minutes */
  show(model, minutes) {
    const { providers } = model.state;
    const names = providers.map(({ provider }) => provider);
    if (names.length !== this.#cards.size || names.some((name) => !this.#cards.has(name))) {
      this.#cards = new Map(
        providers.map((provider, index) => [provider.provider, new Card(provider, index)]),
      );
      this.#list.replaceChildren(...[...this.#cards.values()].map(({ element }) => element));
    }
    drawAxis(this.#axis, axisOf(model.now, minutes));
    for (const provider of providers) this.#cards.get(provider.provider)?.show(provider, model, minutes);
  }
}
