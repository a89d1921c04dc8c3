// An application beside `bank-names.ts` of docs/configuration.md, which tells the compiler its providers' names: `//!`
// as in `any-name`.
import type { HttpService } from '@nestjs/axios';
import {
  BankAuthModule,
  type BankAuthProviderName,
  bankAuthFromEnv,
  defineBank,
  getBankFetchToken,
  getBankHttpToken,
  getBankInterceptorToken,
  getTokenServiceToken,
  InjectBankFetch,
  InjectBankHttp,
  InjectBankInterceptor,
  InjectTokenService,
  type TokenService,
} from 'nestjs-bank-auth';
import { provideFakeBankFetch, provideFakeBankHttp, provideFakeTokenService } from 'nestjs-bank-auth/testing';

declare const name: string;
declare const known: BankAuthProviderName;
const definition = {
  title: 'My bank',
  tokenUrl: { production: '/token' },
  apiBaseUrl: { production: 'https://my-bank.example' },
  clientAuthentication: { method: 'client_secret_basic' },
} as const;
const ownPayments = defineBank({ ...definition, id: 'bog-payments' });
const unknownBank = defineBank({ ...definition, id: 'unknown-bank' });

export class Known {
  constructor(
    @InjectBankHttp('bog-payments') readonly http: HttpService,
    @InjectBankFetch('bog-payments') readonly fetch: unknown,
    @InjectTokenService('tbc-tpay') readonly tokens: TokenService,
    @InjectBankInterceptor(known) readonly interceptor: unknown,
  ) {}
}
export const tokens = [
  getBankFetchToken('bog-payments'),
  getBankHttpToken(known),
  getTokenServiceToken('tbc-tpay'),
  getBankInterceptorToken('bog-payments'),
];
export const fakes = [provideFakeBankHttp('bog-payments'), provideFakeTokenService('tbc-tpay')];
BankAuthModule.forRootAsync(bankAuthFromEnv('tbc-tpay', ownPayments));

//! '"bog-paymets"' is not assignable to parameter of type '"bog-payments" | "tbc-tpay"'
InjectBankHttp('bog-paymets');
// A built-in bank is no exception.
//! '"bog-paymets"' is not assignable
InjectBankFetch('bog-paymets');
//! '"bog-paymets"' is not assignable
getBankFetchToken('bog-paymets');
//! '"tbc-checkout"' is not assignable
InjectTokenService('tbc-checkout');
//! 'string' is not assignable
InjectBankInterceptor(name);
//! '"bog-paymets"' is not assignable
getBankHttpToken('bog-paymets');
//! '"tbc-tpai"' is not assignable
getTokenServiceToken('tbc-tpai');
//! '""' is not assignable
getBankInterceptorToken('');
//! '"bog-paymets"' is not assignable
bankAuthFromEnv('bog-payments', 'bog-paymets');
//! '"unknown-bank"' is not assignable
bankAuthFromEnv(unknownBank);
//! '"bog-paymets"' is not assignable
provideFakeBankFetch('bog-paymets');
//! '"bog-paymets"' is not assignable
provideFakeBankHttp('bog-paymets');
//! '"bog-paymets"' is not assignable
provideFakeTokenService('bog-paymets');
