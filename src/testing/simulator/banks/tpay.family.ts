import { randomUUID } from 'node:crypto';
import { problemErrors } from '../bank-error.shapes.js';
import type { BankProfile, ResourceContext, ResourceRoute } from '../bank-profile.types.js';
import {
  currency,
  listOf,
  objectOf,
  optional,
  positive,
  text,
  webUrl,
  wholeNumber,
} from '../body-shape.checks.js';
import { perClient } from '../per-client.memory.js';

interface Payment {
  readonly payId: string;
  readonly amount: number;
  readonly currency: string;
  readonly merchantPaymentId: string | null;
  reads: number;
}

interface PaymentRequest {
  amount: { currency: string; total: number };
  merchantPaymentId?: string;
}

/** A payment goes through these, one further at each reading, and stays at the last. */
const PROGRESS = ['Created', 'Processing', 'Succeeded'] as const;

type Product = {
  readonly id: 'tbc-tpay' | 'tbc-checkout';
  readonly tokenPath: string;
  readonly paths: readonly string[];
};

function paymentRoutes(path: string, { apiBaseUrl, errors }: ResourceContext): readonly ResourceRoute[] {
  const paymentsOf = perClient(() => new Map<string, Payment>());
  const shape = objectOf({
    amount: objectOf({ currency, total: positive }),
    // A QR code is shown at a till, where there is no page to return to.
    returnurl: path.endsWith('/qr') ? optional(webUrl) : webUrl,
    callbackUrl: optional(webUrl),
    methods: optional(listOf(wholeNumber)),
    merchantPaymentId: optional(text),
  });
  const view = (payment: Payment, status: (typeof PROGRESS)[number]) => ({
    payId: payment.payId,
    status,
    currency: payment.currency,
    amount: payment.amount,
    merchantPaymentId: payment.merchantPaymentId,
    links: [
      { uri: `${apiBaseUrl}${path}/${payment.payId}`, method: 'GET', rel: 'self' },
      { uri: `https://ecom.tbcpayments.ge/?payId=${payment.payId}`, method: 'REDIRECT', rel: 'approval_url' },
    ],
  });
  return [
    {
      method: 'POST',
      path,
      handle: ({ json, token }) => {
        const wrong = shape(json, 'payment');
        if (wrong) return errors.api(400, 'invalid_request', wrong);
        const { amount, merchantPaymentId } = json as PaymentRequest;
        const payment: Payment = {
          payId: randomUUID(),
          amount: amount.total,
          currency: amount.currency,
          merchantPaymentId: merchantPaymentId ?? null,
          reads: 0,
        };
        paymentsOf(token).set(payment.payId, payment);
        return { status: 200, body: view(payment, 'Created') };
      },
    },
    {
      method: 'GET',
      path: `${path}/:payId`,
      handle: ({ params, token }) => {
        const payment = paymentsOf(token).get(params.payId!);
        if (!payment) return errors.api(404, 'not_found', 'There is no such payment');
        const status = PROGRESS[Math.min(payment.reads, PROGRESS.length - 1)]!;
        payment.reads += 1;
        return { status: 200, body: view(payment, status) };
      },
    },
  ];
}

/**
 * The tpay products of TBC ("TBC: /Get Access Token"): an `apikey` header and a form for the token, which is a
 * JWT with `nbf` and `exp` but no `iat`; both the `apikey` and the token on every call; 400 for a wrong merchant.
 */
export function tpayProfile({ id, tokenPath, paths }: Product): BankProfile {
  return {
    id,
    tokenPath,
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
    resources: (context) => paths.flatMap((path) => paymentRoutes(path, context)),
  };
}
