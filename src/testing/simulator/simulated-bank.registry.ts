import type { BankProfile } from './bank-profile.types.js';
import { bogBusiness } from './bog-business.simulated-bank.js';
import { bogInstallments } from './bog-installments.simulated-bank.js';
import { bogIpay } from './bog-ipay.simulated-bank.js';
import { bogPayments } from './bog-payments.simulated-bank.js';
import { partner } from './partner.simulated-bank.js';
import { tbcBusiness } from './tbc-business.simulated-bank.js';
import { tbcCheckout } from './tbc-checkout.simulated-bank.js';
import { tbcInstallments } from './tbc-installments.simulated-bank.js';
import { tbcTpay } from './tbc-tpay.simulated-bank.js';

/** Every bank that can be simulated. */
export const simulatedBankProfiles: ReadonlyMap<string, BankProfile> = new Map(
  [
    bogPayments,
    tbcBusiness,
    tbcInstallments,
    tbcTpay,
    partner,
    tbcCheckout,
    bogBusiness,
    bogInstallments,
    bogIpay,
  ].map((profile) => [profile.id, profile]),
);
