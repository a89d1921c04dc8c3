import { once } from 'node:events';
import { createServer } from 'node:net';

export const LOOPBACK = '127.0.0.1';

/**
 * A port on which nobody listens, below those that systems give to outgoing connections: whoever keeps trying to
 * connect to one of those, while nobody listens there, ends up connected to himself, and the port is taken. For the
 * proofs, too.
 *
 * @returns {Promise<number>}
 */
export async function unusedPort() {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 20_000);
    const probe = createServer();
    try {
      probe.listen(port, LOOPBACK);
      await once(probe, 'listening');
      return port;
    } catch {
      // Somebody has it.
    } finally {
      if (probe.listening) {
        probe.close();
        await once(probe, 'close');
      }
    }
  }
}
