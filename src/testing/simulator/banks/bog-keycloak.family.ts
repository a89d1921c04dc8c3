import { oauthErrors } from '../bank-error.shapes.js';
import type { BankProfile, TokenGrant } from '../bank-profile.types.js';

type Own = Pick<
  BankProfile,
  'id' | 'tokenPath' | 'apiBasePath' | 'scopes' | 'lifetime' | 'tokenBody' | 'sendsCallbacks' | 'resources'
>;

/** The common part of all Bank of Georgia products ("BOG: Authentication Method"): Basic, a form, no scope needed. */
export function bogProfile(own: Own): BankProfile {
  return {
    ...own,
    clientAuthentication: 'basic-form',
    apiKeyOnResources: false,
    scopeRequired: false,
    errors: oauthErrors('bog'),
  };
}

export const KEYCLOAK_TOKEN_PATH = '/auth/realms/bog/protocol/openid-connect/token';

/** A Keycloak token response: a JWT, and members that no client needs. */
export function keycloakTokenBody(grant: TokenGrant, scope: string) {
  const iat = Math.floor(grant.issuedAt / 1000);
  return {
    access_token: grant.issuer.jwt({
      exp: iat + grant.lifetime / 1000,
      iat,
      jti: grant.issuer.tokenId(),
      iss: `${grant.origin}/auth/realms/bog`,
      sub: grant.clientId,
      typ: 'Bearer',
      azp: grant.clientId,
      scope,
    }),
    expires_in: grant.lifetime / 1000,
    refresh_expires_in: 0,
    token_type: 'Bearer',
    'not-before-policy': 0,
    scope,
  };
}
