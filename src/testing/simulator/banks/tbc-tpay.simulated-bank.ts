import { randomUUID } from 'node:crypto';
import type { BankProfile, ResourceContext, ResourceRoute } from '../bank-profile.types.js';
import { objectOf, oneOf, optional, positive, text, webUrl } from '../body-shape.checks.js';
import { perClient } from '../per-client.memory.js';
import { advance, tpayProfile } from './tpay.family.js';

interface QrRequest {
  readonly amount: number;
  readonly currency: string;
  readonly terminalNo: string;
  readonly merchantPaymentId?: string;
}

interface QrPayment {
  readonly request: QrRequest;
  reads: number;
}

const PATH = '/v2/tpay/qr';

/** "TBC: /Create QR Payment". */
const shape = objectOf({
  amount: positive,
  currency: oneOf('GEL'),
  terminalNo: text,
  merchantPaymentId: optional(text),
  callbackUrl: optional(webUrl),
});

function resources({ errors }: ResourceContext): readonly ResourceRoute[] {
  const paymentsOf = perClient(() => new Map<string, QrPayment>());
  return [
    {
      method: 'POST',
      path: PATH,
      handle: ({ json, token }) => {
        const wrong = shape(json, 'payment');
        if (wrong) return errors.api(400, '', wrong);
        const request = json as QrRequest;
        const payId = randomUUID();
        paymentsOf(token).set(payId, { request, reads: 0 });
        const { amount, currency, terminalNo, merchantPaymentId } = request;
        return {
          status: 200,
          body: {
            payId,
            qrCode: `https://tpay.ge/qr/qr-${payId}`,
            amount,
            currency,
            terminalNo,
            // A string on the page.
            expirationMinutes: '12',
            merchantPaymentId: merchantPaymentId ?? null,
          },
        };
      },
    },
    {
      method: 'GET',
      path: `${PATH}/:payId`,
      handle: ({ params, token }) => {
        const payment = paymentsOf(token).get(params.payId!);
        if (!payment) return errors.api(404, '', 'PaymentNotFound');
        const { amount, currency } = payment.request;
        return {
          status: 200,
          body: { payId: params.payId, status: advance(payment), amount, currency, operationType: 0 },
        };
      },
    },
  ];
}

/** tpay for vendors of tills, with QR codes, version 2 ("TBC: /Get Access Token"). */
export const tbcTpay: BankProfile = tpayProfile({
  id: 'tbc-tpay',
  tokenPath: '/v2/tpay/access-token',
  resources,
});
