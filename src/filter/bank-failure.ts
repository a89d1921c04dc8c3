import { isBankAuthError } from '../errors/index.js';
import { bankCallOf } from '../reports/index.js';

/**
 * The errors that the filter catches, as a class for `@Catch()`: errors of this package and of calls to a bank, across
 * copies of the package. Nest tests with `instanceof`; other errors go to the application's other filters, or Nest's.
 */
// biome-ignore lint/complexity/noStaticOnlyClass: Nest wants a class, and asks `instanceof`.
export abstract class BankFailure {
  static [Symbol.hasInstance](value: unknown): boolean {
    return isBankAuthError(value) || bankCallOf(value) !== undefined;
  }
}
