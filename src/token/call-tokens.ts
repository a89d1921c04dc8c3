import type { Observable } from 'rxjs';
import type { AccessToken } from './access-token.js';
import type { MerchantTokens } from './merchants/merchant-tokens.js';

/** The tokens of one merchant for one call, which finds its merchant once: that is a key to check, and a place in a cache. */
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

  /** A token at once where there is one, else what to wait for. */
  acquire(): AccessToken | Observable<AccessToken> {
    return this.#merchant.acquire();
  }

  /**
   * The call is about to leave. Where a new token ends the old one, the next renewal waits until the function that is
   * returned is called, or for a while.
   */
  sending(token: AccessToken): (() => void) | undefined {
    return this.#merchant.countsCalls ? this.#findAgain().sending(token) : undefined;
  }

  /** The call got past authentication; it may have been refused with the token before. */
  accepted(token: AccessToken, afterRefusal: boolean): void {
    this.#merchant.accepted(token, afterRefusal);
  }

  /** The call was answered 401. Says whether another token is worth a try. */
  refused(token: AccessToken): boolean {
    return this.#findAgain().refused(token);
  }

  /** An idle merchant may have been let go meanwhile, and be kept anew for another call. */
  #findAgain(): MerchantTokens {
    this.#merchant = this.#find();
    return this.#merchant;
  }
}
