import type { BankCredentials } from '../bank-definition.js';
import { defineBank } from '../define-bank.js';

const subscription = ({ apiKey = '' }: BankCredentials) => ({ 'Ocp-Apim-Subscription-Key': apiKey });

/** MTN MoMo, collections. Each product has a subscription key and a token endpoint of its own. */
export const mtnMomo = defineBank({
  id: 'mtn-momo',
  title: 'MTN MoMo: collections',
  docs: 'https://momoapi.mtn.com/docs/services/collection',
  tokenUrl: { production: '/collection/token/', sandbox: '/collection/token/' },
  apiBaseUrl: {
    production: 'https://proxy.momoapi.mtn.com',
    sandbox: 'https://sandbox.momodeveloper.mtn.com',
  },
  clientAuthentication: { method: 'client_secret_basic' },
  tokenRequest: { grantType: false, headers: subscription },
  tokenResponse: { tokenTypes: ['access_token'], expiresIn: 'seconds' },
  headers: ({ value }, credentials, { environment }) => ({
    Authorization: `Bearer ${value}`,
    ...subscription(credentials),
    // The sandbox has one name; in production it is that of the country's system.
    'X-Target-Environment':
      environment === 'sandbox' ? 'sandbox' : (credentials.values.targetEnvironment ?? ''),
  }),
  options: {
    apiKey: 'required',
    scopes: 'none',
    values: { targetEnvironment: 'required' },
    hints: {
      clientId: 'MTN calls it "API user"',
      clientSecret: 'MTN calls it "API key"',
      apiKey: 'the subscription key of the product, not the "API key" of the API user: that is clientSecret',
      'values.targetEnvironment':
        'the system of the country, for instance mtnuganda (production; the sandbox does not read it)',
    },
  },
});
