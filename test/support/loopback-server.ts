import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const servers = new Set<Server>();
/** Ends every server that the test has started. */
export function closeServers(): void {
  for (const listening of servers) {
    listening.closeAllConnections();
    listening.close();
  }
  servers.clear();
}

/** A server of the test's own, for what no bank would do; its requests are counted. */
export async function server(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const requests: IncomingMessage[] = [];
  const listening: Server = createServer((request, response) => {
    requests.push(request);
    answer(request, response);
  });
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  servers.add(listening);
  return {
    origin: `http://127.0.0.1:${(listening.address() as AddressInfo).port}`,
    requests,
  };
}
