import axios, { type AxiosAdapter, type InternalAxiosRequestConfig } from 'axios';
import { sendingBy } from './connection-policy.js';

/** Where a warning goes. */
export interface MockLog {
  warn(message: string): void;
}

/**
 * Tells, once, that somebody has put an adapter into axios' defaults, which calls to a bank do not use. Mocks do so: a
 * test that believes the bank to be mocked would call it.
 */
export class OverlookedMock {
  /** The last one that was looked at. */
  #seen: unknown;
  #told = false;

  constructor(
    private readonly provider: string,
    private readonly log: MockLog,
  ) {}

  /** A call is about to leave by axios' own adapter. */
  look(): void {
    const { adapter } = axios.defaults;
    if (this.#told || adapter === this.#seen) return;
    this.#seen = adapter;
    if (isOfAxios(adapter)) return;
    this.#told = true;
    this.log.warn(
      `${this.provider}: axios.defaults.adapter is not axios' own. If it is a mock, it does not see this call, which goes ` +
        'to the bank itself: the HttpService of a bank does not use axios.defaults. Mock its axiosRef instead, for ' +
        'instance by new MockAdapter(http.axiosRef); docs/testing.md tells more.',
    );
  }
}

function isOfAxios(adapter: typeof axios.defaults.adapter): boolean {
  const adapters: unknown[] = Array.isArray(adapter) ? adapter : [adapter];
  return adapters.every((one) => typeof one !== 'function' || sendingBy(one as AxiosAdapter, BARE) !== 'own');
}

const BARE = {} as InternalAxiosRequestConfig;
