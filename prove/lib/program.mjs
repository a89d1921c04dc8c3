import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';

/**
 * A program that proves promises: reads its command line, runs, and ends the process, with 1 if a bound is missed.
 * @param checks the names that `--only` accepts
 * @param flags the names of further options, off by default
 * @param run gets `{ names, flags }`, returns the number of missed bounds; imports the modules that need the built
 *   library
 */
export async function prove({ checks, flags: known = [], run }) {
  const settings = settingsFor(checks, known);
  if (!existsSync(new URL('../../dist/esm/redis/index.js', import.meta.url))) {
    console.error('Build the library first: npm run build');
    process.exit(2);
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(1));
  const missed = await run(settings).catch((error) => {
    // The message tells how to install a missing program.
    console.log(error?.code === 'ENOENT' ? error.message : (error?.stack ?? error));
    return Number.NaN;
  });
  console.log(missed === 0 ? 'prove: ok' : `prove: FAILED${missed > 0 ? `, bounds missed: ${missed}` : ''}`);
  process.exit(missed === 0 ? 0 : 1);
}

function settingsFor(checks, known) {
  const options = { only: { type: 'string', default: checks.join(',') } };
  for (const flag of known) options[flag] = { type: 'boolean', default: false };
  try {
    const { only, ...flags } = parseArgs({ options }).values;
    const names = only.split(',');
    const unknown = names.filter((name) => !checks.includes(name));
    if (unknown.length > 0) {
      throw new Error(`There is no ${unknown.join(', ')}. There are: ${checks.join(', ')}.`);
    }
    return { names, flags };
  } catch (error) {
    console.error(error.message);
    process.exit(2);
  }
}
