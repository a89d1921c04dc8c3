// @ts-check
// Buttons that make simulated banks fail.
import { byId, h, say } from './dom.js';

/** @typedef {import('./model.js').Model} Model */

/** @type {readonly (readonly [action: string, name: string])[]} */
const ACTIONS = [
  ['unavailable', 'Unavailable'],
  ['slow', 'Slow'],
  ['revoke', 'Revoke tokens'],
  ['refuse', 'Refuse all tokens'],
  ['reject', 'Reject credentials'],
  ['short', 'Short tokens'],
  ['heal', 'Heal'],
];

export class Bench {
  #shown = '';

  /** @param {URL} base */
  constructor(base) {
    this.base = base;
  }

  /** @param {Model} model */
  show({ state: { simulated } }) {
    const shown = JSON.stringify(simulated);
    if (shown === this.#shown) return;
    this.#shown = shown;
    byId('bench').hidden = simulated.length === 0;
    byId('banks').replaceChildren(...simulated.map((bank) => this.#bank(bank)));
  }

  /** @param {string} bank */
  #bank(bank) {
    const buttons = ACTIONS.map(([action, name]) => {
      const button = h('button', { type: 'button', class: action === 'heal' ? 'heal' : undefined }, name);
      button.addEventListener('click', () => void this.#act(bank, action));
      return button;
    });
    const parts = [h('span', { class: 'bank' }, bank), h('span', { class: 'buttons' }, ...buttons)];
    return h('li', {}, h('div', { role: 'group', 'aria-label': bank }, ...parts));
  }

  /** @param {string} bank @param {string} action */
  async #act(bank, action) {
    const told = byId('said');
    try {
      const url = new URL(`simulator/${encodeURIComponent(bank)}/${action}`, this.base);
      const headers = { 'content-type': 'application/json' };
      const response = await fetch(url, { method: 'POST', headers, body: '{}' });
      const { said, message } = await response.json();
      say(told, response.ok ? said : `${bank} was told nothing: ${message ?? `status ${response.status}`}`);
    } catch {
      say(told, `${bank} was told nothing: there is no connection.`);
    }
  }
}
