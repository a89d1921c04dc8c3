import { defineBank } from '../define-bank.js';

/** Wise Platform: a secret and a TLS client certificate. The token is the partner's, not a Wise user's. */
export const wise = defineBank({
  id: 'wise',
  title: 'Wise Platform',
  docs: 'https://docs.wise.com/guides/developer/auth-and-security/client-credentials-token',
  tokenUrl: {
    production: 'https://api.wise.com/oauth/token',
    sandbox: 'https://api.wise-sandbox.com/oauth/token',
  },
  apiBaseUrl: { production: 'https://api.wise.com', sandbox: 'https://api.wise-sandbox.com' },
  clientAuthentication: { method: 'client_secret_basic' },
  tokenResponse: { expiresIn: 'seconds', members: { expiresAt: 'expires_at' }, expiresAt: 'date' },
  options: { tlsCertificate: 'required' },
});
