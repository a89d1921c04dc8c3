import { defineBank } from './define-bank.js';

/** Bank of Georgia, installment loans. Its credentials are not those of card payments. */
export const bogInstallments = defineBank({
  id: 'bog-installments',
  title: 'Bank of Georgia: installments',
  docs: 'https://api.bog.ge/docs/en/installment/introduction',
  tokenUrl: { production: 'https://installment.bog.ge/v1/oauth2/token' },
  apiBaseUrl: { production: 'https://installment.bog.ge' },
  clientAuthentication: { method: 'client_secret_basic' },
  tokenResponse: { expiresIn: 'seconds' },
  options: {
    hints: {
      clientId: 'installments have credentials of their own, not those of bog-payments',
      clientSecret: 'the bank\'s page calls it "secret_key"',
    },
  },
});
