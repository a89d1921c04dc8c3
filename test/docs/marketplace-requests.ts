import { expect } from '@jest/globals';
import type { SimulatedBank } from 'nestjs-bank-auth/testing';
import { ORDER } from './merchants-page.harness.js';

const MERCHANTS = ['flowers', 'books', 'shoes'] as const;
/** Those who order nothing. */
const OTHERS = ['hats', 'gloves'] as const;

/** Options of a provider for the merchants of a simulated bank, the platform's own account included. */
export function addMerchants(bank: SimulatedBank) {
  const table = [...MERCHANTS, ...OTHERS].map(
    (key) => [key, bank.addMerchant({ clientId: `client-of-${key}` })] as const,
  );
  return { provider: bank.providerOptions(), table };
}

const post = (url: string, key: string | undefined, id: string, headers: Record<string, string> = {}) =>
  fetch(`${url}/orders`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(key === undefined ? {} : { authorization: `Bearer key-of-${key}` }),
      ...headers,
    },
    body: JSON.stringify({ ...ORDER, external_order_id: id }),
  });

/** Orders of several merchants at the same time, each of which has to reach the bank as its own merchant's. */
export async function expectEachToPayForItself(url: string, bank: SimulatedBank): Promise<void> {
  bank.setLatency({ token: 20, api: 5 });
  const orders = Array.from({ length: 60 }, (_, index) => MERCHANTS[index % MERCHANTS.length] as string);
  const answers = await Promise.all(orders.map((key, index) => post(url, key, `${key}-${index}`)));
  expect(answers.map(({ status }) => status)).toEqual(orders.map(() => 201));
  const made = bank.requests.filter(({ kind }) => kind === 'api');
  expect(made).toHaveLength(60);
  for (const { clientId, body } of made) {
    const [key] = JSON.parse(body).external_order_id.split('-');
    expect(clientId).toBe(`client-of-${key}`);
  }
  for (const key of MERCHANTS) expect(bank.tokensIssuedTo(`client-of-${key}`)).toBe(1);
}

/** What a request says of itself, and one that nobody vouches for. */
export async function expectNobodyToPayForAnother(url: string, bank: SimulatedBank): Promise<void> {
  const before = bank.apiRequests;
  expect((await post(url, undefined, 'order', { 'x-merchant': 'books', merchant: 'books' })).status).toBe(
    403,
  );
  expect(bank.apiRequests).toBe(before);
  expect((await post(url, 'flowers', 'order', { 'x-merchant': 'books', merchant: 'books' })).status).toBe(
    201,
  );
  expect(bank.lastApiRequest?.clientId).toBe('client-of-flowers');
  // Not in the table: an error of this service, and nothing is sent.
  expect((await post(url, 'nobody', 'order')).status).toBe(500);
  expect(bank.apiRequests).toBe(before + 1);
}
