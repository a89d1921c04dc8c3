import { fileURLToPath } from 'node:url';
import { runProgram } from './run-program.js';

const CHILD = fileURLToPath(new URL('child.js', import.meta.url));
/** Milliseconds: for one package at a work, and for all rows of a work together, unless the work has its own limit. */
const LIMIT = 90_000;
const LIMIT_TOGETHER = 1_200_000;

/**
 * Measures one work in a process of its own: one package, or all rows of the work together. Never rejects:
 * `{ figures, notes }`, `{ rows, rounds, notes }` or `{ failure, notes }`.
 */
export async function runChild(workName, work, bankUrl, { peerName = '', only } = {}) {
  try {
    return await runProgram(CHILD, [workName, bankUrl, peerName, only?.join(',') ?? ''], {
      limit: work.limit ?? (work.together ? LIMIT_TOGETHER : LIMIT),
      execArgv: work.nodeOptions ?? [],
    });
  } catch (error) {
    return { failure: error.message, notes: [] };
  }
}
