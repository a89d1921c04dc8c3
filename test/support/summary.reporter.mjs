import { appendFileSync } from 'node:fs';

/**
 * Prints the closing line `N passed, N failed` that scripts and people look for, after everything else, and before it
 * which suites were left out because this machine lacks something: those named `suite [needs something: command]`. Where
 * `TEST_TOTALS` names a file, this run is one of several, and the numbers go there.
 */
export default class SummaryReporter {
  onRunComplete(_contexts, results) {
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const skipped = results.numPendingTests + results.numTodoTests;
    const totals = { passed: results.numPassedTests, failed, skipped };
    const lines = leftOut(results);
    if (process.env.TEST_TOTALS === undefined) lines.push(closingLine(totals));
    else appendFileSync(process.env.TEST_TOTALS, `${JSON.stringify(totals)}\n`);
    process.on('exit', () => process.stderr.write(lines.map((line) => `${line}\n`).join('')));
  }
}

export function closingLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
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
