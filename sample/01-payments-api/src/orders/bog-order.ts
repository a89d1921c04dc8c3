import { totalOf } from '../common/money.js';
import type { CreateOrderDto } from './dto/create-order.dto.js';
import type { OrderDto } from './dto/order.dto.js';
import type { ReceiptDto } from './dto/receipt.dto.js';

/** Bank of Georgia's answer to a new order; only the members that are used here. */
export interface BogOrder {
  readonly id: string;
  readonly _links: { readonly redirect: { readonly href: string } };
}

/** The receipt of an order; only the members that are used here. */
export interface BogReceipt {
  readonly order_id: string;
  readonly external_order_id: string | null;
  readonly order_status: { readonly key: string };
  readonly purchase_units: { readonly request_amount: string; readonly currency_code: string };
}

export function toBogOrderRequest(order: CreateOrderDto) {
  const { externalOrderId, currency, items, callbackUrl, successUrl, failUrl } = order;
  return {
    callback_url: callbackUrl,
    external_order_id: externalOrderId,
    purchase_units: {
      currency,
      total_amount: totalOf(items.map(({ unitPrice, quantity }) => ({ price: unitPrice, quantity }))),
      basket: items.map(({ productId, quantity, unitPrice }) => ({
        product_id: productId,
        quantity,
        unit_price: unitPrice,
      })),
    },
    redirect_urls: { success: successUrl, fail: failUrl },
  };
}

export function toOrder({ id, _links }: BogOrder): OrderDto {
  return { id, redirectUrl: _links.redirect.href };
}

export function toReceipt(receipt: BogReceipt): ReceiptDto {
  return {
    orderId: receipt.order_id,
    externalOrderId: receipt.external_order_id,
    status: receipt.order_status.key,
    amount: receipt.purchase_units.request_amount,
    currency: receipt.purchase_units.currency_code,
  };
}
