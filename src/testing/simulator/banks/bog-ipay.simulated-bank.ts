import type { BankProfile } from '../bank-profile.types.js';
import {
  amount,
  currency,
  listOf,
  objectOf,
  oneOf,
  optional,
  positive,
  text,
  webUrl,
} from '../body-shape.checks.js';
import { checkoutResources } from './bog-checkout.family.js';
import { bogProfile } from './bog-keycloak.family.js';

/**
 * iPay, the former payment product of Bank of Georgia, at ipay.ge. `expires_in` is the instant of
 * expiry in epoch milliseconds, and nothing else states the lifetime.
 */
export const bogIpay: BankProfile = bogProfile({
  id: 'bog-ipay',
  tokenPath: '/opay/api/v1/oauth2/token',
  apiBasePath: '',
  scopes: [],
  lifetime: 3_600_000,
  tokenBody: (grant) => ({
    access_token: grant.issuer.opaque(),
    token_type: 'Bearer',
    app_id: grant.clientId,
    expires_in: Math.round(grant.issuedAt + grant.lifetime),
  }),
  resources: (context) =>
    checkoutResources(
      context,
      {
        orders: '/opay/api/v1/checkout/orders',
        order: '/opay/api/v1/checkout/payment/:id',
        payerLink: 'approve',
        payerPage: 'https://ipay.ge/',
      },
      {
        // "BOG: Order Request" of iPay.
        intent: oneOf('CAPTURE', 'AUTHORIZE'),
        items: listOf(objectOf({ amount, description: text, quantity: positive, product_id: text })),
        shop_order_id: optional(text),
        redirect_url: webUrl,
        purchase_units: listOf(objectOf({ amount: objectOf({ currency_code: currency, value: amount }) })),
      },
    ),
});
