import { randomUUID } from 'node:crypto';
import type { BankProfile, ResourceContext, ResourceRoute } from '../bank-profile.types.js';
import {
  listOf,
  objectOf,
  oneOf,
  optional,
  positive,
  text,
  webUrl,
  wholeNumber,
} from '../body-shape.checks.js';
import { perClient } from '../per-client.memory.js';
import { advance, tpayProfile } from './tpay.family.js';

interface PaymentRequest {
  readonly amount: { readonly currency: string; readonly total: number };
  readonly merchantPaymentId?: string;
}

interface Payment {
  readonly payId: string;
  readonly request: PaymentRequest;
  reads: number;
}

const PATH = '/v1/tpay/payments';

/** "TBC: /Create E-Commerce payment". */
const shape = objectOf({
  amount: objectOf({ currency: oneOf('GEL', 'USD', 'EUR'), total: positive }),
  returnurl: webUrl,
  callbackUrl: optional(webUrl),
  methods: optional(listOf(wholeNumber)),
  merchantPaymentId: optional(text),
});

function resources({ apiBaseUrl, errors }: ResourceContext): readonly ResourceRoute[] {
  const paymentsOf = perClient(() => new Map<string, Payment>());
  const view = ({ payId, request }: Payment, status: string) => ({
    payId,
    status,
    currency: request.amount.currency,
    amount: request.amount.total,
    merchantPaymentId: request.merchantPaymentId ?? null,
    links: [
      { uri: `${apiBaseUrl}${PATH}/${payId}`, method: 'GET', rel: 'self' },
      { uri: `https://ecom.tbcpayments.ge/?payId=${payId}`, method: 'REDIRECT', rel: 'approval_url' },
    ],
  });
  return [
    {
      method: 'POST',
      path: PATH,
      handle: ({ json, token }) => {
        const wrong = shape(json, 'payment');
        if (wrong) return errors.api(400, '', wrong);
        const payment: Payment = { payId: randomUUID(), request: json as PaymentRequest, reads: 0 };
        paymentsOf(token).set(payment.payId, payment);
        return { status: 200, body: view(payment, 'Created') };
      },
    },
    {
      method: 'GET',
      path: `${PATH}/:payId`,
      handle: ({ params, token }) => {
        const payment = paymentsOf(token).get(params.payId!);
        return payment
          ? { status: 200, body: view(payment, advance(payment)) }
          : errors.api(404, '', 'PaymentNotFound');
      },
    },
  ];
}

/** tpay for web shops, version 1 ("TBC: /Get access token" of checkout). */
export const tbcCheckout: BankProfile = tpayProfile({
  id: 'tbc-checkout',
  tokenPath: '/v1/tpay/access-token',
  resources,
});
