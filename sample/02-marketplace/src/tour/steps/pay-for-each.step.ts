import type { BankRecords } from '../bank-records.js';
import type { Finding } from '../finding.js';
import type { MarketplaceClient } from '../marketplace.client.js';

const MERCHANTS = ['vineyard', 'bakery', 'pottery'];
const PAYOUTS = 10;

/** Pays for all at once, so that merchants wait for their first token at the same time. */
export async function payForEach(marketplace: MarketplaceClient, bank: BankRecords): Promise<Finding[]> {
  const payouts = Array.from({ length: PAYOUTS }, () => MERCHANTS).flat();
  const replies = await Promise.all(payouts.map((merchant) => marketplace.pay(merchant, 12.5)));
  const made = replies.filter(({ status }) => status === 201).length;
  const calls = MERCHANTS.map((merchant) => bank.tokenCallsOf(merchant));
  return [
    {
      done: `${PAYOUTS} payouts for each of ${MERCHANTS.length} merchants, all at once`,
      outcome: `${made} made, ${replies.length - made} failed`,
      asPromised: made === replies.length,
    },
    {
      done: 'Token calls for that, by merchant',
      outcome: calls.join(', '),
      asPromised: calls.every((count) => count === 1),
    },
  ];
}
