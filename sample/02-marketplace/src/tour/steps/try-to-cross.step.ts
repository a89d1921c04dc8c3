import { randomUUID } from 'node:crypto';
import type { BankRecords } from '../bank-records.js';
import type { Finding } from '../finding.js';
import type { MarketplaceClient, Reply } from '../marketplace.client.js';

/** Every way in which one merchant could reach another's payouts. */
export async function tryToCross(marketplace: MarketplaceClient, bank: BankRecords): Promise<Finding[]> {
  const key = randomUUID();
  const payout = await marketplace.pay('vineyard', 30, key);
  const own = await marketplace.payout('vineyard', payout.body.id);
  const foreign = await marketplace.payout('bakery', payout.body.id);
  const sameKey = await marketplace.pay('pottery', 30, key);

  const before = bank.requests;
  const unknown = await marketplace.pay('nobody', 30);
  const otherCase = await marketplace.pay('Vineyard', 30);
  return [
    {
      done: 'A payout of vineyard read as vineyard',
      outcome: `${own.status}, ${own.body.state}`,
      asPromised: own.status === 200,
    },
    { done: 'The same read as bakery', outcome: told(foreign), asPromised: isNotFound(foreign) },
    {
      done: "Its idempotency key used for pottery's payout",
      outcome: sameKey.body.id === payout.body.id ? 'the same payout' : 'another payout',
      asPromised: sameKey.status === 201 && sameKey.body.id !== payout.body.id,
    },
    { done: 'A payout for an unknown merchant', outcome: told(unknown), asPromised: isNotFound(unknown) },
    {
      done: 'A payout for Vineyard with a capital V',
      outcome: told(otherCase),
      asPromised: isNotFound(otherCase),
    },
    {
      done: 'Requests that reached the bank for these two',
      outcome: String(bank.requests - before),
      asPromised: bank.requests === before,
    },
  ];
}

function told({ status, type }: Reply<unknown>): string {
  return `${status} ${type}`;
}

function isNotFound({ status, type }: Reply<unknown>): boolean {
  return status === 404 && type === 'application/problem+json';
}
