// `node run.js [work …] [--only=package,…] [--write] [--quick | --full]`: see README.md.
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    write: { type: 'boolean', default: false },
    only: { type: 'string' },
    quick: { type: 'boolean', default: false },
    full: { type: 'boolean', default: false },
    // Writes the page from the existing results, without measuring.
    page: { type: 'boolean', default: false },
  },
});
// Set before the modules that read it are imported.
process.env.BENCH_EFFORT = values.quick ? 'quick' : values.full ? 'full' : 'usual';

const { main } = await import('./lib/main.js');
process.exitCode = await main(values, positionals);
