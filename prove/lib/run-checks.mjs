import { now } from './clock.mjs';
import { print } from './report.mjs';

/**
 * Runs checks, one after the other.
 * @param checks each with its `title`; the checks of a nested list run at the same time
 * @param measure returns the figures of one check
 * @param deadline milliseconds for all checks together
 * @returns the number of missed bounds
 */
export async function runChecks(checks, measure, deadline) {
  const began = now();
  const timer = setTimeout(() => {
    console.log('prove: FAILED: it did not come to its end');
    process.exit(1);
  }, deadline);
  let missed = 0;
  for (const group of checks.map((check) => [check].flat())) {
    const results = await Promise.allSettled(group.map((check) => measure(check)));
    for (const [index, { value: figures, reason }] of results.entries()) {
      const { title } = group[index];
      if (figures !== undefined) missed += print(title, figures);
      else {
        console.log(`${title}\n  FAILED: ${reason.message}\n`);
        missed += 1;
      }
    }
  }
  clearTimeout(timer);
  console.log(`${Math.round((now() - began) / 1000)} s`);
  return missed;
}
