import { createServer, type Server } from 'node:http';
import { Server as HttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { SimulatedBankSettings } from './simulated-bank.types.js';

export type BankListener = Server | HttpsServer;

/** A server on a free port, unless `port` names one. Keeps no process alive. */
export async function listen(
  id: string,
  { port = 0, host = '127.0.0.1', tls }: Pick<SimulatedBankSettings, 'port' | 'host' | 'tls'>,
): Promise<BankListener> {
  const server = tls === undefined ? createServer() : new HttpsServer({ key: tls.key, cert: tls.cert });
  // A server that closes idle connections would race with clients that are about to reuse them.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once('error', ({ message }) =>
      reject(new Error(`The simulated bank '${id}' cannot listen on ${host}:${port}: ${message}`)),
    );
    server.listen(port, host, resolve);
  });
  server.removeAllListeners('error');
  server.unref();
  server.on('connection', (socket) => socket.unref());
  server.on('secureConnection', (socket) => socket.unref());
  return server;
}

/** The origin by which this machine reaches the server, also when the server listens on all addresses. */
export function originOf(server: BankListener): string {
  const { address, family, port } = server.address() as AddressInfo;
  const host = address === '0.0.0.0' || address === '::' ? '127.0.0.1' : address;
  const scheme = server instanceof HttpsServer ? 'https' : 'http';
  return `${scheme}://${family === 'IPv6' && host === address ? `[${host}]` : host}:${port}`;
}
