import type { Seen } from './foreign-server.js';

const INVALID_CLIENT = { status: 401, error: 'invalid_client' } as const;
const INVALID_SCOPE = { status: 400, error: 'invalid_scope' } as const;

const NO_DESCRIPTION = {
  ...INVALID_CLIENT,
  challenge: 'Basic error="invalid_client", error_description=""',
} as const;
/** To a request without a bearer token, and never with one. */
const NO_BEARER = { ...INVALID_CLIENT, challenge: 'Bearer error="invalid_client"' } as const;

/** What each server was seen to do, word for word; the tests of that name hold it. */
export const SEEN = {
  oidcProvider: {
    server: 'oidc-provider 9',
    command: 'npm test',
    mediaType: 'application/json; charset=utf-8',
    awkward: {
      raw: {
        ...INVALID_CLIENT,
        challenge:
          'Basic realm="<origin>", error="invalid_client", error_description="client authentication failed"',
      },
      rfc6749: 'token',
      body: 'token',
    },
    wrongSecret: {
      raw: {
        ...INVALID_CLIENT,
        challenge:
          'Basic realm="<origin>", error="invalid_client", error_description="client authentication failed"',
      },
      body: INVALID_CLIENT,
    },
    unknownScope: { granted: ['payments'] },
    noScope: { granted: [] },
    deadToken: { status: 401 },
  },
  nodeOauth: {
    server: '@node-oauth/oauth2-server 5',
    command: 'npm test',
    mediaType: 'application/json',
    awkward: {
      raw: 'token',
      rfc6749: { ...INVALID_CLIENT, challenge: 'Basic realm="Service"' },
      body: 'token',
    },
    wrongSecret: {
      raw: { ...INVALID_CLIENT, challenge: 'Basic realm="Service"' },
      body: { status: 400, error: 'invalid_client' },
    },
    unknownScope: INVALID_SCOPE,
    noScope: { granted: [] },
    deadToken: { status: 401, challenge: 'Bearer realm="Service",error="invalid_token"' },
  },
  jmondi: {
    server: '@jmondi/oauth2-server 4',
    command: 'npm test',
    mediaType: 'application/json; charset=UTF-8',
    awkward: { raw: INVALID_CLIENT, rfc6749: INVALID_CLIENT, body: 'token' },
    wrongSecret: { raw: INVALID_CLIENT, body: INVALID_CLIENT },
    unknownScope: INVALID_SCOPE,
    noScope: { granted: [] },
    deadToken: { status: 401, challenge: 'Bearer error="invalid_token"' },
  },
  mockServer: {
    server: 'oauth2-mock-server 8',
    command: 'npm test',
    mediaType: 'application/json; charset=utf-8',
    awkward: { raw: 'token', rfc6749: INVALID_CLIENT, body: 'token' },
    wrongSecret: { raw: INVALID_CLIENT, body: INVALID_CLIENT },
    unknownScope: INVALID_SCOPE,
    noScope: { granted: [] },
    deadToken: { status: 401 },
  },
  glewlwyd: {
    server: 'glewlwyd 2.7.5',
    command: 'npm run prove:servers',
    mediaType: 'application/json',
    awkward: { raw: 'token', rfc6749: { status: 403 }, body: 'token' },
    wrongSecret: { raw: { status: 403 }, body: { status: 403 } },
    unknownScope: { granted: ['payments'] },
    noScope: { status: 403 },
    deadToken: { status: 401 },
  },
  django: {
    server: 'django-oauth-toolkit 1.7.0',
    command: 'npm run prove:servers',
    mediaType: 'application/json',
    awkward: { raw: NO_BEARER, rfc6749: 'token', body: 'token' },
    wrongSecret: { raw: NO_BEARER, body: NO_BEARER },
    unknownScope: INVALID_SCOPE,
    noScope: { granted: ['payments', 'accounts'] },
    deadToken: { status: 403 },
  },
  authlib: {
    server: 'Authlib 1.2.0',
    command: 'npm run prove:servers',
    mediaType: 'application/json',
    awkward: { raw: 'token', rfc6749: NO_DESCRIPTION, body: 'token' },
    wrongSecret: { raw: NO_DESCRIPTION, body: NO_DESCRIPTION },
    unknownScope: INVALID_SCOPE,
    noScope: { granted: [] },
    deadToken: {
      status: 401,
      challenge:
        'Bearer extra_attributes="{}", error="invalid_token", error_description="The access token provided is ' +
        'expired, revoked, malformed, or invalid for other reasons."',
    },
  },
} as const satisfies Readonly<Record<string, Seen>>;
