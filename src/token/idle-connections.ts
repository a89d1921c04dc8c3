import type { Agent } from 'node:http';

/** Idle connections go at once and busy ones when they are done: a payment under way is not cut. */
export function closeIdle(agent: Agent): void {
  agent.maxFreeSockets = 0;
  for (const sockets of Object.values(agent.freeSockets))
    for (const socket of sockets ?? []) socket.destroy();
}
