// `--every n`: every nth mutant stands for all of a room, if trying all of them would take hours.

/** The message of a mutant that was not tried: Stryker counts it as not loadable, so no score includes it. */
export const NOT_IN_SAMPLE = 'not in the sample';

/** @param id of a mutant: Stryker numbers them in the order of files and lines, so that a sample covers all of them */
export function isInSample(id) {
  return Number(id) % Number(process.env.MUTATION_EVERY ?? 1) === 0;
}
