// @ts-check
// The past, present and undisturbed future of a token on one axis of time. Pure functions.
import { clock, lifeOf, span, stateInWords } from './words.js';

/** @typedef {import('../journal.js').LifeChange} LifeChange */
/** @typedef {import('../journal.js').LifeState} LifeState */
/** @typedef {import('../../index.js').TokenStatus} TokenStatus */
/** @typedef {{ from: number, to: number, now: number }} Axis */
/** @typedef {{ state: LifeState, from: number, to: number, ahead?: true }} Part */

export const MINUTE = 60_000;
/** The share of the future in the axis. */
const AHEAD = 0.2;

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

/** The future of a token that nobody uses. @param {TokenStatus} token @param {number} now @returns {Part[]} */
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
    const name = stateInWords(state)[0];
    return index === all.length - 1 ? `${name} since ${clock(from, now)}` : `${name} for ${span(to - from)}`;
  });
  return `${past.length > 6 ? 'Among others: ' : ''}${said.join(', then ')}.`;
}
