import type { BankRecords } from '../bank-records.js';
import type { Finding } from '../finding.js';
import type { MarketplaceClient } from '../marketplace.client.js';

/** Whether each payout left the account of its merchant, with a token of that merchant. */
export async function compareAccounts(marketplace: MarketplaceClient, bank: BankRecords): Promise<Finding[]> {
  const { body: merchants } = await marketplace.merchants();
  const transfers = merchants.map(({ id, iban }) => ({ id, ...bank.transfersFrom(iban, id) }));
  const own = transfers.reduce((sum, transfer) => sum + transfer.own, 0);
  const others = transfers.reduce((sum, transfer) => sum + transfer.others, 0);
  return [
    {
      done: 'Transfers with a token of the merchant whose money it is',
      outcome: `${own} of ${own + others}`,
      asPromised:
        others === 0 && transfers.every((transfer) => transfer.own === marketplace.made.get(transfer.id)),
    },
  ];
}
