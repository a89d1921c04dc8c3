import type { Observable } from 'rxjs';
import type { AccessToken } from './access-token.js';
import type { MerchantTokens } from './merchants/merchant-tokens.js';

/** The tokens of one merchant for one call: keeps the merchant, so that not every step looks it up in the cache. */
export class CallTokens {
  readonly #find: () => MerchantTokens;
  #merchant: MerchantTokens;

  constructor(
    readonly provider: string,
    readonly label: string,
    find: () => MerchantTokens,
  ) {
    this.#find = find;
    this.#merchant = find();
  }

  /** @throws BankAuthConfigError if the provider is switched off, or has no credentials of its own */
  assertUsable(): void {
    this.#merchant.assertUsable();
  }

  /** The token where there is one, else an Observable that emits it. */
  acquire(): AccessToken | Observable<AccessToken> {
    return this.#merchant.acquire();
  }

  /**
   * The call is about to leave. Where a new token ends the old one, the next renewal waits until the returned function
   * is called, but only for a limited time.
   */
  sending(token: AccessToken): (() => void) | undefined {
    return this.#merchant.countsCalls ? this.#findAgain().sending(token) : undefined;
  }

  /** The call got past authentication; it may have been refused with the token before. */
  accepted(token: AccessToken, afterRefusal: boolean): void {
    this.#merchant.accepted(token, afterRefusal);
  }

  /** The call was answered 401. Returns whether another token is worth a try. */
  refused(token: AccessToken): boolean {
    return this.#findAgain().refused(token);
  }

  /** Looks the merchant up again: an idle one may have been let go meanwhile, and be kept anew for another call. */
  #findAgain(): MerchantTokens {
    this.#merchant = this.#find();
    return this.#merchant;
  }
}
