import { defineBank } from '../define-bank.js';

/** Airwallex: a client id and an API key in headers, answered by 201 with an instant instead of a lifetime. */
export const airwallex = defineBank({
  id: 'airwallex',
  title: 'Airwallex',
  docs: 'https://www.airwallex.com/docs/api/authentication/api_access_token',
  tokenUrl: {
    production: 'https://api.airwallex.com/api/v1/authentication/login',
    sandbox: 'https://api.sandbox.airwallex.com/api/v1/authentication/login',
  },
  apiBaseUrl: { production: 'https://api.airwallex.com', sandbox: 'https://api.sandbox.airwallex.com' },
  clientAuthentication: {
    method: 'client_secret_header',
    names: { clientId: 'x-client-id', clientSecret: 'x-api-key' },
  },
  tokenRequest: {
    grantType: false,
    headers: ({ values: { loginAs } }): Record<string, string> =>
      loginAs === undefined ? {} : { 'x-login-as': loginAs },
  },
  tokenResponse: {
    tokenType: 'optional',
    members: { accessToken: 'token', expiresAt: 'expires_at' },
    expiresAt: 'date',
    errorCode: ({ code }) => (typeof code === 'string' ? code : undefined),
  },
  options: {
    scopes: 'none',
    values: { loginAs: 'optional' },
    hints: {
      clientSecret: 'Airwallex calls it "API key"',
      'values.loginAs': 'the account that a key for several accounts is to act for',
    },
  },
});
