import type { Observable } from 'rxjs';
import type { AccessToken } from '../token/index.js';
import { type BankAuthRequestOptions, checkRequestOptions } from './request-options.js';

/** The source of one authorised call's token. */
export interface CallTokenSupply {
  readonly provider: string;
  /** The label of the merchant. */
  readonly label: string;
  /** @throws BankAuthConfigError if the provider is switched off, or has no credentials of its own */
  assertUsable(): void;
  /** A token if there is one, else an Observable that emits it later. */
  acquire(): AccessToken | Observable<AccessToken>;
  /** A call with this token is about to be sent; the returned function is called when the call has ended. */
  sending?(token: AccessToken): (() => void) | undefined;
  /** A call with this token got past authentication; it may have been refused with the token before. */
  accepted(token: AccessToken, afterRefusal: boolean): void;
  /** The bank refused this token in a call. Returns whether another token is worth a try. */
  refused(token: AccessToken): boolean;
}

/** The source of authorised calls' tokens. */
export interface TokenSupply {
  readonly provider: string;
  /** The label of the merchant. */
  readonly label: string;
  forCall(): CallTokenSupply;
  /**
   * The tokens of another merchant, never those of this one.
   * @throws BankAuthConfigError if there can be no merchant of this key
   */
  forMerchant(key: string): TokenSupply;
}

/** The tokens of the merchant that a request names, else those of the interceptor. */
export function suppliedFor(
  tokens: TokenSupply,
  options: BankAuthRequestOptions | undefined,
): CallTokenSupply {
  checkRequestOptions(tokens.provider, options);
  const supply =
    options !== undefined && Object.hasOwn(options, 'merchant')
      ? tokens.forMerchant(options.merchant as string)
      : tokens;
  return supply.forCall();
}
