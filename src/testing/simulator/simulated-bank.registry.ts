import type { BankProfile } from './bank-profile.types.js';
import { bogBusiness } from './banks/bog-business.simulated-bank.js';
import { bogInstallments } from './banks/bog-installments.simulated-bank.js';
import { bogIpay } from './banks/bog-ipay.simulated-bank.js';
import { bogPayments } from './banks/bog-payments.simulated-bank.js';
import { partner } from './banks/partner.simulated-bank.js';
import { tbcBusiness } from './banks/tbc-business.simulated-bank.js';
import { tbcCheckout } from './banks/tbc-checkout.simulated-bank.js';
import { tbcInstallments } from './banks/tbc-installments.simulated-bank.js';
import { tbcTpay } from './banks/tbc-tpay.simulated-bank.js';
import { unipay } from './banks/unipay.simulated-bank.js';

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
    unipay,
  ].map((profile) => [profile.id, profile]),
);
