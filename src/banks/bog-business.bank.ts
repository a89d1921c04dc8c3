import { defineBank } from './define-bank.js';

/** Bank of Georgia, Business Online. Production only. */
export const bogBusiness = defineBank({
  id: 'bog-business',
  title: 'Bank of Georgia: Business Online',
  docs: 'https://api.businessonline.ge/Help/Authentication',
  tokenUrl: { production: 'https://account.bog.ge/auth/realms/bog/protocol/openid-connect/token' },
  apiBaseUrl: { production: 'https://api.businessonline.ge/api' },
  clientAuthentication: { method: 'client_secret_basic' },
  tokenResponse: { expiresIn: 'seconds' },
});
