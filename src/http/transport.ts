import type { InternalAxiosRequestConfig } from 'axios';
import { own, ownMembers } from './own-members.js';

/** The parts of a request's configuration that hold sockets or credentials. */
export type Transport = Pick<
  InternalAxiosRequestConfig,
  'httpAgent' | 'httpsAgent' | 'proxy' | 'auth' | 'fetchOptions' | 'http2Options'
> & {
  /** The configuration's: it may read what is sent without TLS. A request cannot choose such a one. */
  readonly trustedProxy?: InternalAxiosRequestConfig['proxy'];
};

const KEYS = ['httpAgent', 'httpsAgent', 'proxy', 'auth', 'fetchOptions', 'http2Options'] as const;

/**
 * Takes those parts out of a configuration, which axios puts into every error and response: an agent leads to its
 * sockets, and they to the headers of whatever is under way.
 */
export function takeTransport(config: InternalAxiosRequestConfig): Transport {
  const transport = ownMembers<Record<string, unknown>>();
  for (const key of KEYS) {
    const value = own(config, key);
    if (value === undefined) continue;
    transport[key] = value;
    // Not `delete`, which would make every later access to the object slow.
    config[key] = undefined;
  }
  return transport;
}
