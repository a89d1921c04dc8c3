import { randomUUID } from 'node:crypto';
import { unipay as definition } from '../../../index.js';
import type { BankProfile, ResourceContext, ResourceRoute } from '../bank-profile.types.js';
import { amount, type Check, currency, objectOf, optional, text } from '../body-shape.checks.js';
import { definedProfile } from '../defined-bank.profile.js';

const base64Url: Check = (value, name) =>
  typeof value === 'string' && /^https?:\/\/\S+$/.test(Buffer.from(value, 'base64').toString('utf8'))
    ? undefined
    : `${name} must be a URL in base64`;

const orderShape = objectOf({
  MerchantUser: text,
  MerchantOrderID: text,
  OrderPrice: amount,
  OrderCurrency: currency,
  OrderName: text,
  OrderDescription: text,
  SuccessRedirectUrl: optional(base64Url),
  CancelRedirectUrl: optional(base64Url),
  CallBackUrl: optional(base64Url),
});

function resources({ errors }: ResourceContext): readonly ResourceRoute[] {
  let orders = 0;
  return [
    {
      method: 'POST',
      path: '/v3/api/order/create',
      // The request is that of the page, "Create Order"; the answer was seen.
      handle: ({ json }) => {
        const wrong = orderShape(json, 'order');
        if (wrong) return errors.api(400, 'invalid_request', wrong);
        orders += 1;
        const UnipayOrderHashID = `MP${randomUUID().replaceAll('-', '').slice(0, 20).toUpperCase()}`;
        const Checkout = `https://checkout.unipay.example/?order=${UnipayOrderHashID}`;
        return {
          status: 200,
          body: {
            errorcode: 0,
            message: 'OK',
            data: { Checkout, UnipayOrderHashID, UnipayOrderID: orders },
          },
        };
      },
    },
  ];
}

/** UniPAY, as its definition reads it; its tokens live half an hour. */
export const unipay: BankProfile = { ...definedProfile(definition), lifetime: 1_800_000, resources };
