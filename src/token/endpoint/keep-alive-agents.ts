import { type ClientRequest, Agent as HttpAgent } from 'node:http';
import { type AgentOptions, Agent as HttpsAgent } from 'node:https';
import type { Duplex } from 'node:stream';
import { IDLE_BOUNDS, IdleConnections } from './idle-connections.js';

// Agents that keep connections between calls, but no doubtful ones. `timeout`, the option of Node.js for that, also
// ends requests under way, and heeds a server's `Keep-Alive` in one of its spellings only.

/**
 * Milliseconds after which TCP probes an idle connection, as axios sets it for each request: with another value,
 * Node.js and axios would change it in turn, by two calls of the operating system for each request.
 */
const KEEP_ALIVE_MSECS = 60_000;

/** A method of all agents of Node.js, which many override; its types do not have it. */
type AddRequest = (request: ClientRequest, options: object) => void;

export class KeepAliveHttpAgent extends HttpAgent {
  readonly #idle: IdleConnections;

  constructor(idle = new IdleConnections(IDLE_BOUNDS)) {
    super({ keepAlive: true, keepAliveMsecs: KEEP_ALIVE_MSECS });
    this.#idle = idle;
  }

  override keepSocketAlive(socket: Duplex): boolean {
    return superKeeps(super.keepSocketAlive(socket)) && this.#idle.keep(socket);
  }

  override reuseSocket(socket: Duplex, request: ClientRequest): void {
    this.#idle.take(socket);
    super.reuseSocket(socket, request);
  }

  addRequest(request: ClientRequest, options: object): void {
    this.#idle.assign(this, request, () => addRequestOf(HttpAgent).call(this, request, options));
  }
}

/** Verifies the server, whatever the environment says. */
export class KeepAliveHttpsAgent extends HttpsAgent {
  readonly #idle: IdleConnections;

  constructor(options: AgentOptions = {}, idle = new IdleConnections(IDLE_BOUNDS)) {
    super({ ...options, keepAlive: true, keepAliveMsecs: KEEP_ALIVE_MSECS, rejectUnauthorized: true });
    this.#idle = idle;
  }

  override keepSocketAlive(socket: Duplex): boolean {
    return superKeeps(super.keepSocketAlive(socket)) && this.#idle.keep(socket);
  }

  override reuseSocket(socket: Duplex, request: ClientRequest): void {
    this.#idle.take(socket);
    super.reuseSocket(socket, request);
  }

  addRequest(request: ClientRequest, options: object): void {
    this.#idle.assign(this, request, () => addRequestOf(HttpsAgent).call(this, request, options));
  }
}

function addRequestOf({ prototype }: typeof HttpAgent | typeof HttpsAgent): AddRequest {
  return (prototype as unknown as { addRequest: AddRequest }).addRequest;
}

/** Node.js answers with a boolean; its types say nothing. */
function superKeeps(kept: unknown): boolean {
  return kept !== false;
}
