// A user's source for the entries that need no optional peer.
import type { HttpService } from '@nestjs/axios';
import {
  type AccessToken,
  type BankAuthEvent,
  BankAuthModule,
  type BankAuthOptionsFactory,
  type BankDefinition,
  type BankFetch,
  bankAuthFromEnv,
  bankCallOf,
  defineBank,
  InjectBankHttp,
  InjectTokenService,
  isBankAuthError,
  MemoryTokenStore,
  type TokenService,
  type TokenStore,
} from 'nestjs-bank-auth';
import { paypal } from 'nestjs-bank-auth/banks/paypal';
import { BankAuthDevtoolsModule } from 'nestjs-bank-auth/devtools';
import { BankSimulator, provideFakeBankHttp, provideFakeTokenService } from 'nestjs-bank-auth/testing';
import { verifyBogCallback } from 'nestjs-bank-auth/webhooks';

declare module 'nestjs-bank-auth' {
  interface BankAuthRegistry {
    'bog-payments': true;
    'tbc-tpay': true;
  }
}

class Payments {
  constructor(
    @InjectBankHttp('bog-payments') readonly http: HttpService,
    @InjectTokenService('tbc-tpay') readonly tokens: TokenService,
  ) {}
}
// @ts-expect-error no provider of this application is called so
InjectBankHttp('bog-paymets');

export const acme: BankDefinition = defineBank({
  id: 'acme',
  title: 'Acme Bank',
  tokenUrl: { production: 'https://login.acme.example/oauth/token' },
  apiBaseUrl: { production: 'https://api.acme.example/v2' },
  clientAuthentication: { method: 'client_secret_post' },
});
export const store: TokenStore = new MemoryTokenStore();
export const factories: BankAuthOptionsFactory[] = [];
export const modules = [
  BankAuthModule.forRootAsync({ ...bankAuthFromEnv('bog-payments', 'tbc-tpay'), isGlobal: true }),
  BankAuthModule.forRoot({
    environment: 'sandbox',
    providers: { paypal: { bank: paypal, clientId: 'a', clientSecret: 'b' } },
    store,
  }),
  BankAuthDevtoolsModule.forRoot({ path: 'internal/banks' }),
];
export const genuine: boolean = verifyBogCallback(Buffer.from('{}'), '', '-----BEGIN PUBLIC KEY-----');
export const fakes = [provideFakeBankHttp, provideFakeTokenService];
export const attempts = (error: unknown): number | undefined =>
  isBankAuthError(error) ? error.retryAfterMs : bankCallOf(error)?.attempts;
export const label = (event: BankAuthEvent): string =>
  event.type === 'token.braked' ? `${event.until}` : event.merchant;

export async function use({ http, tokens }: Payments, token: AccessToken, bankFetch: BankFetch) {
  const simulator = await BankSimulator.start('partner');
  http.get('/x', { bankAuth: { replay: true } });
  tokens.invalidate(token);
  // @ts-expect-error an internal member is no part of the types
  tokens.acquire();
  const answer = await bankFetch('/x', { bankAuth: { merchant: 'flowers' } });
  return [BankAuthModule.forRoot({ ...simulator.options('partner'), isGlobal: true }), answer.status];
}
