import { inspect } from 'node:util';
import axios, { type InternalAxiosRequestConfig } from 'axios';
import { OUT_OF_SIGHT } from './http.messages.js';
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

/** Of a request that says nothing on them. */
export const NO_TRANSPORT: object = Object.freeze(Object.fromEntries(KEYS.map((key) => [key, undefined])));

const BRAND = Symbol.for('nestjs-bank-auth:out-of-sight');

/**
 * Stands in a configuration for a hidden part of it. axios carries it over, as an object of a class, to the
 * configuration of a request that is made of this one: a retry library sends the same request, with its agent and proxy.
 */
export class OutOfSight {
  readonly #value: unknown;

  constructor(value: unknown) {
    this.#value = value;
  }

  /** What a value stands for; most stand for themselves. */
  static behind(value: unknown): unknown {
    return value instanceof OutOfSight && #value in value ? value.#value : value;
  }

  /** Whether it stands for what is not behind it: in a deep copy, one by way of JSON, or one of another copy of the package. */
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
 * Takes those parts out of a configuration, which axios puts into every error and response: an agent leads to its
 * sockets, and they to the headers of whatever is under way.
 */
export function takeTransport(config: InternalAxiosRequestConfig): Transport {
  const transport = ownMembers<Record<string, unknown>>();
  for (const key of KEYS) {
    const value: unknown = own(config, key);
    if (value === undefined) {
      // Sent again by the global axios, as in `axios(error.config)`, the same request would take its default here.
      if (own(axios.defaults, key) !== undefined) Object.assign(config, { [key]: new OutOfSight(undefined) });
      continue;
    }
    const behind = OutOfSight.behind(value);
    if (behind !== undefined) transport[key] = behind;
    // A switch, such as `proxy: false`, leads nowhere.
    if (typeof value === 'boolean' || value === null || OutOfSight.isLost(value)) continue;
    Object.assign(config, { [key]: new OutOfSight(value) });
  }
  return transport;
}

/** A part of a request that it had before, and of which nothing is known any more. */
export function lostPart(transport: Transport): string | undefined {
  return KEYS.find((key) => OutOfSight.isLost(transport[key]));
}
