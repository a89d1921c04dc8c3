import { setTimeout as sleep } from 'node:timers/promises';
import type { BankRecords } from '../bank-records.js';
import type { Finding } from '../finding.js';
import type { MarketplaceClient } from '../marketplace.client.js';

const MERCHANT = 'bakery';
const PAYERS = 4;
/** All in milliseconds. */
const BETWEEN_PAYOUTS = 10;
const BEFORE_AND_AFTER = 300;
const PATIENCE = 10_000;

/** Payouts go on before, while and after the secret is replaced. */
export async function rotateSecret(marketplace: MarketplaceClient, bank: BankRecords): Promise<Finding[]> {
  const statuses: number[] = [];
  let isOver = false;
  const payers = Array.from({ length: PAYERS }, async () => {
    while (!isOver) {
      statuses.push((await marketplace.pay(MERCHANT, 0.5)).status);
      await sleep(BETWEEN_PAYOUTS);
    }
  });
  const before = bank.tokenCallsOf(MERCHANT);
  try {
    await sleep(BEFORE_AND_AFTER);
    await marketplace.rotateSecret(MERCHANT, 60);
    const until = Date.now() + PATIENCE;
    while (!bank.hasNewSecret(MERCHANT) && Date.now() < until) await sleep(BETWEEN_PAYOUTS);
    await sleep(BEFORE_AND_AFTER);
  } finally {
    isOver = true;
    await Promise.all(payers);
  }
  const failed = statuses.filter((status) => status !== 201).length;
  const calls = bank.tokenCallsOf(MERCHANT) - before;
  return [
    {
      done: `Secret of ${MERCHANT} rotated while payouts go on`,
      outcome: `${statuses.length - failed} made, ${failed} failed`,
      asPromised: failed === 0 && statuses.length > 0,
    },
    {
      done: 'Token calls for that',
      outcome: `${calls}, ${bank.hasNewSecret(MERCHANT) ? 'with the new secret' : 'with the old secret'}`,
      asPromised: calls === 1 && bank.hasNewSecret(MERCHANT),
    },
  ];
}
