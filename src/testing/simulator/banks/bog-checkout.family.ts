import { randomUUID } from 'node:crypto';
import type { ResourceContext, ResourceRoute } from '../bank-profile.types.js';
import { type Check, objectOf } from '../body-shape.checks.js';
import { perClient } from '../per-client.memory.js';

interface CheckoutPaths {
  /** Where orders are made. */
  readonly orders: string;
  /** Where an order is read; has `:id`. */
  readonly order: string;
  /** The relation of the link that the payer follows. */
  readonly payerLink: string;
  readonly payerPage: string;
}

/** The older checkout of Bank of Georgia, reduced to making an order and reading it; orders stay `CREATED`. */
export function checkoutResources(
  { apiBaseUrl, errors }: ResourceContext,
  paths: CheckoutPaths,
  shape: Readonly<Record<string, Check>>,
): readonly ResourceRoute[] {
  const ordersOf = perClient(() => new Map<string, object>());
  const check = objectOf(shape);
  return [
    {
      method: 'POST',
      path: paths.orders,
      handle: ({ json, token }) => {
        const wrong = check(json, 'order');
        if (wrong) return errors.api(400, 'invalid_request', wrong);
        const id = randomUUID();
        const { shop_order_id, purchase_units } = json as { shop_order_id?: string; purchase_units: object };
        ordersOf(token).set(id, { order_id: id, status: 'CREATED', shop_order_id, purchase_units });
        return {
          status: 200,
          body: {
            order_id: id,
            status: 'CREATED',
            links: [
              { href: `${apiBaseUrl}${paths.order.replace(':id', id)}`, rel: 'self', method: 'GET' },
              { href: `${paths.payerPage}?order_id=${id}`, rel: paths.payerLink, method: 'REDIRECT' },
            ],
          },
        };
      },
    },
    {
      method: 'GET',
      path: paths.order,
      handle: ({ params, token }) => {
        const order = ordersOf(token).get(params.id!);
        return order ? { status: 200, body: order } : errors.api(404, 'not_found', 'There is no such order');
      },
    },
  ];
}
