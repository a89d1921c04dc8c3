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
    /** Bytes of an answer, unpacked. */
    readonly maxContentLength?: number;
    /** Sends what it can in place of axios' own adapter. */
    readonly engine?: BankHttpEngine;
  };
}

/** How one client of a bank connects. */
export interface BankConnections {
  /** What requests use that say nothing else. */
  readonly transport: Transport;
  /** Used where no agent is given, and none comes with the token: credentials may have something to say on TLS. */
  readonly httpsAgent: HttpsAgent;
  readonly engine?: EngineAdapter;
  /** Lets go of idle connections. */
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
