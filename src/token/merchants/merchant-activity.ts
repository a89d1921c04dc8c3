import { Subject, type Subscription } from 'rxjs';
import type { Clock } from '../../time/clock.js';
import type { AccessToken } from '../access-token.js';
import { CallsUnderWay } from './calls-under-way.js';
import type { MerchantFlight } from './merchant-flight.js';
import { Renewals, type RenewedMerchant } from './renewals.js';

/** What there is of a merchant only while something goes on: most of ten thousand are idle. */
export class MerchantActivity {
  readonly renewed = new Subject<AccessToken>();
  readonly renewals: Renewals;
  readonly calls = new CallsUnderWay();
  flight?: MerchantFlight;
  /** Of other credentials that turned up during a flight. */
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

  /** Other credentials that turned up during the flight, once. */
  takeEmitted(): MerchantActivity['emitted'] {
    const { emitted } = this;
    this.emitted = undefined;
    return emitted;
  }

  /** Waiters get the error; all else ends. */
  close(error: unknown): void {
    const { flight } = this;
    this.flight = undefined;
    flight?.abort(error);
    this.renewals.close();
    this.renewed.complete();
  }
}
