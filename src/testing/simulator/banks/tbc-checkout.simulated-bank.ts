import type { BankProfile } from '../bank-profile.types.js';
import { tpayProfile } from './tpay.family.js';

/** tpay for web shops, version 1: as version 2 in all but its paths. */
export const tbcCheckout: BankProfile = tpayProfile({
  id: 'tbc-checkout',
  tokenPath: '/v1/tpay/access-token',
  paths: ['/v1/tpay/payments'],
});
