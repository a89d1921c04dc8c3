import { BankAuthConfigError, quoted, similarName } from '../errors/index.js';
import { merchantKeyProblem } from '../token/index.js';
import {
  atProvider,
  NOT_ATTACHED,
  noPlainObject,
  oddMember,
  oddReplay,
  REQUEST_NOT_SENT,
} from './http.messages.js';
import { own } from './own-members.js';

interface ReplayWithoutMerchant {
  /** Whether to send the request again with a new token if the bank refuses the first. Default: only if that is safe. */
  replay: boolean;
  merchant?: never;
}

interface RequestOfMerchant {
  /** The merchant whose credentials to use; an empty or unknown key is an error, never the default merchant. */
  merchant: string;
  /** Whether to send the request again with a new token if the bank refuses the first. Default: only if that is safe. */
  replay?: boolean;
}

/**
 * The authorisation options of one request: a merchant, a replay, or both. `merchant: undefined` does not compile
 * (beside `replay`, only with `exactOptionalPropertyTypes`): it is a mistake, not a choice of the default merchant. A
 * request for the default merchant leaves `bankAuth` out.
 */
export type BankAuthRequestOptions = ReplayWithoutMerchant | RequestOfMerchant;

/** The options of an attached instance: a merchant, or none. `merchant: undefined` is neither. */
export type BankAuthAttachOptions =
  | Readonly<Pick<RequestOfMerchant, 'merchant'>>
  /** Matches an object without members only. */
  | { readonly replay?: never };

declare module 'axios' {
  interface AxiosRequestConfig<D = any> {
    /** Read by `BankAuthInterceptor` of nestjs-bank-auth; never sent. */
    bankAuth?: BankAuthRequestOptions;
  }
}

/**
 * Checks `bankAuth` of a request or of an instance's defaults: code without types can pass anything, and a misspelt
 * merchant must not become the provider's own credentials. The token supply checks whether the merchant exists.
 * @throws BankAuthConfigError before anything is sent
 */
export function checkRequestOptions(provider: string, options: unknown): void {
  refuse(provider, problemOf(options, 'bankAuth', ['merchant', 'replay'], REQUEST_NOT_SENT));
}

/**
 * Checks the options of `attach`.
 * @throws BankAuthConfigError before anything is attached
 */
export function checkAttachOptions(provider: string, options: unknown): void {
  refuse(provider, problemOf(options, 'attach() options', ['merchant'], NOT_ATTACHED));
}

function refuse(provider: string, problem: string | undefined): void {
  if (problem !== undefined) throw new BankAuthConfigError(atProvider(provider, problem), { provider });
}

function problemOf(
  options: unknown,
  name: string,
  members: readonly string[],
  consequence: string,
): string | undefined {
  if (options === undefined) return undefined;
  if (!isPlain(options)) {
    return noPlainObject(name, members, consequence);
  }
  for (const key of Reflect.ownKeys(options)) {
    if (members.includes(key as string)) continue;
    const similar = similarName(String(key), members);
    return oddMember(name, shown(key), { members, similar, consequence });
  }
  const replay = own(options, 'replay');
  if (replay !== undefined && typeof replay !== 'boolean') {
    return oddReplay(name, consequence);
  }
  // A member that is present with the value undefined is a mistake and not a choice.
  return Object.hasOwn(options, 'merchant') ? merchantKeyProblem(options.merchant) : undefined;
}

/** Whether a value is a plain object, of this realm or another: the members of a class would not be own members. */
function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: object | null = Object.getPrototypeOf(value);
  return (
    prototype === null ||
    (Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'hasOwnProperty'))
  );
}

/** A foreign name, as a string of bounded length without invisible characters. */
function shown(key: string | symbol): string {
  return quoted(String(key).slice(0, 40));
}
