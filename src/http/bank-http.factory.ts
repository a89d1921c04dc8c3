import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { HttpService } from '@nestjs/axios';
import axios, { type AxiosProxyConfig } from 'axios';
import type { BankAuthInterceptor } from './bank-auth.interceptor.js';
import { BankHttpService } from './bank-http.service.js';

export interface BankHttpOptions {
  readonly apiBaseUrl: string;
  readonly http: {
    /** Milliseconds. */
    readonly timeout: number;
    readonly httpsAgent?: HttpsAgent;
    readonly proxy?: AxiosProxyConfig | false;
  };
}

/** A bank's HTTP client, and how to let go of its idle connections. */
export interface BankHttp {
  readonly service: HttpService;
  close(): void;
}

/** An `HttpService` over an axios instance of its own, authorised from the start. */
export function createBankHttp(
  interceptor: BankAuthInterceptor,
  { apiBaseUrl, http }: BankHttpOptions,
): BankHttp {
  const httpAgent = new HttpAgent({ keepAlive: true });
  const ownAgent = http.httpsAgent === undefined ? new HttpsAgent({ keepAlive: true }) : undefined;
  const instance = axios.create({
    baseURL: apiBaseUrl,
    timeout: http.timeout,
    maxRedirects: 0,
    httpAgent,
    httpsAgent: http.httpsAgent ?? ownAgent,
    ...(http.proxy === undefined ? {} : { proxy: http.proxy }),
  });
  interceptor.attach(instance);
  return {
    service: new BankHttpService(instance),
    close() {
      closeIdle(httpAgent);
      if (ownAgent !== undefined) closeIdle(ownAgent);
    },
  };
}

/** Idle connections go at once and busy ones when they are done: a payment under way is not cut. */
function closeIdle(agent: HttpAgent): void {
  agent.maxFreeSockets = 0;
  for (const sockets of Object.values(agent.freeSockets))
    for (const socket of sockets ?? []) socket.destroy();
}
