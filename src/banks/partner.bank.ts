import { defineBank } from './define-bank.js';

/** A partner API in the manner of Laravel Passport. Its page names no host, so `apiBaseUrl` is required. */
export const partner = defineBank({
  id: 'partner',
  title: 'Partner API',
  tokenUrl: { production: '/api/oauth/token', sandbox: '/api/oauth/token' },
  apiBaseUrl: {},
  clientAuthentication: { method: 'client_secret_post' },
  tokenRequest: { format: 'json' },
  tokenResponse: { expiresIn: 'seconds' },
  options: { hints: { apiBaseUrl: "the partner's page names no host" } },
});
