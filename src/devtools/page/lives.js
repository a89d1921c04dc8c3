// @ts-check
// The bars.
import { MINUTE } from './axis.js';
import { h } from './dom.js';
import { clock, STATES, stateInWords } from './words.js';

/** @typedef {import('../journal.js').LifeState} LifeState */
/** @typedef {import('./model.js').EventEntry} EventEntry */
/** @typedef {import('./axis.js').Axis} Axis */
/** @typedef {import('./axis.js').Part} Part */

/** The most marks of one bar. */
const MOST_MARKS = 80;
const STEPS = [15_000, 30_000, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE];

/** @type {Readonly<Record<string, readonly [kind: string, name: string]>>} */
const MARKS = {
  'token.obtained': ['got', 'token obtained'],
  'token.renewed': ['got', 'token renewed'],
  'token.failed': ['failed', 'token request failed'],
  'token.renewal-failed': ['failed', 'renewal failed'],
  'token.refused': ['no', 'token refused by the bank'],
  'token.invalidated': ['no', 'token dropped'],
};

/** @param {number} at @param {Axis} axis */
const place = (at, { from, to }) => ((at - from) / (to - from)) * 100;

/** Draws a bar. @param {HTMLElement} bar @param {readonly Part[]} parts @param {readonly EventEntry[]} events @param {Axis} axis */
export function draw(bar, parts, events, axis) {
  const width = bar.clientWidth;
  const pieces = parts.map(({ state, from, to, ahead }) => {
    const [name] = stateInWords(state);
    const [left, right] = [place(from, axis), place(to, axis)];
    const roomy = ((right - left) / 100) * width > name.length * 7 + 14;
    const piece = h(
      'span',
      { class: `part is-${state}${ahead ? ' ahead' : ''}` },
      roomy && !ahead ? h('b', {}, name) : '',
    );
    piece.style.left = `${left}%`;
    piece.style.width = `${right - left}%`;
    return piece;
  });
  const marks = events
    .filter(
      ({ event }) =>
        event.at >= axis.from && event.merchant === 'default' && Object.hasOwn(MARKS, event.type),
    )
    .slice(-MOST_MARKS)
    .map(({ event }) => {
      const point = h('i', { class: `point at-${MARKS[event.type]?.[0]}` });
      point.style.left = `${place(event.at, axis)}%`;
      return point;
    });
  const now = h('span', { class: 'now' });
  now.style.left = `${place(axis.now, axis)}%`;
  bar.replaceChildren(...pieces, ...marks, now);
}

/** @param {HTMLElement} element @param {Axis} axis */
export function drawAxis(element, axis) {
  const width = element.clientWidth || 1;
  const step = STEPS.find((each) => ((axis.to - axis.from) / each) * 76 < width) ?? 30 * MINUTE;
  const labels = [];
  for (let at = Math.ceil(axis.from / step) * step; at < axis.to; at += step) {
    const where = place(at, axis);
    if (where < 4 || where > 96 || Math.abs(where - place(axis.now, axis)) * width < 5_200) continue;
    const label = h('span', {}, clock(at, axis.now).slice(0, step < MINUTE ? 8 : 5));
    label.style.left = `${where}%`;
    labels.push(label);
  }
  const now = h('span', { class: 'is-now' }, 'now');
  now.style.left = `${place(axis.now, axis)}%`;
  element.replaceChildren(...labels, now);
}

/** @param {HTMLElement} element */
export function drawLegend(element) {
  const swatch = (/** @type {string} */ kind, /** @type {string} */ text) =>
    h('li', {}, h('span', { class: kind, 'aria-hidden': 'true' }), text);
  const states = /** @type {LifeState[]} */ ([
    'fresh',
    'stale',
    'failing',
    'cooling-down',
    'without',
    'refused',
    'absent',
  ]);
  element.replaceChildren(
    ...states.map((state) => swatch(`swatch is-${state}`, STATES[state][1])),
    swatch('swatch is-fresh ahead', 'faint: what comes if nothing happens'),
    swatch('point at-got', 'token obtained'),
    swatch('point at-failed', 'token request failed'),
    swatch('point at-no', 'token refused or dropped'),
  );
}

/** @param {HTMLElement} bar @param {string} text */
export function label(bar, text) {
  if (bar.getAttribute('aria-label') !== text) bar.setAttribute('aria-label', text);
}
