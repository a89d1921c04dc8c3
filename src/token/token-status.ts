import type { BankAuthErrorCode } from '../errors/index.js';
import type { TokenState } from './token-machine.js';

/** What a token service says about itself. Never the token. */
export interface TokenStatus {
  readonly provider: string;
  /** As `merchantLabel` names it; `default` for the provider's own credentials. */
  readonly merchant: string;
  readonly state: TokenState;
  /** Milliseconds since the Unix epoch, as are the other instants. */
  readonly expiresAt?: number;
  /** From when on the token is renewed ahead of its expiry. */
  readonly refreshAt?: number;
  /** Token requests that have failed in a row. */
  readonly failures: number;
  /** Before this, no token request is sent. */
  readonly retryAt?: number;
  readonly lastErrorCode?: BankAuthErrorCode;
}
