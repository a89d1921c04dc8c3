import type { StrictPage } from './strict-bank.js';
import { CLIENT } from './strict-pages.js';

const { clientId, clientSecret, apiKey } = CLIENT;
const basic = {
  Authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`,
};
const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });
const subscription = { 'Ocp-Apim-Subscription-Key': apiKey };

const MINUTE = 60_000;

/** As an API writes it whose offsets have no colon. */
const dateIn = (milliseconds: number) =>
  new Date(Date.now() + milliseconds).toISOString().replace(/\.\d+Z$/, '+0000');

/** A page of a bank that has one of the shapes, in the words of such pages. */
export interface ShapePage {
  readonly page: StrictPage;
  /** Of the token that the page's answer carries, in milliseconds. */
  readonly lifetime: number;
  readonly apiKey?: string;
}

const unauthorised = { status: 401, body: { error: 'Unauthorized' } };

/** By the definitions of the page on shapes. */
export const shapePages: Readonly<Record<string, ShapePage>> = {
  // As Vipps MobilePay describes its "standard authentication".
  headerBank: {
    apiKey,
    lifetime: 60 * MINUTE,
    page: {
      token: {
        method: 'POST',
        target: '/accesstoken/get',
        headers: { client_id: clientId, client_secret: clientSecret, ...subscription },
        body: '',
        answer: (token) => ({
          body: { token_type: 'Bearer', expires_in: '3600', ext_expires_in: '3600', access_token: token },
        }),
        wrongSecret: { in: 'client_secret', status: 401, body: { error: 'invalid_client' } },
      },
      call: { headers: (token) => ({ ...bearer(token), ...subscription }), deadToken: unauthorised },
    },
  },
  renamedBank: {
    lifetime: 30 * MINUTE,
    page: {
      token: {
        method: 'POST',
        target: '/v3/auth',
        headers: {},
        body: { json: { merchant_id: clientId, api_key: clientSecret } },
        answer: (token) => ({ body: { auth_token: token, access_expires: 1800 } }),
        wrongSecret: { in: 'api_key', status: 401, body: { message: 'Unknown merchant' } },
      },
      call: { headers: bearer, deadToken: unauthorised },
    },
  },
  // As Safaricom's "Authorization" describes Daraja.
  getBank: {
    lifetime: 3_599_000,
    page: {
      token: {
        method: 'GET',
        target: '/oauth/v1/generate?grant_type=client_credentials',
        headers: basic,
        body: '',
        answer: (token) => ({ body: { access_token: token, expires_in: '3599' } }),
        wrongSecret: { in: 'authorization', status: 401, body: { errorMessage: 'Bad credentials' } },
      },
      call: { headers: bearer, deadToken: unauthorised },
    },
  },
  audienceBank: {
    lifetime: 60 * MINUTE,
    page: {
      token: {
        method: 'POST',
        target: '/token',
        headers: basic,
        body: {
          form: {
            grant_type: 'client_credentials',
            client_id: clientId,
            audience: 'https://payments.sandbox.bank.example',
          },
        },
        answer: (token) => ({ body: { access_token: token, token_type: 'bearer', expires_in: 3600 } }),
        wrongSecret: { in: 'authorization', status: 401, body: { error: 'invalid_client' } },
      },
      call: { headers: bearer, deadToken: unauthorised },
    },
  },
  // As integrations with Monnify read its answer.
  nestedBank: {
    lifetime: 3_567_000,
    page: {
      token: {
        method: 'POST',
        target: '/api/v1/auth/login',
        headers: basic,
        body: { json: {} },
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
          body: { requestSuccessful: false, responseMessage: 'Invalid credentials', responseCode: '99' },
        },
      },
      call: { headers: bearer, deadToken: unauthorised },
    },
  },
  // As Airwallex describes "Obtain access token".
  instantBank: {
    lifetime: 30 * MINUTE,
    page: {
      token: {
        method: 'POST',
        target: '/api/v1/authentication/login',
        headers: { 'x-client-id': clientId, 'x-api-key': clientSecret },
        body: { json: {} },
        answer: (token) => ({ status: 201, body: { token, expires_at: dateIn(30 * MINUTE) } }),
        wrongSecret: { in: 'x-api-key', status: 401, body: { code: 'credentials_invalid' } },
      },
      call: { headers: bearer, deadToken: unauthorised },
    },
  },
  flagBank: {
    lifetime: 10 * MINUTE,
    page: {
      token: {
        method: 'POST',
        target: '/token',
        headers: {},
        body: {
          form: {
            grant_type: 'client_credentials',
            client_id: clientId,
            client_secret: clientSecret,
          },
        },
        answer: (token) => ({
          body: { error: '0', access_token: token, token_type: 'Bearer', expires_in: 600 },
        }),
        wrongSecret: { in: 'client_secret', status: 200, body: { error: '17', message: 'Unknown client' } },
      },
      call: { headers: bearer, deadToken: unauthorised },
    },
  },
  // As MTN's MoMo API describes a collection.
  environmentBank: {
    apiKey,
    lifetime: 60 * MINUTE,
    page: {
      token: {
        method: 'POST',
        target: '/collection/token/',
        headers: { ...basic, ...subscription },
        body: '',
        answer: (token) => ({
          body: { access_token: token, token_type: 'access_token', expires_in: 3600 },
        }),
        wrongSecret: { in: 'authorization', status: 401, body: { error: 'login_failed' } },
      },
      call: {
        headers: (token) => ({ ...bearer(token), ...subscription, 'X-Target-Environment': 'sandbox' }),
        deadToken: unauthorised,
      },
    },
  },
  // As Django REST framework answers without a WWW-Authenticate of its own.
  forbiddingBank: {
    lifetime: 36_000_000,
    page: {
      token: {
        method: 'POST',
        target: '/o/token/',
        headers: basic,
        body: { form: { grant_type: 'client_credentials' } },
        answer: (token) => ({
          body: { access_token: token, token_type: 'Bearer', expires_in: 36_000, scope: 'read write' },
        }),
        wrongSecret: { in: 'authorization', status: 401, body: { error: 'invalid_client' } },
      },
      call: {
        headers: bearer,
        deadToken: {
          status: 403,
          body: { detail: 'Authentication credentials were not provided.' },
        },
      },
    },
  },
};
