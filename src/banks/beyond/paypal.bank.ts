import { defineBank } from '../define-bank.js';

/** PayPal. It answers 429 where a token is asked for with each call. */
export const paypal = defineBank({
  id: 'paypal',
  title: 'PayPal',
  docs: 'https://developer.paypal.com/api/rest/authentication/',
  tokenUrl: {
    production: 'https://api-m.paypal.com/v1/oauth2/token',
    sandbox: 'https://api-m.sandbox.paypal.com/v1/oauth2/token',
  },
  apiBaseUrl: { production: 'https://api-m.paypal.com', sandbox: 'https://api-m.sandbox.paypal.com' },
  clientAuthentication: { method: 'client_secret_basic' },
  tokenResponse: { expiresIn: 'seconds' },
  idempotencyHeader: 'PayPal-Request-Id',
});
