import type { CanActivate, ModuleMetadata, Type } from '@nestjs/common';
import { BankAuthConfigError } from '../index.js';
import type { BankSimulator } from '../testing/index.js';
import { noOption, ODD_GUARD, ODD_PATH, ODD_SIMULATOR } from './devtools.messages.js';

export interface BankAuthDevtoolsOptions {
  /** The path of the page, below the application's global prefix. Default `'bank-auth'`. */
  readonly path?: string;
  /**
   * Guards each route of the page. Without a guard, there is no route where `NODE_ENV` or an enabled provider is in
   * `production`, and the page answers to `localhost`, to addresses and to names without a dot only.
   */
  readonly guard?: Type<CanActivate>;
  /** Simulated banks, which then have buttons on the page to make them fail. */
  readonly simulator?: BankSimulator;
  /** Modules that provide the guard's dependencies, unless they are global. */
  readonly imports?: ModuleMetadata['imports'];
}

/** The given options, with a path that begins and ends without a slash. */
export interface DevtoolsSettings extends Omit<BankAuthDevtoolsOptions, 'imports'> {
  readonly path: string;
}

const OPTIONS = ['path', 'guard', 'simulator', 'imports'];
const PATH = /^(?:[A-Za-z0-9_~-][A-Za-z0-9._~-]*\/)*[A-Za-z0-9_~-][A-Za-z0-9._~-]*$/;

/** @throws BankAuthConfigError if an option is unknown or wrong */
export function settingsOf(options: BankAuthDevtoolsOptions): DevtoolsSettings {
  const { path = 'bank-auth', guard, simulator } = options;
  const other = Object.keys(options).find((name) => !OPTIONS.includes(name));
  if (other !== undefined) throw new BankAuthConfigError(noOption(other, OPTIONS));
  const plain = typeof path === 'string' ? path.replace(/^\/+|\/+$/g, '') : '';
  if (!PATH.test(plain)) throw new BankAuthConfigError(ODD_PATH);
  // A guard that is undefined by mistake, as by a circular import, would leave the page open.
  if ('guard' in options && typeof guard !== 'function') throw new BankAuthConfigError(ODD_GUARD);
  if (simulator !== undefined && !Array.isArray(simulator.banks))
    throw new BankAuthConfigError(ODD_SIMULATOR);
  return { path: plain, ...(guard && { guard }), ...(simulator && { simulator }) };
}
