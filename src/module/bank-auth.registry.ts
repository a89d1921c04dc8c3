import type { BankId } from '../banks/index.js';

/**
 * The names of an application's providers, for the compiler. If it is empty, any string is a name; once an application
 * adds members, only their keys are names, so that a misspelt name does not compile:
 *
 * ```ts
 * declare module 'nestjs-bank-auth' {
 *   interface BankAuthRegistry {
 *     'bog-payments': true;
 *   }
 * }
 * ```
 */
// biome-ignore lint/suspicious/noEmptyInterface: applications add to it, which only an interface allows
export interface BankAuthRegistry {}

/**
 * A provider's name: a key of `BankAuthRegistry` if it has any, otherwise any string. The template makes the compiler
 * list the names in its errors.
 */
export type BankAuthProviderName = [keyof BankAuthRegistry] extends [never]
  ? BankId | (string & {})
  : `${keyof BankAuthRegistry & string}`;
