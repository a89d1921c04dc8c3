import { now } from './clock.mjs';
import { print } from './report.mjs';

/**
 * Checks, one after the other.
 * @param checks each with its `title`
 * @param measure gives the figures of one
 * @param deadline milliseconds for everything
 * @returns how many bounds were missed
 */
export async function runChecks(checks, measure, deadline) {
  const began = now();
  const timer = setTimeout(() => {
    console.log('prove: FAILED: it did not come to its end');
    process.exit(1);
  }, deadline);
  let missed = 0;
  for (const check of checks) {
    missed += await measure(check).then(
      (figures) => print(check.title, figures),
      (error) => {
        console.log(`${check.title}\n  FAILED: ${error.message}\n`);
        return 1;
      },
    );
  }
  clearTimeout(timer);
  console.log(`${Math.round((now() - began) / 1000)} s`);
  return missed;
}
