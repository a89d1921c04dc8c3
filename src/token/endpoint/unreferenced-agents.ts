import { Agent as HttpAgent } from 'node:http';
import { type AgentOptions, Agent as HttpsAgent } from 'node:https';
import type { Duplex } from 'node:stream';

// Agents whose connections do not keep the process alive: a caller that waits for an answer does. They keep no connection
// open between calls.

export class UnreferencedHttpAgent extends HttpAgent {
  override createConnection(...args: Parameters<HttpAgent['createConnection']>) {
    return unreferenced(super.createConnection(...args));
  }
}

/** Verifies the server, whatever the environment says. */
export class UnreferencedHttpsAgent extends HttpsAgent {
  constructor(options: AgentOptions = {}) {
    super({ ...options, rejectUnauthorized: true });
  }

  override createConnection(...args: Parameters<HttpsAgent['createConnection']>) {
    return unreferenced(super.createConnection(...args));
  }
}

function unreferenced<T extends Duplex | null | undefined>(connection: T): T {
  (connection as { unref?: () => void } | null | undefined)?.unref?.();
  return connection;
}
