// `node run.js [work …] [--only=package,…] [--write] [--quick | --full]`: see README.md.
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    write: { type: 'boolean', default: false },
    only: { type: 'string' },
    quick: { type: 'boolean', default: false },
    full: { type: 'boolean', default: false },
    // The page anew from the results that are there, without measuring.
    page: { type: 'boolean', default: false },
  },
});
// Before anything is imported that depends on it.
process.env.BENCH_EFFORT = values.quick ? 'quick' : values.full ? 'full' : 'usual';

const { main } = await import('./lib/main.js');
process.exitCode = await main(values, positionals);
