import { type AsyncSubject, type Observable, Subject, type Subscription } from 'rxjs';
import type { AccessToken } from './access-token.js';

/** What there is of a merchant only while something goes on: most of ten thousand are idle. */
export class MerchantActivity {
  readonly renewed = new Subject<AccessToken>();
  readonly changed = new Subject<void>();
  /** Requests under way with the token they carry; counted only where a new token ends the old one. */
  readonly sending = new Map<AccessToken, number>();
  readonly sent = new Subject<void>();
  flight?: AsyncSubject<AccessToken>;
  flightSubscription?: Subscription;
  /** Of other credentials that turned up during a flight. */
  emitted?: { readonly version: string | undefined };
  /** A renewal that is put off for a moment. */
  soon?: Subscription;
  warm?: Subscription;
  /** Renews ahead of expiry for as long as anybody is subscribed. */
  keepingWarm?: Observable<never>;
  subscribers = 0;

  get isOver(): boolean {
    return (
      this.flight === undefined &&
      this.subscribers === 0 &&
      this.sending.size === 0 &&
      this.soon === undefined &&
      this.warm === undefined
    );
  }
}
