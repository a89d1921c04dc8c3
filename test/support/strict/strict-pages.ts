import type { StrictPage } from './strict-bank.js';

/** What a test's client has, in the words of the options. */
export const CLIENT = {
  clientId: 'the-client',
  clientSecret: 'the-secret-0123456789',
  apiKey: 'the-subscription-key',
} as const;
const { clientId, clientSecret, apiKey } = CLIENT;

const basic = {
  Authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`,
};
const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });
const grant = { grant_type: 'client_credentials' };

/** https://developer.paypal.com/api/rest/authentication/ */
export const paypal: StrictPage = {
  token: {
    method: 'POST',
    target: '/v1/oauth2/token',
    headers: basic,
    body: { form: grant },
    answer: (token) => ({
      body: {
        scope: 'https://uri.paypal.com/services/invoicing',
        access_token: token,
        token_type: 'Bearer',
        app_id: 'APP-80W284485P519543T',
        expires_in: 31_668,
        nonce: '2020-04-03T15:35:36ZaYZlGvEkV4yVSz8g6bAKFoGSEzuy3CQcz3ljhibkOHg',
      },
    }),
    wrongSecret: {
      in: 'authorization',
      status: 401,
      body: { error: 'invalid_client', error_description: 'Client Authentication failed' },
    },
  },
  call: {
    headers: bearer,
    deadToken: {
      status: 401,
      body: { error: 'invalid_token', error_description: 'Token signature verification failed' },
    },
  },
};

/** https://dev.efipay.com.br/docs/api-pix/credenciais/ */
export const efiPix: StrictPage = {
  token: {
    method: 'POST',
    target: '/oauth/token',
    headers: basic,
    body: { json: grant },
    answer: (token) => ({
      body: { access_token: token, token_type: 'Bearer', expires_in: 3600, scope: 'cob.read cob.write' },
    }),
    wrongSecret: {
      in: 'authorization',
      status: 401,
      body: { error: 'invalid_client', error_description: 'Invalid or inactive credentials' },
    },
  },
  call: { headers: bearer, deadToken: { status: 401, body: { error: 'invalid_token' } } },
};

/** https://docs.unipay.com, "Login" and "Create Order"; the answers are those of live integrations. */
export const unipay: StrictPage = {
  token: {
    method: 'POST',
    target: '/v3/auth',
    headers: { Accept: 'application/json' },
    body: { json: { merchant_id: clientId, api_key: clientSecret } },
    answer: (token) => ({ body: { auth_token: token, token_type: 'Bearer', expires_in: 1800 } }),
    wrongSecret: { in: 'api_key', status: 401, body: { message: 'Not Authenticated' } },
  },
  call: { headers: bearer, deadToken: { status: 401, body: { message: 'Not Authenticated' } } },
};

/** https://docs.wise.com/guides/developer/auth-and-security/client-credentials-token, and its page on errors. */
export const wise: StrictPage = {
  token: {
    method: 'POST',
    target: '/oauth/token',
    headers: basic,
    body: { form: grant },
    answer: (token) => ({
      body: {
        access_token: token,
        token_type: 'bearer',
        expires_in: 43_199,
        expires_at: new Date(Date.now() + 43_199_000).toISOString(),
        scope: 'transfers',
      },
    }),
    wrongSecret: {
      in: 'authorization',
      status: 401,
      body: { error: 'invalid_client', error_description: 'Client authentication failed' },
    },
  },
  call: { headers: bearer, deadToken: { status: 401, body: { error: 'invalid_token' } } },
};

/** https://developer.safaricom.co.ke/apis/Authorization, and the errors of its pages on M-PESA Express and C2B. */
export const mpesaDaraja: StrictPage = {
  token: {
    method: 'GET',
    target: '/oauth/v1/generate?grant_type=client_credentials',
    headers: basic,
    body: '',
    answer: (token) => ({ body: { access_token: token, expires_in: '3599' } }),
    wrongSecret: {
      in: 'authorization',
      status: 400,
      body: {
        requestId: '1-2-3',
        errorCode: '400.008.01',
        errorMessage: 'Invalid authentication type passed',
      },
    },
  },
  call: {
    headers: bearer,
    deadToken: {
      status: 404,
      body: { requestId: '1-2-3', errorCode: '404.001.03', errorMessage: 'Invalid Access Token' },
    },
    oneToken: true,
  },
};

/** https://developer.gocardless.com/bank-account-data/quick-start-guide/ */
export const goCardless: StrictPage = {
  token: {
    method: 'POST',
    target: '/api/v2/token/new/',
    headers: {},
    body: { json: { secret_id: clientId, secret_key: clientSecret } },
    answer: (token) => ({
      body: { access: token, access_expires: 86_400, refresh: 'a-refresh-token', refresh_expires: 2_592_000 },
    }),
    wrongSecret: { in: 'secret_key', status: 401, body: { summary: 'Authentication failed' } },
  },
  call: { headers: bearer, deadToken: { status: 401, body: { summary: 'Invalid token' } } },
};

/** https://api.monnify.com/api/v1/auth/login, as its own libraries ask for it. */
export const monnify: StrictPage = {
  token: {
    method: 'POST',
    target: '/api/v1/auth/login',
    headers: basic,
    body: '',
    answer: (token) => ({
      body: {
        requestSuccessful: true,
        responseMessage: 'success',
        responseCode: '0',
        responseBody: { accessToken: token, expiresIn: 3567 },
      },
    }),
    wrongSecret: {
      in: 'authorization',
      status: 401,
      body: { requestSuccessful: false, responseMessage: 'Unauthorized', responseCode: '99' },
    },
  },
  call: { headers: bearer, deadToken: { status: 401, body: { error: 'invalid_token' } } },
};

/** https://docs.truelayer.com/docs/generate-a-payment-access-token */
export const trueLayer: StrictPage = {
  token: {
    method: 'POST',
    target: '/connect/token',
    headers: {},
    body: { form: { ...grant, client_id: clientId, client_secret: clientSecret, scope: 'payments' } },
    answer: (token) => ({
      body: { access_token: token, expires_in: 3600, token_type: 'Bearer', scope: 'payments' },
    }),
    wrongSecret: { in: 'client_secret', status: 400, body: { error: 'invalid_client' } },
  },
  call: { headers: bearer, deadToken: { status: 401, body: { title: 'Unauthenticated' } } },
};

const vippsKey = { 'Ocp-Apim-Subscription-Key': apiKey, 'Merchant-Serial-Number': '123456' };

/** https://developer.vippsmobilepay.com/docs/APIs/access-token-api/standard-authentication and its OpenAPI description. */
export const vippsMobilepay: StrictPage = {
  token: {
    method: 'POST',
    target: '/accesstoken/get',
    headers: { client_id: clientId, client_secret: clientSecret, ...vippsKey },
    body: '',
    answer: (token) => {
      const now = Math.floor(Date.now() / 1000);
      return {
        body: {
          token_type: 'Bearer',
          expires_in: '3599',
          ext_expires_in: '3599',
          expires_on: String(now + 3_599),
          not_before: String(now - 300),
          resource: '00000002-0000-0000-c000-000000000000',
          access_token: token,
        },
      };
    },
    wrongSecret: { in: 'client_secret', status: 401, body: {} },
  },
  call: {
    headers: (token) => ({ ...bearer(token), ...vippsKey }),
    deadToken: { status: 401, body: {} },
  },
};

/** https://www.airwallex.com/docs/api/authentication/api_access_token, and its page on errors. */
export const airwallex: StrictPage = {
  token: {
    method: 'POST',
    target: '/api/v1/authentication/login',
    headers: { 'x-client-id': clientId, 'x-api-key': clientSecret },
    body: '',
    answer: (token) => ({
      status: 201,
      body: {
        token,
        expires_at: new Date(Date.now() + 1_800_000).toISOString().replace(/\.\d+Z$/, '+0000'),
      },
    }),
    wrongSecret: {
      in: 'x-api-key',
      status: 401,
      body: { code: 'credentials_invalid', message: 'UNAUTHORIZED' },
    },
  },
  call: {
    headers: bearer,
    deadToken: {
      status: 401,
      body: { code: 'unauthorized', message: 'The authentication token is invalid' },
    },
  },
};

const mtnKey = { 'Ocp-Apim-Subscription-Key': apiKey };

/** https://momoapi.mtn.com/docs/services/remittance/operations/CreateAccessToken; the type of the token was seen. */
export const mtnMomo: StrictPage = {
  token: {
    method: 'POST',
    target: '/collection/token/',
    headers: { ...basic, ...mtnKey },
    body: '',
    answer: (token) => ({ body: { access_token: token, token_type: 'access_token', expires_in: 3600 } }),
    wrongSecret: { in: 'authorization', status: 401, body: { error: 'login_failed' } },
  },
  call: {
    headers: (token) => ({ ...bearer(token), ...mtnKey, 'X-Target-Environment': 'sandbox' }),
    deadToken: { status: 401, body: { message: 'Access token is invalid or expired' } },
  },
};
