import { defineBank } from './define-bank.js';
import { tpay } from './tbc.shape.js';

/** TBC Bank, checkout (tpay v1): e-commerce payments. Production only. */
export const tbcCheckout = defineBank({
  id: 'tbc-checkout',
  title: 'TBC Bank: checkout (tpay v1)',
  docs: 'https://developers.tbcbank.ge/docs/checkout-get-checkout-access-token',
  tokenUrl: { production: 'https://api.tbcbank.ge/v1/tpay/access-token' },
  ...tpay,
});
