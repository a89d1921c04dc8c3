import type { BankProfile } from '../bank-profile.types.js';
import { amount, currency, listOf, objectOf, oneOf, text, webUrl } from '../body-shape.checks.js';
import { checkoutResources } from './bog-checkout.family.js';
import { bogProfile } from './bog-keycloak.family.js';

/** Online installments of Bank of Georgia, at installment.bog.ge. */
export const bogInstallments: BankProfile = bogProfile({
  id: 'bog-installments',
  tokenPath: '/v1/oauth2/token',
  apiBasePath: '',
  scopes: [],
  lifetime: 3_600_000,
  tokenBody: (grant) => ({
    access_token: grant.issuer.opaque(),
    token_type: 'Bearer',
    expires_in: grant.lifetime / 1000,
  }),
  resources: (context) =>
    checkoutResources(
      context,
      {
        orders: '/v1/installment/checkout',
        order: '/v1/installment/checkout/:id',
        payerLink: 'target',
        payerPage: 'https://installment.bog.ge/',
      },
      {
        // "BOG: Order Request" of installments.
        intent: oneOf('LOAN'),
        installment_month: text,
        installment_type: text,
        shop_order_id: text,
        success_redirect_url: webUrl,
        fail_redirect_url: webUrl,
        reject_redirect_url: webUrl,
        purchase_units: listOf(objectOf({ amount: objectOf({ currency_code: currency, value: amount }) })),
      },
    ),
});
