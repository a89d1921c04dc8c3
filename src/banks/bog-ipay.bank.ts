import { defineBank } from './define-bank.js';

/** Bank of Georgia, iPay: the legacy e-commerce API. Its `expires_in` really is an epoch in milliseconds. */
export const bogIpay = defineBank({
  id: 'bog-ipay',
  title: 'Bank of Georgia: iPay (legacy)',
  docs: 'https://api.bog.ge/docs/en/ipay/introduction',
  tokenUrl: { production: 'https://ipay.ge/opay/api/v1/oauth2/token' },
  apiBaseUrl: { production: 'https://ipay.ge' },
  clientAuthentication: { method: 'client_secret_basic' },
  tokenResponse: { expiresIn: 'epoch-milliseconds' },
  options: { hints: { clientSecret: 'the bank\'s page calls it "secret_key"' } },
});
