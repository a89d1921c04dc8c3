import { now } from './clock.mjs';
import { print } from './report.mjs';

/**
 * Checks, one after the other.
 * @param checks each with its `title`; those of a list within the list run at the same time
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
