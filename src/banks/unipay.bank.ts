import { defineBank } from './define-bank.js';

/** UniPAY, the Georgian payment provider: API version 3. Production only. */
export const unipay = defineBank({
  id: 'unipay',
  title: 'UniPAY',
  docs: 'https://docs.unipay.com',
  tokenUrl: { production: 'https://apiv2.unipay.com/v3/auth' },
  apiBaseUrl: { production: 'https://apiv2.unipay.com' },
  clientAuthentication: {
    method: 'client_secret_post',
    names: { clientId: 'merchant_id', clientSecret: 'api_key' },
  },
  tokenRequest: { format: 'json', grantType: false },
  // The page names the token's member and no other: type and lifetime were seen.
  tokenResponse: { tokenType: 'optional', members: { accessToken: 'auth_token' }, expiresIn: 'seconds' },
  options: {
    scopes: 'none',
    hints: {
      clientId: 'UniPAY calls it "merchant_id"',
      clientSecret: 'UniPAY calls it "api_key"',
    },
  },
});
