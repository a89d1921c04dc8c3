import http, { type Agent, type ClientRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import https, { type Agent as HttpsAgent } from 'node:https';
import type { Duplex } from 'node:stream';
import { PROTOCOL_SWITCHED } from '../token-failure.messages.js';

/** The option `transport` of axios, by which it sends a request. */
export interface RequestSender {
  request(options: RequestOptions, onResponse: (response: IncomingMessage) => void): ClientRequest;
}

/** The rules for a request, whatever the rest of the process has changed. */
export interface SendingRules {
  /** The agent of the application or of the credentials, if there is one: its TLS options hold. */
  readonly httpsAgent?: HttpsAgent | undefined;
  /**
   * Set where an agent or a proxy was chosen: makes the error if another agent is in use. A tool that replaces all
   * agents, such as global-agent, would drop a client certificate, authorities or the proxy.
   */
  readonly refuseReplacedAgent?: (() => unknown) | undefined;
}

/**
 * Sends requests that verify the server and may not switch protocols. `rejectUnauthorized` stands on the request, where
 * it overrules `NODE_TLS_REJECT_UNAUTHORIZED=0` even if the agent is replaced; only an agent whose own option is
 * `false` keeps it. axios listens for no `upgrade` and no `connect`, so that a bank that answers 101, or the method
 * CONNECT by 2xx, would leave the caller waiting for ever.
 */
export function requestSender({ httpsAgent, refuseReplacedAgent }: SendingRules): RequestSender {
  return {
    request(options, onResponse) {
      // Looked up now, as members of the modules: mocks and tracing put functions of their own there.
      const { protocol } = options;
      const request = (protocol === 'https:' ? https : http).request(
        verified(options, httpsAgent),
        onResponse,
      );
      if (refuseReplacedAgent !== undefined && !uses(request, options.agent)) {
        request.on('error', () => undefined);
        // It has no socket before this turn of the event loop is over, so nothing of it was sent.
        request.destroy();
        throw refuseReplacedAgent();
      }
      request.on('upgrade', refuseSwitch);
      request.on('connect', refuseSwitch);
      return request;
    },
  };
}

function verified(options: RequestOptions, httpsAgent: HttpsAgent | undefined): RequestOptions {
  const rejectUnauthorized = httpsAgent?.options?.rejectUnauthorized !== false;
  // A proxy's agent stands in place of this one. Older versions of axios hand it no TLS options for the bank behind.
  const behindProxy = options.agent === httpsAgent ? undefined : httpsAgent?.options;
  // axios' own, which it makes anew for each request, without a prototype, which may be polluted.
  if (behindProxy === undefined && Object.getPrototypeOf(options) === null && Object.isExtensible(options))
    return Object.assign(options, { rejectUnauthorized });
  return Object.assign(Object.create(null), behindProxy, options, { rejectUnauthorized });
}

function refuseSwitch(this: ClientRequest, _response: IncomingMessage, socket: Duplex): void {
  socket.destroy();
  this.emit('error', Object.assign(new Error(PROTOCOL_SWITCHED), { code: 'ECONNRESET' }));
}

/** Mocks (nock, msw) put an agent around the given one, and connect as that would. */
function uses(request: ClientRequest, given: RequestOptions['agent']): boolean {
  const { agent } = request as { agent?: (Agent & { customAgent?: unknown }) | null };
  return typeof given !== 'object' || agent === given || agent?.customAgent === given;
}
