import { defineBank } from '../define-bank.js';

/** The codes that Daraja's pages call "Invalid Access Token": of M-PESA Express and reversals, of C2B, of balances. */
const INVALID_TOKEN: readonly unknown[] = ['404.001.03', '400.003.01', '401.002.01'];

/** Safaricom, Daraja: M-PESA in Kenya. The token request is a GET, and each new token ends the former. */
export const mpesaDaraja = defineBank({
  id: 'mpesa-daraja',
  title: 'Safaricom: Daraja (M-PESA)',
  docs: 'https://developer.safaricom.co.ke/apis/Authorization',
  tokenUrl: {
    production: 'https://api.safaricom.co.ke/oauth/v1/generate',
    sandbox: 'https://sandbox.safaricom.co.ke/oauth/v1/generate',
  },
  apiBaseUrl: { production: 'https://api.safaricom.co.ke', sandbox: 'https://sandbox.safaricom.co.ke' },
  clientAuthentication: { method: 'client_secret_basic' },
  tokenRequest: { method: 'get' },
  tokenResponse: {
    tokenType: 'optional',
    expiresIn: 'seconds',
    errorCode: ({ errorCode }) => (typeof errorCode === 'string' ? errorCode : undefined),
    // "Invalid authentication type passed" is the page's only error for credentials.
    rejectsCredentials: ({ body }) => body?.errorCode === '400.008.01',
  },
  rejectsTokenOn: [400, 401, 404],
  rejectsToken: ({ status, body }) => status === 401 || INVALID_TOKEN.includes(body?.errorCode),
  // "Can I generate multiple tokens? Yes, but each request invalidates the previous token."
  singleActiveToken: true,
  options: {
    scopes: 'none',
    hints: {
      clientId: 'Daraja calls it "consumer key"',
      clientSecret: 'Daraja calls it "consumer secret"',
    },
  },
});
