import { airwallex } from 'nestjs-bank-auth/banks/airwallex';
import { efiPix } from 'nestjs-bank-auth/banks/efi-pix';
import { mpesaDaraja } from 'nestjs-bank-auth/banks/mpesa-daraja';
import { mtnMomo } from 'nestjs-bank-auth/banks/mtn-momo';
import { paypal } from 'nestjs-bank-auth/banks/paypal';
import { vippsMobilepay } from 'nestjs-bank-auth/banks/vipps-mobilepay';
import { wise } from 'nestjs-bank-auth/banks/wise';

/** The definitions beyond the registry, each by its own entry. */
export const beyondBanks = [airwallex, efiPix, mpesaDaraja, mtnMomo, paypal, vippsMobilepay, wise] as const;

/** Those that can be simulated: the simulator sees no certificate. */
export const simulatedBeyond = [airwallex, mpesaDaraja, mtnMomo, paypal, vippsMobilepay] as const;
