import type { BankCredentials } from '../bank-definition.js';
import { defineBank } from '../define-bank.js';

/** Vipps MobilePay: the merchant's keys go in headers, the subscription key with each call. */
export const vippsMobilepay = defineBank({
  id: 'vipps-mobilepay',
  title: 'Vipps MobilePay',
  docs: 'https://developer.vippsmobilepay.com/docs/APIs/access-token-api/standard-authentication',
  tokenUrl: {
    production: 'https://api.vipps.no/accesstoken/get',
    sandbox: 'https://apitest.vipps.no/accesstoken/get',
  },
  apiBaseUrl: { production: 'https://api.vipps.no', sandbox: 'https://apitest.vipps.no' },
  clientAuthentication: {
    method: 'client_secret_header',
    names: { clientId: 'client_id', clientSecret: 'client_secret' },
  },
  tokenRequest: { grantType: false, headers: salesUnit },
  tokenResponse: {
    expiresIn: 'seconds',
    members: { expiresAt: 'expires_on' },
    expiresAt: 'epoch-seconds',
  },
  headers: ({ value }, credentials) => ({ Authorization: `Bearer ${value}`, ...salesUnit(credentials) }),
  idempotencyHeader: 'Idempotency-Key',
  options: {
    apiKey: 'required',
    scopes: 'none',
    values: { merchantSerialNumber: 'optional' },
    hints: {
      apiKey: 'the portal calls it "Ocp-Apim-Subscription-Key"; it goes with every call',
      'values.merchantSerialNumber': 'the MSN of the sales unit; partners must send it',
    },
  },
});

/** The sales unit. Partners must name it, and all merchants are asked to. */
function salesUnit({ apiKey = '', values }: BankCredentials): Record<string, string> {
  const { merchantSerialNumber } = values;
  return {
    'Ocp-Apim-Subscription-Key': apiKey,
    ...(merchantSerialNumber === undefined ? {} : { 'Merchant-Serial-Number': merchantSerialNumber }),
  };
}
