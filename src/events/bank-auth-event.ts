import type { BankAuthErrorCode } from '../errors/index.js';

/** A token has arrived, and the callers that waited for it have it. */
export interface TokenArrivedEvent {
  /** `obtained` where there was no usable token, `renewed` where one is replaced. */
  readonly type: 'token.obtained' | 'token.renewed';
  /** `bank` if this process requested the token; `store` if another process did and put it into the store. */
  readonly source: 'bank' | 'store';
  /** Milliseconds from the start of the flight; 0 where another process brought the token. */
  readonly durationMs: number;
  /** Token requests that this process sent for it. */
  readonly attempts: number;
  /** Milliseconds since the Unix epoch. */
  readonly expiresAt: number;
  /** The time from which the token is renewed ahead of its expiry, in milliseconds since the Unix epoch. */
  readonly refreshAt: number;
  /** Flights that had failed in a row before. */
  readonly afterFailures: number;
  /** Milliseconds from the first of those failures to now. */
  readonly outageMs?: number;
}

/** A flight brought no token: `token.failed` where callers are without one, else `token.renewal-failed`. */
export interface TokenFailedEvent {
  readonly type: 'token.failed' | 'token.renewal-failed';
  /** The code of the error that callers get. */
  readonly code: BankAuthErrorCode;
  /** The HTTP status of the token endpoint, where it answered. */
  readonly status?: number;
  /** Milliseconds from the start of the flight. */
  readonly durationMs: number;
  /** Token requests that this process sent. */
  readonly attempts: number;
  /** Flights that have failed in a row, with this one. */
  readonly failures: number;
  /** Before this, no token request is sent; in milliseconds since the Unix epoch. */
  readonly retryAt?: number;
  /** Until then, calls go on with the old token; in milliseconds since the Unix epoch. */
  readonly usableUntil?: number;
}

/** The events by type. Instants are milliseconds since the Unix epoch, durations milliseconds. */
export type BankAuthEventDetails =
  | TokenArrivedEvent
  | TokenFailedEvent
  /** A call with the current token was refused by the bank (`refused`), or the application dropped the token. */
  | { readonly type: 'token.refused' | 'token.invalidated' }
  /** New tokens are refused too: until then, no refused token is replaced. */
  | { readonly type: 'token.braked'; readonly until: number }
  /** A failure keeps token requests of this merchant back. */
  | { readonly type: 'cooldown.started'; readonly code: BankAuthErrorCode; readonly until: number }
  /** The bank rejected the credentials, or their source gave others. */
  | { readonly type: 'credentials.rejected' | 'credentials.rotated' }
  /** A call was sent again with a new token; `status` is the status of its answer, if one came. */
  | { readonly type: 'request.replayed'; readonly method: string; readonly status?: number }
  /** A call to an origin that is not the bank's was stopped before anything was sent. */
  | { readonly type: 'origin.refused' }
  /** The queue of the token endpoint is full. */
  | { readonly type: 'queue.saturated'; readonly queued: number }
  /** The bank's clock is ahead of the local clock by `byMs` milliseconds; negative where it is behind. */
  | { readonly type: 'clock.skewed'; readonly byMs: number }
  /** A client certificate or a secret ends soon. */
  | {
      readonly type: 'certificate.expiring';
      readonly what: 'certificate' | 'secret';
      readonly notAfter: number;
    }
  /** The token store is unavailable: each process obtains tokens on its own. */
  | { readonly type: 'store.unavailable'; readonly reason: string }
  | { readonly type: 'store.recovered'; readonly outageMs: number };

/** Something that happened to the tokens or calls of one merchant. Never a token, never a secret. */
export type BankAuthEvent = BankAuthEventDetails & {
  /** The provider's name; `*` for an event of all providers. */
  readonly provider: string;
  /** The merchant's label by `merchantLabel`; `default` for the provider's own credentials, `*` for all merchants. */
  readonly merchant: string;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
};

export type BankAuthEventType = BankAuthEvent['type'];
