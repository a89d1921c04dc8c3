// The test files that Stryker's runner has chosen, in its order; all test files if it has chosen none.
import Sequencer from '@jest/test-sequencer';

export default class ChosenFiles extends Sequencer {
  sort(tests) {
    const chosen = process.env.TEST_FILES;
    if (chosen === undefined) return super.sort(tests);
    const byPath = new Map(tests.map((test) => [test.path, test]));
    return JSON.parse(chosen).flatMap((path) => byPath.get(path) ?? []);
  }
}
