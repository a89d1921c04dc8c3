import { problemErrors } from '../bank-error.shapes.js';
import type { BankProfile } from '../bank-profile.types.js';

type Product = Pick<BankProfile, 'tokenPath' | 'resources'> & { readonly id: 'tbc-tpay' | 'tbc-checkout' };

/** The states of a payment: each reading moves it one further, and it stays at the last. */
const PROGRESS = ['Created', 'Processing', 'Succeeded'] as const;

/** Where a payment stands at its next reading. */
export function advance(payment: { reads: number }): (typeof PROGRESS)[number] {
  const status = PROGRESS[Math.min(payment.reads, PROGRESS.length - 1)]!;
  payment.reads += 1;
  return status;
}

/**
 * The common part of TBC's tpay products ("TBC: /Get Access Token"): an `apikey` header and a form for the token, which
 * is a JWT with `nbf` and `exp` but no `iat`; both the `apikey` and the token on every call; 400 for a wrong merchant.
 */
export function tpayProfile(product: Product): BankProfile {
  return {
    ...product,
    apiBasePath: '',
    clientAuthentication: 'apikey-form',
    apiKeyOnResources: true,
    scopes: [],
    scopeRequired: false,
    lifetime: 86_400_000,
    errors: problemErrors({
      tokenService: 'tpay-access-token',
      apiService: 'tpay-payments',
      statusAsText: true,
      rejectedStatus: 400,
      titles: { 400: 'InvalidParameter', 404: 'InvalidPayment' },
    }),
    tokenBody: (grant) => {
      const nbf = Math.floor(grant.issuedAt / 1000);
      return {
        access_token: grant.issuer.jwt({
          nbf,
          exp: nbf + grant.lifetime / 1000,
          iss: 'https://accountsapi.tbcbank.ge/',
          aud: ['https://accountsapi.tbcbank.ge/resources', 'paymentapi'],
          client_id: grant.clientId,
          scope: ['paymentapi'],
          jti: grant.issuer.tokenId(),
        }),
        expires_in: grant.lifetime / 1000,
        token_type: 'Bearer',
      };
    },
  };
}
