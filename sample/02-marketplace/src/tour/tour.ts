import type { INestApplication } from '@nestjs/common';
import { BankRecords } from './bank-records.js';
import type { Finding } from './finding.js';
import { MarketplaceClient } from './marketplace.client.js';
import { report } from './report.js';
import { addMerchant } from './steps/add-merchant.step.js';
import { compareAccounts } from './steps/compare-accounts.step.js';
import { payForEach } from './steps/pay-for-each.step.js';
import { rotateSecret } from './steps/rotate-secret.step.js';
import { tryToCross } from './steps/try-to-cross.step.js';

/**
 * Goes through the features of the service, over its own HTTP API.
 * @returns whether all outcomes were as promised
 */
export async function tour(
  app: INestApplication,
  print: (text: string) => void = console.log,
): Promise<boolean> {
  const marketplace = new MarketplaceClient(await app.getUrl());
  const bank = new BankRecords(app);
  const findings: Finding[] = [];
  for (const step of [payForEach, addMerchant, rotateSecret, tryToCross, compareAccounts]) {
    findings.push(...(await step(marketplace, bank)));
  }
  print(await report(findings, marketplace, bank));
  return findings.every(({ asPromised }) => asPromised);
}
