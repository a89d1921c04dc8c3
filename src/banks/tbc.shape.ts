import { apigeeErrorCode, isApigeeCredentialsError } from './apigee-error.js';
import type { BankCredentials, TokenResponseShape } from './bank-definition.js';

/** The answers of TBC's gateway, which all products share. */
export const tbcTokenResponse = {
  errorCode: apigeeErrorCode,
  rejectsCredentials: ({ body }) => body !== undefined && isApigeeCredentialsError(apigeeErrorCode(body)),
} as const satisfies TokenResponseShape;

/** TBC's OAuth endpoint, one for all products that authenticate with Basic. */
export const tbcOauth = {
  tokenUrl: {
    production: 'https://api.tbcbank.ge/oauth/token',
    sandbox: 'https://test-api.tbcbank.ge/oauth/token',
  },
  apiBaseUrl: { production: 'https://api.tbcbank.ge', sandbox: 'https://test-api.tbcbank.ge' },
  clientAuthentication: { method: 'client_secret_basic' },
} as const;

/**
 * The tpay family: the developer application's key goes in a header of its own, the merchant's credentials in the
 * form, without `grant_type` and without `Authorization` (TBC, "/Get Access Token").
 */
export const tpay = {
  apiBaseUrl: { production: 'https://api.tbcbank.ge' },
  clientAuthentication: { method: 'client_secret_post' },
  tokenRequest: {
    grantType: false,
    headers: (credentials: BankCredentials) => apiKeyHeader(credentials),
  },
  tokenResponse: {
    ...tbcTokenResponse,
    expiresIn: 'seconds',
    // "400 Bad Request is often times returned when merchant parameters client_id / client_secret are incorrect."
    rejectsCredentials: (answer) => answer.status === 400 || tbcTokenResponse.rejectsCredentials(answer),
  } satisfies TokenResponseShape,
  headers: (token: { readonly value: string }, credentials: BankCredentials) => ({
    Authorization: `Bearer ${token.value}`,
    ...apiKeyHeader(credentials),
  }),
  options: {
    apiKey: 'required',
    scopes: 'none',
    hints: {
      clientId: 'the TBC merchant id, not the developer application',
      apiKey: 'the API key of the developer application; it goes in the "apikey" header of every call',
    },
  },
} as const;

function apiKeyHeader({ apiKey }: BankCredentials): Record<string, string> {
  return apiKey === undefined ? {} : { apikey: apiKey };
}
