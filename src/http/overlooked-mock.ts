import axios, { type AxiosAdapter, type InternalAxiosRequestConfig } from 'axios';
import { written } from '../errors/index.js';
import { sendingBy } from './connection-policy.js';
import { mockOverlooked } from './http.messages.js';

/** The logger of the warning. */
export interface MockLog {
  warn(message: string): void;
}

/**
 * Warns once of an adapter in axios' defaults, which calls to a bank do not use. Mocks are installed there: a test that
 * believes the bank to be mocked would call it.
 */
export class OverlookedMock {
  /** The adapter that was checked last. */
  #seen: unknown;
  #warned = false;

  constructor(
    private readonly provider: string,
    private readonly log: MockLog,
  ) {}

  /** Checks the defaults; called at each try of a request that chooses no adapter. */
  look(): void {
    const { adapter } = axios.defaults;
    if (this.#warned || adapter === this.#seen) return;
    this.#seen = adapter;
    if (isOfAxios(adapter)) return;
    this.#warned = true;
    this.log.warn(written(mockOverlooked(this.provider)));
  }
}

function isOfAxios(adapter: typeof axios.defaults.adapter): boolean {
  const adapters: unknown[] = Array.isArray(adapter) ? adapter : [adapter];
  return adapters.every((one) => typeof one !== 'function' || sendingBy(one as AxiosAdapter, BARE) !== 'own');
}

const BARE = {} as InternalAxiosRequestConfig;
