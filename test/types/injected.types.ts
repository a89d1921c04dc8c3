// Compiled, never run: each `@ts-expect-error` is a mistake that the types have to flag, everything else is right.
import type { HttpService } from '@nestjs/axios';
import { Injectable } from '@nestjs/common';
import axios from 'axios';
import type { Observable } from 'rxjs';
import {
  type AccessToken,
  type BankAuthErrorCode,
  type BankAuthInterceptor,
  type BankFetch,
  defineBank,
  InjectBankFetch,
  InjectBankHttp,
  InjectBankInterceptor,
  InjectTokenService,
  isBankAuthError,
  partner,
  type TokenService,
  type TokenStatus,
} from '../../src/index.js';
import { BankSimulator, provideFakeBankHttp, provideFakeTokenService } from '../../src/testing/index.js';

@Injectable()
export class Payments {
  @InjectTokenService('bog-payments') readonly byProperty!: TokenService;
  @InjectBankHttp('bog-payments') readonly http!: HttpService;
  @InjectBankFetch('bog-payments') readonly fetch!: BankFetch;
  @InjectBankInterceptor('bog-payments') readonly interceptor!: BankAuthInterceptor;

  constructor(
    @InjectTokenService('bog-payments') readonly tokens: TokenService,
    @InjectBankHttp('bog-payments') readonly bog: HttpService,
    @InjectBankInterceptor('any-name') readonly attachable: BankAuthInterceptor,
  ) {}
}

export async function rightUsages(
  { tokens, http, interceptor }: Payments,
  signal: AbortSignal,
): Promise<void> {
  const value: string = await tokens.getAccessToken({ signal, timeout: 100 });
  const one: Observable<AccessToken> = tokens.getToken();
  const all: Observable<AccessToken> = tokens.token$;
  const status: TokenStatus = tokens.status;
  tokens.invalidate(value);
  one.subscribe((token) => tokens.invalidate(token));
  all.subscribe(({ headers }) => headers.Authorization);
  void status.state;

  // `bankAuth` in the configuration of a request, of Nest's service and of axios.
  http.post('/orders', {}, { bankAuth: { replay: true } });
  http.get('/orders', { bankAuth: { merchant: 'shop' }, params: { a: 1 } });
  const instance = axios.create({ baseURL: 'https://api.example', bankAuth: { replay: false } });
  const detach: () => void = interceptor.attach(instance);
  interceptor.attach(instance, { merchant: 'shop' });
  detach();
  await instance.request({ url: '/', bankAuth: { merchant: 'shop', replay: false } });
}

export async function fetches({ fetch }: Payments, signal: AbortSignal): Promise<void> {
  const response: Response = await fetch('/orders', { signal, bankAuth: { merchant: 'shop', replay: true } });
  await fetch(new URL('https://api.bog.ge/orders'), { method: 'POST', body: new FormData() });
  await fetch.forMerchant('shop')(new Request('https://api.bog.ge/orders'));
  // Wherever a `fetch` is wanted.
  const any: typeof globalThis.fetch = fetch;
  const provider: string = fetch.provider;
  void [response, any, provider];
  // @ts-expect-error: misspelt
  await fetch('/orders', { bankAuth: { merchantId: 'shop' } });
  // @ts-expect-error: a key is required
  fetch.forMerchant();
}

export function errors(error: unknown): string | number | undefined {
  // @ts-expect-error: unknown until it is recognised
  void error.provider;
  if (isBankAuthError(error, 'BANK_AUTH_UNAVAILABLE')) return error.retryAfterMs;
  if (!isBankAuthError(error)) return undefined;
  const code: BankAuthErrorCode = error.code;
  return error.requestSent ? error.status : `${code} ${error.provider} ${error.merchant}`;
}

export async function fakes(): Promise<unknown[]> {
  const simulator = await BankSimulator.start('bog-payments', 'tbc-tpay');
  return [
    provideFakeTokenService('bog-payments'),
    provideFakeTokenService('bog-payments', {
      value: 'x',
      scopes: ['a'],
      lifetime: 1,
      error: new Error('x'),
    }),
    provideFakeBankHttp('bog-payments', async ({ method }) => ({ status: 201, body: { method } })),
    simulator.options('bog-payments').providers['bog-payments'].clientId,
    simulator.env('tbc-tpay').TBC_TPAY_API_KEY,
  ];
}

export function wrongUsages({ tokens, http, interceptor }: Payments): void {
  // @ts-expect-error: not an option of a request
  http.get('/orders', { bankAuth: { merchnat: 'shop' } });
  // @ts-expect-error: true or false
  http.get('/orders', { bankAuth: { replay: 'yes' } });
  // @ts-expect-error: a key is a text
  http.get('/orders', { bankAuth: { merchant: 1 } });
  // @ts-expect-error: an axios instance, not a service
  interceptor.attach(http);
  // @ts-expect-error: a token or its value
  tokens.invalidate(1);
  // @ts-expect-error: milliseconds are a number
  void tokens.getAccessToken({ timeout: '100' });
  // @ts-expect-error: read-only
  tokens.provider = 'other';
  // @ts-expect-error: a status never has the token
  void tokens.status.value;
  // @ts-expect-error: no such code
  isBankAuthError(new Error('x'), 'BANK_AUTH_OTHER');
  // @ts-expect-error: no such bank
  void BankSimulator.start('acme');
}

export async function simulated(): Promise<void> {
  const acme = defineBank({ ...partner, id: 'acme' });
  const banks = await BankSimulator.start('partner', acme, { bank: 'bog-ipay', port: 4010 });
  for (const id of ['partner', 'acme', 'bog-ipay'] as const) void banks.bank(id);
  // @ts-expect-error: not started
  void banks.bank('tbc-tpay');
  // @ts-expect-error: not started
  void banks.options('tbc-tpay');
  const any: BankSimulator = banks;
  void any.bank('whatever');
  const all = await BankSimulator.start();
  void all.bank('tbc-tpay');
}
