import type { BankDefinition } from './bank-definition.js';
import { bogBusiness } from './bog-business.bank.js';
import { bogInstallments } from './bog-installments.bank.js';
import { bogIpay } from './bog-ipay.bank.js';
import { bogPayments } from './bog-payments.bank.js';
import { partner } from './partner.bank.js';
import { tbcBusiness } from './tbc-business.bank.js';
import { tbcCheckout } from './tbc-checkout.bank.js';
import { tbcInstallments } from './tbc-installments.bank.js';
import { tbcTpay } from './tbc-tpay.bank.js';
import { unipay } from './unipay.bank.js';

const definitions = [
  bogBusiness,
  bogInstallments,
  bogIpay,
  bogPayments,
  partner,
  tbcBusiness,
  tbcCheckout,
  tbcInstallments,
  tbcTpay,
  unipay,
] as const;

/** The ids of the built-in definitions. */
export type BankId = (typeof definitions)[number]['id'];

/** The built-in definitions by id. */
export const builtInBanks: ReadonlyMap<string, BankDefinition> = new Map(
  definitions.map((definition) => [definition.id, definition]),
);

/** Options that a built-in bank requires, for the types; the definitions decide at run time. */
interface RequiredOptions {
  'tbc-business': 'scopes';
  'tbc-checkout': 'apiKey';
  'tbc-tpay': 'apiKey';
  partner: 'apiBaseUrl';
}

export type RequiredOption<K extends string> = K extends keyof RequiredOptions ? RequiredOptions[K] : never;
