import { spread } from './statistics.js';

/**
 * Measures slices of several variants in turns, one of each per round. Each round begins with another variant: the
 * first one gets the garbage of the last.
 * @param variants functions by name, each of which measures one slice
 */
export async function inTurns(variants, rounds) {
  const names = Object.keys(variants);
  const results = [];
  for (const round of rounds) {
    const slices = {};
    for (let turn = 0; turn < names.length; turn += 1) {
      const name = names[(round + turn) % names.length];
      slices[name] = await variants[name]();
    }
    results.push(slices);
  }
  return results;
}

/** A figure of one variant as a multiple of the base, which is measured twice: a ratio per round. */
export function ratiosOf(rounds, name, what) {
  return rounds.map(
    ({ base, control, [name]: subject }) => (2 * subject[what]) / (base[what] + control[what]),
  );
}

/** The base against itself: the variation that the machine causes. */
export function controlsOf(rounds, what) {
  return rounds.map(({ base, control }) => control[what] / base[what]);
}

/** The ratios or controls as a median with its middle half. */
export function comparedWithBase(rounds, name, what) {
  return name === 'base' || name === 'control'
    ? spread(controlsOf(rounds, what))
    : spread(ratiosOf(rounds, name, what));
}
