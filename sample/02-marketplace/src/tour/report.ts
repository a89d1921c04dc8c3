import { textTable } from '../text-table.js';
import type { BankRecords } from './bank-records.js';
import type { Finding } from './finding.js';
import type { MarketplaceClient } from './marketplace.client.js';

/** The findings of the tour, and the bank's records of each merchant. */
export async function report(
  findings: readonly Finding[],
  marketplace: MarketplaceClient,
  bank: BankRecords,
): Promise<string> {
  const { body: merchants } = await marketplace.merchants();
  const rows = merchants.map(async ({ id, iban }) => {
    const { own, others } = bank.transfersFrom(iban, id);
    const { body } = await marketplace.balance(id);
    const payouts = [marketplace.made.get(id) ?? 0, marketplace.failed.get(id) ?? 0];
    return [id, ...payouts, bank.tokenCallsOf(id), own, others, body.available.toFixed(2)].map(String);
  });
  return [
    textTable(
      ['What was done', 'What came of it', 'As promised'],
      findings.map(({ done, outcome, asPromised }) => [done, outcome, asPromised ? 'yes' : 'NO']),
    ),
    '',
    'By merchant, as its clients and as the bank saw it:',
    '',
    textTable(
      ['Merchant', 'Payouts', 'Failed', 'Token calls', 'By its own client', "By another's", 'Balance'],
      await Promise.all(rows),
    ),
    '',
  ].join('\n');
}
