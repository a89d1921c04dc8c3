import {
  type ClientRequest,
  type IncomingMessage,
  type RequestOptions,
  request as requestHttp,
} from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Duplex } from 'node:stream';

/** What axios sends a request with. */
interface Sender {
  request(options: RequestOptions, onResponse: (response: IncomingMessage) => void): ClientRequest;
}

/**
 * Sends requests that may not switch protocols. axios listens for no `upgrade`, so that a bank that answers 101 would
 * leave the caller waiting for ever, whatever the time-out.
 * @param timeout milliseconds until the answer has to begin, connecting included; 0 is none. axios counts these only for
 *   senders of its own choice
 */
export function refusingUpgrades(timeout: number): Sender {
  return {
    request(options, onResponse) {
      const request = (options.protocol === 'https:' ? requestHttps : requestHttp)(options, onResponse);
      request.once('upgrade', (_response: IncomingMessage, socket: Duplex) => {
        socket.destroy();
        const message = 'The bank switched protocols, which nobody asked for';
        request.emit('error', Object.assign(new Error(message), { code: 'ECONNRESET' }));
      });
      if (timeout > 0) {
        // What axios listens for, and makes its own error of.
        const timer = setTimeout(() => request.emit('timeout'), timeout);
        const clear = () => clearTimeout(timer);
        request.once('response', clear).once('close', clear);
      }
      return request;
    },
  };
}
