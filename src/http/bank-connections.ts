import type { Agent as HttpsAgent } from 'node:https';
import type { AxiosProxyConfig } from 'axios';
import type { BankHttpEngine } from '../engine/index.js';
import { closeIdle, KeepAliveHttpAgent, KeepAliveHttpsAgent } from '../token/index.js';
import { EngineAdapter } from './engine-adapter.js';
import type { Transport } from './transport.js';

export interface BankHttpOptions {
  readonly apiBaseUrl: string;
  readonly http: {
    /** Milliseconds. */
    readonly timeout: number;
    readonly httpsAgent?: HttpsAgent;
    readonly proxy?: AxiosProxyConfig | false;
    /** Bytes of an unpacked answer. */
    readonly maxContentLength?: number;
    /** Sends the requests that it supports in place of axios' own adapter. */
    readonly engine?: BankHttpEngine;
  };
}

/** How one client of a bank connects. */
export interface BankConnections {
  /** The transport of requests that choose no other. */
  readonly transport: Transport;
  /** The agent of calls without an agent of the request or of the token, whose credentials may set TLS options. */
  readonly httpsAgent: HttpsAgent;
  readonly engine?: EngineAdapter;
  /** Closes idle connections. */
  close(): void;
}

export function bankConnections(
  provider: string,
  { httpsAgent: configured, proxy, engine }: BankHttpOptions['http'],
): BankConnections {
  const httpAgent = new KeepAliveHttpAgent();
  const httpsAgent = new KeepAliveHttpsAgent();
  const connections = engine?.open();
  return {
    ...(connections === undefined ? {} : { engine: new EngineAdapter(provider, connections, httpAgent) }),
    transport: {
      httpAgent,
      ...(configured === undefined ? {} : { httpsAgent: configured }),
      ...(proxy === undefined ? {} : { proxy, trustedProxy: proxy }),
    },
    httpsAgent,
    close() {
      closeIdle(httpAgent);
      closeIdle(httpsAgent);
      connections?.close();
    },
  };
}
