import { randomUUID } from 'node:crypto';
import { problemErrors } from '../bank-error.shapes.js';
import type { BankProfile, ResourceContext, ResourceRoute } from '../bank-profile.types.js';
import { listOf, objectOf, optional, positive, text } from '../body-shape.checks.js';
import type { HttpReply } from '../http-call.types.js';
import { perClient } from '../per-client.memory.js';
import type { IssuedToken } from '../token-issuer.js';
import { tbcOauthProfile } from './tbc-oauth.family.js';

interface Application {
  readonly merchantKey: string;
  readonly priceTotal: number;
  state: keyof typeof STATES;
}

/** The numbers and words are the simulator's own. */
const STATES = { created: 0, confirmed: 1, cancelled: 2 } as const;

const applicationShape = objectOf({
  merchantKey: text,
  priceTotal: positive,
  campaignId: optional(text),
  invoiceId: optional(text),
  products: listOf(objectOf({ name: text, price: positive, quantity: positive })),
});
const merchantShape = objectOf({ merchantKey: text });

const BASE = '/v1/online-installments/applications';

function resources({ errors }: ResourceContext): readonly ResourceRoute[] {
  const applicationsOf = perClient(() => new Map<string, Application>());
  // TBC documents for online installments that a session that does not exist is a 401 with code 001, although the
  // token is good. So there is no WWW-Authenticate, which would speak of the token.
  const noSession = () => errors.api(401, '001', 'Session does not exist');
  const find = (token: IssuedToken, sessionId: string, merchantKey: string): Application | undefined => {
    const application = applicationsOf(token).get(sessionId);
    return application?.merchantKey === merchantKey ? application : undefined;
  };

  const decide = (action: 'confirm' | 'cancel', to: keyof typeof STATES): ResourceRoute => ({
    method: 'POST',
    path: `${BASE}/:sessionId/${action}`,
    handle: ({ params, json, token }): HttpReply => {
      const wrong = merchantShape(json, 'body');
      if (wrong) return errors.api(400, 'invalid_request', wrong);
      const application = find(token, params.sessionId!, (json as { merchantKey: string }).merchantKey);
      if (!application) return noSession();
      if (application.state !== 'created' && application.state !== to) {
        return errors.api(400, 'invalid_state', `The application is ${application.state}`);
      }
      application.state = to;
      return { status: 200 };
    },
  });

  return [
    {
      method: 'POST',
      path: BASE,
      handle: ({ json, token }) => {
        const wrong = applicationShape(json, 'application');
        if (wrong) return errors.api(400, 'invalid_request', wrong);
        const { merchantKey, priceTotal } = json as Application;
        const sessionId = randomUUID();
        applicationsOf(token).set(sessionId, { merchantKey, priceTotal, state: 'created' });
        return {
          status: 201,
          headers: {
            location: `https://tbcinstallment.ge/Installment/InitializeNewLoan?sessionId=${sessionId}`,
          },
          body: { sessionId },
        };
      },
    },
    decide('confirm', 'confirmed'),
    decide('cancel', 'cancelled'),
    {
      method: 'GET',
      path: `${BASE}/:sessionId/status`,
      handle: ({ params, query, token }) => {
        const merchantKey = query.get('merchantKey');
        const wrong = text(merchantKey, 'merchantKey');
        if (wrong) return errors.api(400, 'invalid_request', wrong);
        const application = find(token, params.sessionId!, merchantKey!);
        if (!application) return noSession();
        return {
          status: 200,
          body: {
            sessionId: params.sessionId,
            statusId: STATES[application.state],
            description: application.state,
            amount: application.priceTotal,
          },
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
    apiService: 'online-installments',
    statusAsText: false,
    rejectedStatus: 401,
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
