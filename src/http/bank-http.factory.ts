import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import axios, { type AxiosProxyConfig } from 'axios';
import { closeIdle } from '../token/index.js';
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
  readonly credentials: { readonly tlsCertificate?: string; readonly tlsCa?: string };
}

/**
 * An `HttpService` over an axios instance of its own, authorised from the start. The agents are not among the
 * instance's defaults, where everything that prints it would find them.
 */
export function createBankHttp(
  interceptor: BankAuthInterceptor,
  { apiBaseUrl, http, credentials }: BankHttpOptions,
): BankHttpService {
  const httpAgent = new HttpAgent({ keepAlive: true });
  // Where the configuration has something to say on TLS, the agent comes with each token.
  const otherAgent = http.httpsAgent ?? credentials.tlsCertificate ?? credentials.tlsCa;
  const ownAgent = otherAgent === undefined ? new HttpsAgent({ keepAlive: true }) : undefined;
  const transport = {
    httpAgent,
    httpsAgent: http.httpsAgent ?? ownAgent,
    ...(http.proxy === undefined ? {} : { proxy: http.proxy }),
  };
  const instance = axios.create({
    adapter: interceptor.adapter(transport),
    baseURL: apiBaseUrl,
    timeout: http.timeout,
    maxRedirects: 0,
  });
  interceptor.install(instance, transport);
  return new BankHttpService(instance, () => {
    closeIdle(httpAgent);
    if (ownAgent !== undefined) closeIdle(ownAgent);
  });
}
