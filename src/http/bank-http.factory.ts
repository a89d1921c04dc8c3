import type { BankAuthInterceptor } from './bank-auth.interceptor.js';
import { type BankHttpOptions, bankConnections } from './bank-connections.js';
import { BankHttpService } from './bank-http.service.js';
import { type MockLog, OverlookedMock } from './overlooked-mock.js';
import { ShortWay } from './short-way.js';
import { AXIOS_ADAPTERS, untouchedAxios } from './untouched-axios.js';

/**
 * An `HttpService` over its own axios instance, authorised from the start and independent of axios' global defaults.
 * The agents are not among the instance's defaults: printing the instance would show them.
 */
export function createBankHttp(
  interceptor: BankAuthInterceptor,
  { apiBaseUrl, http }: BankHttpOptions,
  log: MockLog,
): BankHttpService {
  const { transport, httpsAgent, engine, close } = bankConnections(interceptor.provider, http);
  const overlooked = new OverlookedMock(interceptor.provider, log);
  const how = {
    httpsAgent,
    engine,
    sendingAdapter: () => {
      overlooked.look();
      return AXIOS_ADAPTERS as never;
    },
  };
  const adapter = interceptor.adapter(transport, how);
  const instance = untouchedAxios({
    adapter,
    baseURL: apiBaseUrl,
    timeout: http.timeout,
    maxRedirects: 0,
  });
  interceptor.install(instance, transport, how, adapter);
  return new BankHttpService(instance, close, new ShortWay(instance, adapter, interceptor.caller));
}
