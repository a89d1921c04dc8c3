import { randomUUID } from 'node:crypto';
import { problemErrors } from '../bank-error.shapes.js';
import type { BankProfile, ResourceCall, ResourceContext, ResourceRoute } from '../bank-profile.types.js';
import { type Check, listOf, objectOf, optional, positive, text, wholeNumber } from '../body-shape.checks.js';
import type { HttpReply } from '../http-call.types.js';
import { perClient } from '../per-client.memory.js';
import type { IssuedToken } from '../token-issuer.js';
import { tbcOauthProfile } from './tbc-oauth.family.js';

interface ApplicationRequest {
  readonly merchantKey: string;
  readonly priceTotal: number;
  readonly products: readonly { readonly price: number }[];
}

interface Application extends ApplicationRequest {
  status: keyof typeof STATUSES;
}

/** The simulated ones among the bank's statuses ("TBC: /Get application status"). */
const STATUSES = {
  pending: { statusId: 0, description: 'Installment pending for client authentication in TBC Bank' },
  cancelled: { statusId: 7, description: 'Installment was Canceled By Merchant' },
  disbursed: { statusId: 8, description: 'Installment was Disbursed (Confirmed from both side)' },
} as const;

const shape = objectOf({
  merchantKey: text,
  priceTotal: positive,
  campaignId: optional(text),
  invoiceId: optional(text),
  products: listOf(objectOf({ name: optional(text), price: positive, quantity: wholeNumber })),
});
const merchantShape = objectOf({ merchantKey: text });

/** "TBC: /Initiate online installment application": the total is the sum of the products' prices. */
const application: Check = (value, name) => {
  const wrong = shape(value, name);
  if (wrong) return wrong;
  const { priceTotal, products } = value as ApplicationRequest;
  const sum = products.reduce((total, { price }) => total + Math.round(price * 100), 0);
  return sum === Math.round(priceTotal * 100)
    ? undefined
    : `${name}.priceTotal must be the sum of the products' prices, each for its whole quantity`;
};

const BASE = '/v1/online-installments/applications';

/** Reads it from the query, as the bank's own client sends it, or from a JSON body of the GET, as the page shows. */
function merchantKeyOf({ query, body }: ResourceCall): unknown {
  if (query.has('merchantKey')) return query.get('merchantKey');
  try {
    return (JSON.parse(body) as { merchantKey?: unknown } | null)?.merchantKey;
  } catch {
    return undefined;
  }
}

function resources({ errors }: ResourceContext): readonly ResourceRoute[] {
  const applicationsOf = perClient(() => new Map<string, Application>());
  // "TBC: /Cancel application": a session that does not exist or is not active is a 401, although the token is good. So
  // there is no WWW-Authenticate, which would speak of the token.
  const noSession = () => errors.api(401, '001', 'Active installment with sessionId not exists');
  const find = (token: IssuedToken, sessionId: string, merchantKey: unknown): Application | undefined => {
    const found = applicationsOf(token).get(sessionId);
    return found?.merchantKey === merchantKey ? found : undefined;
  };

  const decide = (action: 'confirm' | 'cancel', to: keyof typeof STATUSES): ResourceRoute => ({
    method: 'POST',
    path: `${BASE}/:sessionId/${action}`,
    handle: ({ params, json, token }): HttpReply => {
      const wrong = merchantShape(json, 'body');
      if (wrong) return errors.api(400, '001', wrong);
      const found = find(token, params.sessionId!, (json as { merchantKey: string }).merchantKey);
      if (found?.status !== 'pending') return noSession();
      found.status = to;
      return { status: 200, body: { id: null } };
    },
  });

  return [
    {
      method: 'POST',
      path: BASE,
      handle: ({ json, token }) => {
        const wrong = application(json, 'application');
        if (wrong) return errors.api(400, '001', wrong);
        const sessionId = randomUUID();
        applicationsOf(token).set(sessionId, { ...(json as ApplicationRequest), status: 'pending' });
        return {
          status: 201,
          headers: {
            location: `https://tbcinstallment.ge/Installment/InitializeNewLoan?sessionId=${sessionId}`,
          },
          body: { sessionId },
        };
      },
    },
    decide('confirm', 'disbursed'),
    decide('cancel', 'cancelled'),
    {
      method: 'GET',
      path: `${BASE}/:sessionId/status`,
      handle: (call) => {
        const merchantKey = merchantKeyOf(call);
        const wrong = text(merchantKey, 'merchantKey');
        if (wrong) return errors.api(400, '001', wrong);
        const found = find(call.token, call.params.sessionId!, merchantKey);
        if (!found) return noSession();
        return {
          status: 200,
          body: { amount: found.priceTotal, contributionAmount: 0, ...STATUSES[found.status] },
        };
      },
    },
  ];
}

/**
 * Online installments of TBC ("TBC: /Get access token"): an opaque token of type `BearerToken`, `issued_at` a
 * string of epoch milliseconds as in the page's sample, `expires_in` in milliseconds as the page says.
 */
export const tbcInstallments: BankProfile = tbcOauthProfile({
  id: 'tbc-installments',
  scopes: ['online_installments'],
  lifetime: 7_775_999,
  errors: problemErrors({
    tokenService: 'oauth-token',
    apiService: 'Online-Installment-Merchant-API',
    statusAsText: false,
    rejectedStatus: 401,
    codeIsCounter: true,
  }),
  tokenBody: (grant) => ({
    access_token: grant.issuer.opaque(),
    token_type: 'BearerToken',
    scope: grant.scopes.join(' '),
    issued_at: String(grant.issuedAt),
    expires_in: grant.lifetime,
  }),
  resources,
});
