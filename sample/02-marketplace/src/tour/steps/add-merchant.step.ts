import type { BankRecords } from '../bank-records.js';
import type { Finding } from '../finding.js';
import type { MarketplaceClient } from '../marketplace.client.js';

export async function addMerchant(marketplace: MarketplaceClient, bank: BankRecords): Promise<Finding[]> {
  const id = 'tea-house';
  const added = await marketplace.addMerchant({
    id,
    name: 'Guria Tea House',
    iban: 'GE43TB1100000000000004',
  });
  const paid = await marketplace.pay(id, 80);
  const calls = bank.tokenCallsOf(id);
  return [
    {
      done: `${id} added while the service runs, and paid out for`,
      outcome: `${added.status}, ${paid.status}, token calls: ${calls}`,
      asPromised: added.status === 201 && paid.status === 201 && calls === 1,
    },
  ];
}
