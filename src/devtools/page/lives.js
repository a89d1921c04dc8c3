// @ts-check
// The bars: how each token was, is, and will be if nothing happens, on one axis of time.
import { h } from './dom.js';
import { clock, lifeOf, STATES, span } from './words.js';

/** @typedef {import('../journal.js').LifeChange} LifeChange */
/** @typedef {import('../journal.js').LifeState} LifeState */
/** @typedef {import('../../index.js').TokenStatus} TokenStatus */
/** @typedef {import('./model.js').EventEntry} EventEntry */
/** @typedef {{ from: number, to: number, now: number }} Axis */
/** @typedef {{ state: LifeState, from: number, to: number, ahead?: true }} Part */

const MINUTE = 60_000;
/** How much of the axis is the future. */
const AHEAD = 0.2;
/** Marks of one bar. */
const MOST_MARKS = 80;
const STEPS = [15_000, 30_000, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE];

/** @param {number} now @param {number} minutes @returns {Axis} */
export function axisOf(now, minutes) {
  const past = minutes * MINUTE;
  return { from: now - past, to: now + (past * AHEAD) / (1 - AHEAD), now };
}

/** The parts of a bar. @param {readonly LifeChange[]} life @param {TokenStatus | undefined} token @param {Axis} axis */
export function partsOf(life, token, axis) {
  /** @type {Part[]} */
  const parts = life.map(({ state, from }, index) => ({
    state,
    from,
    to: life[index + 1]?.from ?? axis.now,
  }));
  if (token !== undefined) parts.push(...futureOf(token, axis.now));
  return parts
    .map((part) => ({ ...part, from: Math.max(part.from, axis.from), to: Math.min(part.to, axis.to) }))
    .filter((part) => part.to > part.from);
}

/** What a token comes to by itself. @param {TokenStatus} token @param {number} now @returns {Part[]} */
function futureOf(token, now) {
  const { refreshAt = now, expiresAt = now, retryAt = now } = token;
  const state = lifeOf(token);
  if (state === 'fresh')
    return [
      { state, from: now, to: refreshAt, ahead: true },
      { state: 'stale', from: Math.max(now, refreshAt), to: expiresAt, ahead: true },
    ];
  if (state === 'stale' || state === 'failing') return [{ state, from: now, to: expiresAt, ahead: true }];
  return [{ state, from: now, to: retryAt, ahead: true }];
}

/** The bar in words. @param {readonly Part[]} parts @param {number} now */
export function barInWords(parts, now) {
  const past = parts.filter(({ ahead }) => !ahead);
  if (past.length === 0) return 'Nothing is known of this time.';
  const said = past.slice(-6).map(({ state, from, to }, index, all) => {
    const name = STATES[state][0];
    return index === all.length - 1 ? `${name} since ${clock(from, now)}` : `${name} for ${span(to - from)}`;
  });
  return `${past.length > 6 ? 'Among others: ' : ''}${said.join(', then ')}.`;
}

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
    const [name] = STATES[state];
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
