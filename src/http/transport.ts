import type { InternalAxiosRequestConfig } from 'axios';

/** The parts of a request's configuration that hold sockets or credentials. */
export type Transport = Pick<
  InternalAxiosRequestConfig,
  'httpAgent' | 'httpsAgent' | 'proxy' | 'auth' | 'fetchOptions' | 'http2Options'
>;

const KEYS = ['httpAgent', 'httpsAgent', 'proxy', 'auth', 'fetchOptions', 'http2Options'] as const;

/**
 * Takes those parts out of a configuration, which axios puts into every error and response: an agent leads to its
 * sockets, and they to the headers of whatever is under way.
 */
export function takeTransport(config: InternalAxiosRequestConfig): Transport {
  const transport: Record<string, unknown> = {};
  for (const key of KEYS) {
    if (config[key] === undefined) continue;
    transport[key] = config[key];
    // Not `delete`, which would make every later access to the object slow.
    config[key] = undefined;
  }
  return transport;
}
