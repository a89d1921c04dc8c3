import { Subject, type Subscription } from 'rxjs';
import type { Clock } from '../../time/clock.js';
import type { AccessToken } from '../access-token.js';
import { CallsUnderWay } from './calls-under-way.js';
import type { MerchantFlight } from './merchant-flight.js';
import { Renewals, type RenewedMerchant } from './renewals.js';

/** The part of a merchant that exists only while it is busy: most of ten thousand are idle. */
export class MerchantActivity {
  readonly renewed = new Subject<AccessToken>();
  readonly renewals: Renewals;
  readonly calls = new CallsUnderWay();
  flight?: MerchantFlight;
  /** The version of other credentials that arrived during a flight. */
  emitted?: { readonly version: string | undefined };
  warm?: Subscription;
  subscribers = 0;

  constructor(merchant: RenewedMerchant, clock: Clock) {
    this.renewals = new Renewals(merchant, clock);
  }

  get isOver(): boolean {
    return (
      this.flight === undefined &&
      this.subscribers === 0 &&
      this.calls.isEmpty &&
      !this.renewals.isDue &&
      this.warm === undefined
    );
  }

  /** Takes the version of other credentials that arrived during the flight: a second call returns undefined. */
  takeEmitted(): MerchantActivity['emitted'] {
    const { emitted } = this;
    this.emitted = undefined;
    return emitted;
  }

  /** Waiting callers get the error; everything else ends. */
  close(error: unknown): void {
    const { flight } = this;
    this.flight = undefined;
    flight?.abort(error);
    this.renewals.close();
    this.renewed.complete();
  }
}
