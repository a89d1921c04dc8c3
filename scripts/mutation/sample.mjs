// `--every n`: every nth mutant stands for all of a room, where to try them all would take hours.

/** What a mutant says that was not tried: Stryker counts it as one that cannot be loaded, and so it is in no score. */
export const NOT_IN_SAMPLE = 'not in the sample';

/** @param id of a mutant: Stryker numbers them in the order of files and lines, so that a sample is of all of them */
export function isInSample(id) {
  return Number(id) % Number(process.env.MUTATION_EVERY ?? 1) === 0;
}
