import type { Agent as HttpsAgent } from 'node:https';
import type { AxiosProxyConfig } from 'axios';
import { closeIdle, KeepAliveHttpAgent, KeepAliveHttpsAgent } from '../token/index.js';
import type { BankAuthInterceptor } from './bank-auth.interceptor.js';
import { BankHttpService } from './bank-http.service.js';
import { type MockLog, OverlookedMock } from './overlooked-mock.js';
import { AXIOS_ADAPTERS, untouchedAxios } from './untouched-axios.js';

export interface BankHttpOptions {
  readonly apiBaseUrl: string;
  readonly http: {
    /** Milliseconds. */
    readonly timeout: number;
    readonly httpsAgent?: HttpsAgent;
    readonly proxy?: AxiosProxyConfig | false;
  };
}

/**
 * An `HttpService` over an axios instance of its own, authorised from the start, to which the defaults of axios are
 * nothing. The agents are not among the instance's defaults, where everything that prints it would find them.
 */
export function createBankHttp(
  interceptor: BankAuthInterceptor,
  { apiBaseUrl, http }: BankHttpOptions,
  log: MockLog,
): BankHttpService {
  const httpAgent = new KeepAliveHttpAgent();
  // Used where no agent is given, and none comes with the token: credentials may have something to say on TLS.
  const httpsAgent = new KeepAliveHttpsAgent();
  const transport = {
    httpAgent,
    ...(http.httpsAgent === undefined ? {} : { httpsAgent: http.httpsAgent }),
    ...(http.proxy === undefined ? {} : { proxy: http.proxy, trustedProxy: http.proxy }),
  };
  const overlooked = new OverlookedMock(interceptor.provider, log);
  const how = {
    httpsAgent,
    sendingAdapter: () => {
      overlooked.look();
      return AXIOS_ADAPTERS as never;
    },
  };
  const instance = untouchedAxios({
    adapter: interceptor.adapter(transport, how),
    baseURL: apiBaseUrl,
    timeout: http.timeout,
    maxRedirects: 0,
  });
  interceptor.install(instance, transport, how);
  return new BankHttpService(instance, () => {
    closeIdle(httpAgent);
    closeIdle(httpsAgent);
  });
}
