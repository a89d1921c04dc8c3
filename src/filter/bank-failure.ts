import { isBankAuthError } from '../errors/index.js';
import { bankCallOf } from '../reports/index.js';

/**
 * What the filter catches, as a class for `@Catch()`: an error of this package, or what a call to a bank threw, across
 * copies of the package. Nest asks by `instanceof`; all else goes to the application's other filters, or to Nest's own.
 */
// biome-ignore lint/complexity/noStaticOnlyClass: Nest wants a class, and asks `instanceof`.
export abstract class BankFailure {
  static [Symbol.hasInstance](value: unknown): boolean {
    return isBankAuthError(value) || bankCallOf(value) !== undefined;
  }
}
