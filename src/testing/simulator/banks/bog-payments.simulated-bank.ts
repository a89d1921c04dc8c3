import { randomUUID } from 'node:crypto';
import type { BankProfile, ResourceCall, ResourceContext, ResourceRoute } from '../bank-profile.types.js';
import {
  type Check,
  currency,
  httpsUrl,
  listOf,
  objectOf,
  oneOf,
  optional,
  positive,
  text,
  webUrl,
} from '../body-shape.checks.js';
import type { CallbackSender } from '../callback.sender.js';
import { type HttpReply, headerValues } from '../http-call.types.js';
import { perClient } from '../per-client.memory.js';
import { bogProfile, KEYCLOAK_TOKEN_PATH, keycloakTokenBody } from './bog-keycloak.family.js';

interface OrderRequest {
  callback_url: string;
  external_order_id?: string;
  capture?: 'automatic' | 'manual';
  purchase_units: {
    currency?: string;
    total_amount: number;
    basket: { product_id: string; quantity: number; unit_price: number }[];
  };
  redirect_urls?: { success?: string; fail?: string };
}

interface Order {
  readonly id: string;
  readonly request: OrderRequest;
  readonly createdAt: string;
  readonly language: 'ka' | 'en';
  reads: number;
  /** Whether its client has been told of the end, or is about to be. */
  told: boolean;
}

const orderShape = (callbackUrl: Check) =>
  objectOf({
    callback_url: callbackUrl,
    external_order_id: optional(text),
    capture: optional(oneOf('automatic', 'manual')),
    purchase_units: objectOf({
      currency: optional(currency),
      total_amount: positive,
      basket: listOf(objectOf({ product_id: text, quantity: positive, unit_price: positive })),
    }),
    redirect_urls: optional(objectOf({ success: optional(webUrl), fail: optional(webUrl) })),
  });

const UUID_V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;

const BEGUN = [
  { key: 'created', value: { ka: 'შექმნილი', en: 'Created' } },
  { key: 'processing', value: { ka: 'მიმდინარე', en: 'Processing' } },
] as const;

/** The states of an order: each reading of its receipt moves it one further, and it stays at the last. */
const PROGRESS = {
  automatic: [...BEGUN, { key: 'completed', value: { ka: 'დასრულებული', en: 'Completed' } }],
  /** The amount is only held. */
  manual: [...BEGUN, { key: 'blocked', value: { ka: 'დაბლოკილი', en: 'Blocked' } }],
} as const;

/** The first of the two languages that `Accept-Language` names; Georgian unless it names one. */
function language(call: ResourceCall): 'ka' | 'en' {
  const named = /\b(ka|en)\b/i.exec(headerValues(call, 'accept-language').join(','))?.[1];
  return named?.toLowerCase() === 'en' ? 'en' : 'ka';
}

const progressOf = ({ request }: Order) => PROGRESS[request.capture ?? 'automatic'];

function receiptOf(order: Order, step: number, shown: 'ka' | 'en'): object {
  const { purchase_units: units } = order.request;
  const status = progressOf(order)[step]!;
  return {
    order_id: order.id,
    industry: 'ecommerce',
    capture: order.request.capture ?? 'automatic',
    external_order_id: order.request.external_order_id ?? null,
    zoned_create_date: order.createdAt,
    order_status: { key: status.key, value: status.value[shown] },
    purchase_units: {
      request_amount: units.total_amount.toFixed(2),
      currency_code: units.currency ?? 'GEL',
      items: units.basket,
    },
    redirect_links: order.request.redirect_urls ?? null,
  };
}

function resources({ apiBaseUrl, errors, callbacks }: ResourceContext): readonly ResourceRoute[] {
  const checkOrder = orderShape(callbacks?.url ?? httpsUrl);
  const ordersOf = perClient(() => new Map<string, Order>());
  const answeredOf = perClient(() => new Map<string, HttpReply>());

  const create = (call: ResourceCall): HttpReply => {
    const wrong = checkOrder(call.json, 'order');
    if (wrong) return errors.api(400, 'invalid_request', wrong);
    const order: Order = {
      id: randomUUID(),
      request: call.json as OrderRequest,
      createdAt: new Date().toISOString(),
      language: language(call),
      reads: 0,
      told: false,
    };
    ordersOf(call.token).set(order.id, order);
    if (callbacks) moveByTime(order, callbacks);
    return {
      status: 200,
      body: {
        id: order.id,
        _links: {
          details: { href: `${apiBaseUrl}/payments/v1/receipt/${order.id}` },
          redirect: { href: `https://payment.bog.ge/?order_id=${order.id}&lang=${language(call)}` },
        },
      },
    };
  };

  return [
    {
      method: 'POST',
      path: '/payments/v1/ecommerce/orders',
      // Bank of Georgia documents for this call that the same key, a UUID v4, gets the same status and body again.
      handle: (call) => {
        const keys = headerValues(call, 'idempotency-key');
        if (keys.length === 0) return create(call);
        const [key] = keys;
        if (keys.length > 1 || !UUID_V4.test(key!)) {
          return errors.api(400, 'invalid_request', 'Idempotency-Key must be one UUID v4');
        }
        const answered = answeredOf(call.token);
        const reply = answered.get(key!) ?? create(call);
        answered.set(key!, reply);
        return reply;
      },
    },
    {
      method: 'GET',
      path: '/payments/v1/receipt/:id',
      handle: (call) => {
        const order = ordersOf(call.token).get(call.params.id!);
        if (!order) return errors.api(404, 'not_found', 'There is no such order');
        const last = progressOf(order).length - 1;
        const step = Math.min(order.reads, last);
        order.reads += 1;
        if (step === last && callbacks) tell(order, callbacks);
        return { status: 200, body: receiptOf(order, step, language(call)) };
      },
    },
  ];
}

/** An order whose receipt nobody reads moves on by itself: halfway, and to its end. */
function moveByTime(order: Order, callbacks: CallbackSender): void {
  const last = progressOf(order).length - 1;
  for (let step = 1; step <= last; step += 1) {
    callbacks.later((callbacks.after * step) / last, () => {
      order.reads = Math.max(order.reads, step);
      if (step === last) tell(order, callbacks);
    });
  }
}

/** Sends the callback once; the payload is wrapped, as the bank does it. */
function tell(order: Order, callbacks: CallbackSender): void {
  if (order.told) return;
  order.told = true;
  callbacks.send(order.request.callback_url, {
    event: 'order_payment',
    zoned_request_time: new Date().toISOString(),
    body: receiptOf(order, progressOf(order).length - 1, order.language),
  });
}

/** Card payments of Bank of Georgia ("BOG: Authentication Method"). Asking for a scope is an error. */
export const bogPayments: BankProfile = bogProfile({
  id: 'bog-payments',
  tokenPath: KEYCLOAK_TOKEN_PATH,
  apiBasePath: '',
  scopes: [],
  lifetime: 3_600_000,
  tokenBody: (grant) => keycloakTokenBody(grant, 'email profile'),
  sendsCallbacks: true,
  resources,
});
