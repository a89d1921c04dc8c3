// What the compiler says to an application: `//!` gives words of the one error that follows, up to the next `//!` or
// `//`; `//! not:` gives words that it must not have. Everything else compiles.
import type { HttpService } from '@nestjs/axios';
import { ConfigService } from '@nestjs/config';
import axios from 'axios';
import {
  type BankAuthInterceptor,
  BankAuthModule,
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
} from 'nestjs-bank-auth';
import { provideFakeBankFetch, provideFakeBankHttp, provideFakeTokenService } from 'nestjs-bank-auth/testing';

declare const name: string;
declare const key: string | undefined;
declare const flag: boolean;
declare const http: HttpService;
declare const interceptor: BankAuthInterceptor;
const environment = 'sandbox';
const bog = { clientId: 'id', clientSecret: 'secret' };
const myBank = defineBank({
  id: 'my-bank',
  title: 'My bank',
  tokenUrl: { production: '/token' },
  apiBaseUrl: { production: 'https://my-bank.example' },
  clientAuthentication: { method: 'client_secret_basic' },
});

// While nobody has added to BankAuthRegistry, any string is a provider's name.
export class AnyName {
  constructor(
    @InjectBankHttp('bog-main') readonly http: HttpService,
    @InjectBankFetch('bog-main') readonly fetch: unknown,
    @InjectTokenService(name) readonly tokens: unknown,
    @InjectBankInterceptor('anything') readonly interceptor: unknown,
  ) {}
}
export const tokens = [
  getBankFetchToken(name),
  getBankHttpToken(name),
  getTokenServiceToken('x'),
  getBankInterceptorToken('y'),
];
export const fakes = [provideFakeBankFetch(name), provideFakeBankHttp(name), provideFakeTokenService('x')];
BankAuthModule.forRootAsync(bankAuthFromEnv('bog-payments', name, myBank));

// Each request, and what all requests of an instance have in common.
http.get('/x', { bankAuth: { merchant: 'flowers' } });
http.get('/x', { bankAuth: { merchant: 'flowers', replay: flag } });
http.get('/x', { bankAuth: { replay: true } });
http.get('/x', key === undefined ? {} : { bankAuth: { merchant: key } });
axios.create({ bankAuth: { merchant: 'flowers' } }).interceptors.request.use((config) => {
  config.bankAuth = { ...config.bankAuth, merchant: config.bankAuth?.merchant ?? 'flowers' };
  return config;
});
interceptor.attach(axios.create());
interceptor.attach(axios.create(), {});
interceptor.attach(axios.create(), flag ? { merchant: 'flowers' } : {});

//! is not assignable to type 'BankAuthRequestOptions | undefined'
http.get('/x', { bankAuth: { merchant: undefined } });
//! Types of property 'merchant' are incompatible
//! Type 'undefined' is not assignable to type 'string'
//! not: 'replay'
http.get('/x', { bankAuth: { merchant: key } });
//! is not assignable to type 'BankAuthRequestOptions | undefined'
http.get('/x', { bankAuth: {} });
//! 'merchantId' does not exist in type 'BankAuthRequestOptions'. Did you mean to write 'merchant'?
http.get('/x', { bankAuth: { merchantId: 'flowers' } });
//! Type 'undefined' is not assignable to type 'string'
interceptor.attach(axios.create(), { merchant: key });
//! 'merchants' does not exist
interceptor.attach(axios.create(), { merchants: 'flowers' });

// What a bank requires is missed by its name, whether or not the options are written where they are used.
//! Property 'apiKey' is missing
//! not: credentials
BankAuthModule.forRoot({ environment, providers: { 'tbc-tpay': bog } });
//! Property 'apiKey' is missing
//! not: credentials
BankAuthModule.forRoot({
  environment,
  providers: { 'tbc-checkout': { clientId: 'id', clientSecret: 'secret', scopes: ['a'], keepWarm: true } },
});
//! Property 'apiKey' is missing
//! not: credentials
BankAuthModule.forRoot({ environment, providers: { 'tbc-tpay': { ...bog, enabled: true } } });
//! Types of property 'apiKey' are incompatible
//! not: credentials
BankAuthModule.forRoot({ environment, providers: { 'tbc-tpay': { ...bog, apiKey: key } } });
//! is not assignable to type 'CredentialsResolver'
//! not: apiKey
BankAuthModule.forRoot({ environment, providers: { 'tbc-tpay': { credentials: () => 'secret' } } });
//! Property 'scopes' is missing
//! not: credentials
BankAuthModule.forRoot({ environment, providers: { 'tbc-business': bog } });
//! Property 'scopes' is missing
//! not: apiKey
BankAuthModule.forRoot({ environment, providers: { 'tbc-business': { credentials: () => bog } } });
//! Property 'apiBaseUrl' is missing
//! not: credentials
BankAuthModule.forRoot({ environment, providers: { partner: bog } });
//! Property 'apiKey' is missing
//! not: credentials
BankAuthModule.forRootAsync({
  providers: ['tbc-tpay'],
  useFactory: () => ({ environment: 'sandbox', providers: { 'tbc-tpay': bog } }),
});

// A factory that says nothing about its type says nothing wrong; what is said besides is still looked at.
BankAuthModule.forRootAsync({
  providers: ['bog-payments'],
  inject: [ConfigService],
  useFactory: (config) => config.get('bankAuth'),
});
//! 'unknown options': "clientID"
BankAuthModule.forRootAsync({
  providers: ['bog-payments', 'partner'],
  useFactory: () => ({
    environment: 'sandbox',
    providers: { 'bog-payments': { ...bog, clientID: 'id' }, partner: JSON.parse('{}') },
  }),
});
//! 'configured but not listed': "bog-ipay"
BankAuthModule.forRootAsync({
  providers: ['bog-payments'],
  useFactory: () => ({
    environment: 'sandbox',
    providers: { 'bog-payments': JSON.parse('{}'), 'bog-ipay': JSON.parse('{}') },
  }),
});
//! 'unknown options': "warmup"
BankAuthModule.forRootAsync({
  providers: ['bog-payments'],
  useFactory: () => ({ environment: 'sandbox', providers: JSON.parse('{}'), warmup: false }),
});
