import { IsBankReference } from '../../common/is-bank-reference.decorator.js';

/** The bank's whole message: the id of the ended payment, without its result. */
export class TpayCallbackDto {
  @IsBankReference()
  PaymentId!: string;
}
