import { randomUUID } from 'node:crypto';
import type { BankProvider } from '../bank-providers.js';
import type { Replica } from './replica.js';

const ROUNDS = 3;
const TIMEOUT = 30_000;

export interface Payment {
  readonly provider: BankProvider;
  readonly replica: Replica;
  /** The result: a status, or the reason why there was no answer. */
  readonly outcome: number | string;
}

/** One call at each bank, as a client of the service makes it. */
const CALLS: Record<BankProvider, () => { path: string; headers?: Record<string, string>; body?: object }> = {
  'bog-payments': () => ({
    path: '/orders',
    headers: { 'Idempotency-Key': randomUUID() },
    body: {
      externalOrderId: 'order-1001',
      currency: 'GEL',
      items: [{ productId: 'coffee-250g', quantity: 2, unitPrice: 12.5 }],
      callbackUrl: 'https://shop.example/payments/callback',
      successUrl: 'https://shop.example/thank-you',
      failUrl: 'https://shop.example/payment-failed',
    },
  }),
  'tbc-business': () => ({ path: '/accounts/GE85TB7000000000000001/balances/GEL' }),
  'tbc-installments': () => ({
    path: '/installments/applications',
    body: {
      merchantKey: '000000000-aaaa-bbbb',
      invoiceId: 'invoice-2001',
      products: [{ name: 'Washing machine', price: 899.99, quantity: 1 }],
    },
  }),
  'tbc-tpay': () => ({
    path: '/tpay/payments',
    body: {
      amount: 18.4,
      terminalNo: 'till-7',
      merchantPaymentId: 'till-7-000123',
      callbackUrl: 'https://shop.example/tpay/callback',
    },
  }),
  partner: () => ({
    path: '/bookings',
    body: { customerName: 'Nino Beridze', startsAt: '2030-01-31T18:00:00Z', guests: 4 },
  }),
};

/** A few payments at each bank with each replica, all replicas at the same time. */
export async function payWithEach(replicas: readonly Replica[]): Promise<Payment[]> {
  const providers = Object.keys(CALLS) as BankProvider[];
  const made: Payment[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const payments = replicas.flatMap((replica) => providers.map((provider) => pay(provider, replica)));
    made.push(...(await Promise.all(payments)));
  }
  return made;
}

async function pay(provider: BankProvider, replica: Replica): Promise<Payment> {
  const { path, headers, body } = CALLS[provider]();
  try {
    const response = await fetch(`${replica.address}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT),
    });
    await response.arrayBuffer();
    return { provider, replica, outcome: response.status };
  } catch (error) {
    return { provider, replica, outcome: (error as Error).message };
  }
}
