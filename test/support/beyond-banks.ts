import { paypal } from 'nestjs-bank-auth/banks/paypal';

/** The definitions beyond the registry, each by its own entry. */
export const beyondBanks = [paypal] as const;
