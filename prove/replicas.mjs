// Proves the promises to replicas that share tokens, on real processes, with a real Redis and a bank over HTTP.
// Prints every figure with its bound; a missed bound makes the run fail.
//   node prove/replicas.mjs              all of it, about two minutes
//   node prove/replicas.mjs --only=cold-callers,fresh-token
//   node prove/replicas.mjs --memory     without sharing, to see that the checks can fail
import { prove } from './lib/program.mjs';

await prove({
  checks: ['cold-callers', 'short-tokens', 'killed-holder', 'killed-redis', 'fresh-token'],
  flags: ['memory'],
  async run({ names, flags }) {
    const { run } = await import('./replicas/run.mjs');
    return run({ names, ...flags });
  },
});
