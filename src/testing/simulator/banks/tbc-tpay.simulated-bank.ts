import type { BankProfile } from '../bank-profile.types.js';
import { tpayProfile } from './tpay.family.js';

/** tpay for vendors with QR codes, version 2 ("TBC: /Get Access Token"); it makes ordinary payments too. */
export const tbcTpay: BankProfile = tpayProfile({
  id: 'tbc-tpay',
  tokenPath: '/v2/tpay/access-token',
  paths: ['/v2/tpay/qr', '/v1/tpay/payments'],
});
