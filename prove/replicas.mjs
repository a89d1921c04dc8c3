// Shows on real processes, with a real Redis and a bank over HTTP, what replicas that share tokens promise.
// Every figure is printed with its bound; one that is missed makes the run fail.
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
