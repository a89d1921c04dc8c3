// Proves the promises to an application with many merchants, on real processes and with a bank over HTTP.
// Prints every figure with its bound; a missed bound makes the run fail.
//   node --expose-gc prove/merchants.mjs              all of it, about three minutes
//   node --expose-gc prove/merchants.mjs --only=ten-calls,isolation
//   node --expose-gc prove/merchants.mjs --careless   with deliberate mistakes, to see that the checks can fail
import { prove } from './lib/program.mjs';

await prove({
  checks: ['ten-calls', 'idle-heap', 'rotation', 'isolation'],
  flags: ['careless'],
  async run({ names, flags }) {
    const { run } = await import('./merchants/run.mjs');
    return run({ names, ...flags });
  },
});
