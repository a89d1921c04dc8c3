// The quickest test files first, since the first failure is all that mutation testing wants to see.
import Sequencer from '@jest/test-sequencer';

export default class QuickestFirst extends Sequencer {
  sort(tests) {
    return super.sort(tests).sort((a, b) => (a.duration ?? 0) - (b.duration ?? 0));
  }
}
