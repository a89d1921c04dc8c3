/**
 * Prints the closing line `N passed, N failed` that scripts and people look for, after everything else, and before it
 * which suites were left out because this machine lacks something: those named `suite [needs something: command]`.
 */
export default class SummaryReporter {
  onRunComplete(_contexts, results) {
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const skipped = results.numPendingTests + results.numTodoTests;
    const line = `${results.numPassedTests} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
    const lines = [...leftOut(results), line];
    process.on('exit', () => process.stderr.write(`${lines.join('\n')}\n`));
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
