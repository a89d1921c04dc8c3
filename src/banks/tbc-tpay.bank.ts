import { defineBank } from './define-bank.js';
import { tpay } from './tbc.shape.js';

/** TBC Bank, tpay v2: QR payments at points of sale. Production only. For e-commerce see `tbcCheckout`. */
export const tbcTpay = defineBank({
  id: 'tbc-tpay',
  title: 'TBC Bank: tpay v2 (QR)',
  docs: 'https://developers.tbcbank.ge/docs/get-access-token',
  tokenUrl: { production: 'https://api.tbcbank.ge/v2/tpay/access-token' },
  ...tpay,
});
