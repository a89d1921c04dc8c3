import { afterEach, describe, expect, it } from '@jest/globals';
import * as testing from 'nestjs-bank-auth/testing';
import { namedBlocks, readPage } from '../support/documentation.js';
import { evaluate } from '../support/evaluated-examples.js';
import { authorised, client, echo } from '../support/simulator-client.js';

const page = readPage('testing.md');
const code = namedBlocks(page).get('marketplace-bank.ts') as string;

let banks: testing.BankSimulator | undefined;
afterEach(() => banks?.stop());

describe('the page about testing', () => {
  it('has an example with many merchants that works', async () => {
    const { startMarketplaceBank } = evaluate(code, { 'nestjs-bank-auth/testing': testing });
    const made = await startMarketplaceBank(['flowers', 'books']);
    banks = made.banks as testing.BankSimulator;
    const bank = banks.bank('bog-payments');
    const before = made.vault.get('books');
    made.rotate('books');
    expect(made.vault.get('books').clientSecret).not.toBe(before.clientSecret);
    for (const credentials of [before, made.vault.get('books'), made.vault.get('flowers')]) {
      const headers = await authorised(client(bank, credentials));
      expect((await echo(bank, headers)).status).toBe(200);
    }
    expect([made.seen('books'), made.seen('flowers')]).toEqual([
      { tokens: 2, calls: 2 },
      { tokens: 1, calls: 1 },
    ]);
    expect(() => made.rotate('shoes')).toThrow('There is no merchant shoes');
  });

  it('names the features of a bank for merchants', async () => {
    banks = await testing.BankSimulator.start('bog-payments');
    const bank = banks.bank('bog-payments');
    for (const name of [
      'addMerchant',
      'removeMerchant',
      'merchants',
      'rotateCredentials',
      'tokensIssuedTo',
    ]) {
      expect(page).toMatch(new RegExp(`\`${name}[\`(]`));
      expect(name in bank).toBe(true);
    }
  });
});
