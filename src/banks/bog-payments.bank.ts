import { defineBank } from './define-bank.js';

/** Bank of Georgia, online payments. */
export const bogPayments = defineBank({
  id: 'bog-payments',
  title: 'Bank of Georgia: online payments',
  docs: 'https://api.bog.ge/docs/en/payments/authentication',
  tokenUrl: {
    production: 'https://oauth2.bog.ge/auth/realms/bog/protocol/openid-connect/token',
    sandbox: 'https://oauth2-sandbox.bog.ge/auth/realms/bog/protocol/openid-connect/token',
  },
  apiBaseUrl: { production: 'https://api.bog.ge', sandbox: 'https://api-sandbox.bog.ge' },
  clientAuthentication: { method: 'client_secret_basic' },
  // The page says seconds; its sample shows an epoch in milliseconds, which the reader of `expires_in` recognises.
  tokenResponse: { expiresIn: 'seconds' },
  idempotencyHeader: 'Idempotency-Key',
  options: { scopes: 'none' },
});
