// The tests that are named after the mutated file first, then the quickest: the first failure is all that is wanted.
import { basename } from 'node:path';
import Sequencer from '@jest/test-sequencer';

export default class LikeliestFirst extends Sequencer {
  sort(tests) {
    return super
      .sort(tests)
      .sort(
        (a, b) =>
          Number(isOfMutated(b.path)) - Number(isOfMutated(a.path)) || (a.duration ?? 0) - (b.duration ?? 0),
      );
  }
}

/** Whether a test file is named after the file that is mutated now. */
export function isOfMutated(test, mutated = process.env.MUTATED_FILE ?? '') {
  return mutated !== '' && basename(test).startsWith(`${basename(mutated, '.ts')}.`);
}
