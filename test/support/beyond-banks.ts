import { efiPix } from 'nestjs-bank-auth/banks/efi-pix';
import { paypal } from 'nestjs-bank-auth/banks/paypal';
import { wise } from 'nestjs-bank-auth/banks/wise';

/** The definitions beyond the registry, each by its own entry. */
export const beyondBanks = [efiPix, paypal, wise] as const;

/** Those that can be simulated: the simulator sees no certificate. */
export const simulatedBeyond = [paypal] as const;
