import { relative } from 'node:path';

/**
 * Says while the tests run which suite begins and how many of how many are done, where no terminal shows it: Jest itself
 * does so on a terminal. Prints the closing line `N passed, N failed` that scripts and people look for, after everything
 * else, and before it which suites were left out because this machine lacks something: those named
 * `suite [needs something: command]`.
 */
export default class SummaryReporter {
  #suites = 0;
  #done = 0;

  onRunStart({ numTotalTestSuites }) {
    this.#suites = numTotalTestSuites;
  }

  onTestFileStart({ path, context }) {
    if (process.stderr.isTTY) return;
    const suite = relative(context.config.rootDir, path);
    process.stderr.write(`${this.#done} of ${this.#suites} done, now ${suite}\n`);
  }

  onTestFileResult() {
    this.#done += 1;
  }

  onRunComplete(_contexts, results) {
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const skipped = results.numPendingTests + results.numTodoTests;
    const numbers = `${results.numPassedTests} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
    process.on('exit', () => {
      for (const line of [...leftOut(results), numbers]) process.stderr.write(`${line}\n`);
    });
  }
}

/** A line for each thing that is missing, with what was left out for want of it. */
function leftOut({ testResults }) {
  const suitesByNeed = new Map();
  for (const { ancestorTitles } of testResults.flatMap((file) => file.testResults)) {
    for (const title of ancestorTitles) {
      const { suite, need, command } =
        /^(?<suite>.+) \[needs (?<need>.+?): (?<command>.+)\]$/.exec(title)?.groups ?? {};
      if (suite === undefined) continue;
      const key = `no ${need} here (to get it: ${command})`;
      suitesByNeed.set(key, (suitesByNeed.get(key) ?? new Set()).add(suite));
    }
  }
  return [...suitesByNeed].map(
    ([need, suites]) => `Left out, as there is ${need}: ${[...suites].join('; ')}`,
  );
}
