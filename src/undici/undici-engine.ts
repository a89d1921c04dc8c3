import { inspect } from 'node:util';
import type { Dispatcher } from 'undici';
import { BankAuthConfigError, type BankHttpConnections, type BankHttpEngine } from '../index.js';
import {
  BESIDE_DISPATCHER,
  NO_OPTIONS,
  ODD_DISPATCHER,
  oddConnections,
  oddKeepAlive,
  unknownOption,
} from './undici.messages.js';
import { UndiciConnections } from './undici-connections.js';

export interface UndiciEngineOptions {
  /** The most connections to one origin at once; further calls wait for one. Default 64. */
  connections?: number;
  /**
   * Milliseconds after which an idle connection is closed, unless the bank announces that it closes it earlier.
   * Default 4 000.
   */
  keepAliveTimeout?: number;
  /** Sends in place of the engine's own connections, for instance a `MockAgent`. Its TLS settings and proxies apply. */
  dispatcher?: Dispatcher;
}

/**
 * An engine over undici for `http.engine`, whose calls cost less than calls by axios' own adapter. It sends over
 * HTTP/1.1, repeats no request, follows no redirect and caches nothing.
 * @throws BankAuthConfigError if an option is unknown or has an invalid value
 */
export function undiciEngine(options: UndiciEngineOptions = {}): BankHttpEngine {
  return new UndiciEngine(checked(options));
}

const DEFAULTS = { connections: 64, keepAliveTimeout: 4_000 };

class UndiciEngine implements BankHttpEngine {
  readonly #options: UndiciEngineOptions;

  constructor(options: UndiciEngineOptions) {
    this.#options = options;
  }

  open(): BankHttpConnections {
    const { dispatcher, ...rest } = this.#options;
    return new UndiciConnections({ ...DEFAULTS, ...rest }, dispatcher);
  }

  [inspect.custom](): string {
    return 'UndiciEngine()';
  }
}

function checked(given: unknown): UndiciEngineOptions {
  if (typeof given !== 'object' || given === null) throw new BankAuthConfigError(NO_OPTIONS);
  const options = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const problem = Object.keys(options).map(problemOfName).find(Boolean) ?? problemOf(options);
  if (problem !== undefined) throw new BankAuthConfigError(problem);
  return options;
}

const NAMES: readonly string[] = ['connections', 'keepAliveTimeout', 'dispatcher'];

function problemOfName(name: string): string | undefined {
  if (NAMES.includes(name)) return undefined;
  const letters = name.toLowerCase().replace(/[^a-z]/g, '');
  const similar = NAMES.find((known) => known.toLowerCase().slice(0, 6) === letters.slice(0, 6));
  return unknownOption(JSON.stringify(name.slice(0, 40)), similar);
}

function problemOf({ connections, keepAliveTimeout, dispatcher }: Record<string, unknown>) {
  if (connections !== undefined && !(Number.isInteger(connections) && isWithin(connections, 1, 10_000)))
    return oddConnections;
  if (keepAliveTimeout !== undefined && !isWithin(keepAliveTimeout, 100, 600_000)) return oddKeepAlive;
  if (dispatcher === undefined) return undefined;
  if (typeof (dispatcher as { dispatch?: unknown } | null)?.dispatch !== 'function') return ODD_DISPATCHER;
  return connections === undefined && keepAliveTimeout === undefined ? undefined : BESIDE_DISPATCHER;
}

function isWithin(value: unknown, least: number, most: number): boolean {
  return typeof value === 'number' && value >= least && value <= most;
}
