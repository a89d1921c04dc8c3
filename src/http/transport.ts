import { inspect } from 'node:util';
import axios, { type InternalAxiosRequestConfig } from 'axios';
import { OUT_OF_SIGHT } from './http.messages.js';
import { own, ownMembers } from './own-members.js';

/** The parts of a request's configuration that hold sockets or credentials. */
export type Transport = Pick<
  InternalAxiosRequestConfig,
  'httpAgent' | 'httpsAgent' | 'proxy' | 'auth' | 'fetchOptions' | 'http2Options'
> & {
  /** The configured proxy, which may read requests without TLS. A request cannot choose it. */
  readonly trustedProxy?: InternalAxiosRequestConfig['proxy'];
};

const KEYS = ['httpAgent', 'httpsAgent', 'proxy', 'auth', 'fetchOptions', 'http2Options'] as const;

/** The transport of a request that sets none of the members. */
export const NO_TRANSPORT: object = Object.freeze(Object.fromEntries(KEYS.map((key) => [key, undefined])));

const BRAND = Symbol.for('nestjs-bank-auth:out-of-sight');

/**
 * Replaces a hidden part of a configuration. axios copies it, as an object of a class, to the configuration of a
 * request that is made from this one: a retry library sends the same request, with its agent and proxy.
 */
export class OutOfSight {
  readonly #value: unknown;

  constructor(value: unknown) {
    this.#value = value;
  }

  /** The hidden part, if the value hides one; else the value itself. */
  static behind(value: unknown): unknown {
    return value instanceof OutOfSight && #value in value ? value.#value : value;
  }

  /** Whether a value has lost its hidden part: in a deep copy, after JSON, or made by another copy of the package. */
  static isLost(value: unknown): boolean {
    return value === OUT_OF_SIGHT || (typeof value === 'object' && value !== null && BRAND in value);
  }

  get [BRAND](): true {
    return true;
  }

  toJSON(): string {
    return OUT_OF_SIGHT;
  }

  [inspect.custom](): string {
    return OUT_OF_SIGHT;
  }
}

/**
 * Removes the transport from a configuration, which axios puts into every error and response: an agent leads to its
 * sockets, and the sockets lead to the headers of all requests under way.
 */
export function takeTransport(config: InternalAxiosRequestConfig): Transport {
  const transport = ownMembers<Record<string, unknown>>();
  for (const key of KEYS) {
    const value: unknown = own(config, key);
    if (value === undefined) {
      // Sent again by the global axios, as in `axios(error.config)`, the same request would take the global default.
      if (own(axios.defaults, key) !== undefined) Object.assign(config, { [key]: new OutOfSight(undefined) });
      continue;
    }
    const behind = OutOfSight.behind(value);
    if (behind !== undefined) transport[key] = behind;
    // A boolean or null, such as `proxy: false`, hides nothing.
    if (typeof value === 'boolean' || value === null || OutOfSight.isLost(value)) continue;
    Object.assign(config, { [key]: new OutOfSight(value) });
  }
  return transport;
}

/** The name of a hidden part that a copied configuration has lost. */
export function lostPart(transport: Transport): string | undefined {
  return KEYS.find((key) => OutOfSight.isLost(transport[key]));
}
