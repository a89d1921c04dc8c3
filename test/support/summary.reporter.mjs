import { appendFileSync } from 'node:fs';
import { relative } from 'node:path';

/**
 * Says while the tests run which suite begins and how many of how many are done, where no terminal shows it: Jest itself
 * does so on a terminal. Prints the closing line `N passed, N failed` that scripts and people look for, after everything
 * else, and before it which suites were left out because this machine lacks something: those named
 * `suite [needs something: command]`. Where `TEST_TOTALS` names a file, this run is one of several, and the numbers go there.
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
    const totals = { passed: results.numPassedTests, failed, skipped, leftOut: leftOut(results) };
    if (process.env.TEST_TOTALS === undefined) {
      process.on('exit', () => process.stderr.write(closingLines(totals)));
    } else {
      appendFileSync(process.env.TEST_TOTALS, `${JSON.stringify(totals)}\n`);
    }
  }
}

export function closingLines({ passed, failed, skipped, leftOut }) {
  const numbers = `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
  return [...leftOut, numbers].map((line) => `${line}\n`).join('');
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
