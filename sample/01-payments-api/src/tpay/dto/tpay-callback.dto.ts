import { IsBankReference } from '../../common/is-bank-reference.decorator.js';

/** All that the bank says: which payment has ended, not how. */
export class TpayCallbackDto {
  @IsBankReference()
  PaymentId!: string;
}
