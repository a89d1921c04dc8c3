// Shows on real processes, with a bank over HTTP, what an application with many merchants promises.
// Every figure is printed with its bound; one that is missed makes the run fail.
//   node --expose-gc prove/merchants.mjs              all of it, about three minutes
//   node --expose-gc prove/merchants.mjs --only=ten-calls,isolation
//   node --expose-gc prove/merchants.mjs --careless   with what makes mistakes, to see that the checks can fail
import { prove } from './lib/program.mjs';

await prove({
  checks: ['ten-calls', 'idle-heap', 'rotation', 'isolation'],
  flags: ['careless'],
  async run({ names, flags }) {
    const { run } = await import('./merchants/run.mjs');
    return run({ names, ...flags });
  },
});
