// Compiled, never run: each `@ts-expect-error` is a mistake that the types have to flag, everything else is right.
import { Agent } from 'node:https';
import { BehaviorSubject, EMPTY, of } from 'rxjs';
import {
  BankAuthModule,
  type BankAuthOptions,
  type BankId,
  bogPayments,
  type Credentials,
  type CredentialsResolver,
  defineBank,
  MemoryTokenStore,
  type MerchantsOptions,
  type ProviderOptions,
  type TokenRequestsOptions,
  tbcBusiness,
} from '../../src/index.js';

const bog = { clientId: 'id', clientSecret: 'secret' };
const myBank = defineBank({
  id: 'my-bank',
  title: 'My bank',
  tokenUrl: { production: 'https://my-bank.example/token' },
  apiBaseUrl: { production: 'https://my-bank.example' },
  clientAuthentication: { method: 'client_secret_basic' },
});

export function rightUsages(environment: 'production' | 'sandbox', enabled: boolean): void {
  BankAuthModule.forRoot({ environment: 'sandbox', providers: { 'bog-payments': bog } });
  BankAuthModule.forRoot({
    environment,
    isGlobal: true,
    store: new MemoryTokenStore(),
    refresh: { aheadFraction: 0.2, aheadMax: 1, unusableFraction: 0.1, unusableMax: 1, jitter: 0 },
    retry: { attempts: 1, attemptTimeout: 1, deadline: 1 },
    cooldown: { rejected: 1_000, unavailableMax: 1_000 },
    warmUp: 'required',
    providers: {
      'bog-payments': { ...bog, scopes: ['a'], allowedOrigins: ['https://a.example'], keepWarm: true },
      'tbc-tpay': { ...bog, apiKey: 'key', environment: 'production', http: { timeout: 1, proxy: false } },
      'tbc-checkout': { ...bog, apiKey: 'key', http: { httpsAgent: new Agent() } },
      'tbc-business': { ...bog, scopes: ['bab_accounts'] },
      partner: { ...bog, apiBaseUrl: 'https://partner.example', allowInsecureOrigins: [] },
    },
  });
  // Names of the user, with a built-in bank or one of their own.
  BankAuthModule.forRoot({
    environment,
    warmUp: false,
    providers: {
      'bog-main': { ...bog, bank: 'bog-payments' },
      variant: { ...bog, bank: bogPayments },
      'my-bank': { ...bog, bank: myBank },
      statements: { ...bog, bank: tbcBusiness, scopes: ['bab_accounts'] },
    },
  });
  // What is switched off needs nothing of what its bank requires.
  BankAuthModule.forRoot({
    environment,
    providers: {
      'tbc-tpay': { enabled: false },
      'tbc-business': { enabled: false, clientId: 'id' },
      partner: { enabled: false },
    },
  });
  // A flag decides at run time, so everything is there.
  BankAuthModule.forRoot({ environment, providers: { 'tbc-tpay': { ...bog, apiKey: 'key', enabled } } });
  // Put together elsewhere.
  const provider: ProviderOptions<'bog-payments'> = bog;
  const options: BankAuthOptions<'bog-payments'> = { environment, providers: { 'bog-payments': provider } };
  BankAuthModule.forRoot(options);
  BankAuthModule.forRoot({ ...options, isGlobal: true });
  BankAuthModule.forRoot({ environment, providers: { 'bog-payments': bog } } as BankAuthOptions);
  // Merchants whose credentials are found by a function: what belongs to credentials is not required besides.
  const find = (merchant: string) => (merchant === 'a' ? bog : undefined);
  const merchants: MerchantsOptions = { limit: 1, idleTime: 1_000 };
  const tokenRequests: TokenRequestsOptions = { concurrency: 1, queue: 0, rate: { requests: 1, per: 1 } };
  BankAuthModule.forRoot({
    environment,
    merchantLabel: 'hash',
    providers: {
      'bog-payments': { credentials: find, merchants, tokenRequests },
      'tbc-tpay': { credentials: async (merchant) => ({ ...bog, apiKey: merchant.trim(), version: '1' }) },
      'tbc-checkout': { ...bog, apiKey: 'key', credentials: () => Promise.resolve(null), keepWarm: true },
      'tbc-business': {
        credentials: (merchant) => of({ clientId: merchant }, null),
        scopes: ['bab_accounts'],
      },
      partner: { credentials: () => EMPTY, apiBaseUrl: 'https://partner.example' },
      'bog-main': { bank: 'bog-payments', credentials: () => new BehaviorSubject<Credentials>(bog) },
    },
  });
  const resolver: CredentialsResolver = async (merchant) => (merchant === 'a' ? bog : null);
  const ofMerchants: ProviderOptions<'tbc-tpay'> = { credentials: resolver };
  BankAuthModule.forRoot({
    environment,
    merchantLabel: (merchant) => merchant.slice(0, 2),
    providers: { 'tbc-tpay': ofMerchants },
  });
  // Read-only lists, as constants have them.
  const scopes = ['bab_accounts', 'bab_transfers'] as const;
  BankAuthModule.forRoot({ environment, providers: { 'tbc-business': { ...bog, scopes } } });
  const ids: BankId[] = ['bog-payments', 'tbc-installments', 'bog-ipay', 'bog-business', 'bog-installments'];
  ids.pop();
}

export function wrongUsages(environment: 'production' | 'sandbox', text: string): void {
  // @ts-expect-error: nothing chooses an environment silently
  BankAuthModule.forRoot({ providers: { 'bog-payments': bog } });
  BankAuthModule.forRoot({
    // @ts-expect-error: no such environment
    environment: 'staging',
    providers: { 'bog-payments': bog },
  });
  BankAuthModule.forRoot({
    // @ts-expect-error: any text is no environment
    environment: text,
    providers: { 'bog-payments': bog },
  });
  // @ts-expect-error: providers are missing
  BankAuthModule.forRoot({ environment });
  BankAuthModule.forRoot({
    environment,
    // @ts-expect-error: tbc-tpay wants an API key
    providers: { 'tbc-tpay': bog },
  });
  BankAuthModule.forRoot({
    environment,
    // @ts-expect-error: tbc-checkout wants an API key
    providers: { 'tbc-checkout': bog },
  });
  BankAuthModule.forRoot({
    environment,
    // @ts-expect-error: tbc-business wants scopes
    providers: { 'tbc-business': bog },
  });
  BankAuthModule.forRoot({
    environment,
    // @ts-expect-error: the partner has no host of its own
    providers: { partner: bog },
  });
  BankAuthModule.forRoot({
    environment,
    // @ts-expect-error: enabled: true lifts nothing
    providers: { 'tbc-tpay': { ...bog, enabled: true } },
  });
  BankAuthModule.forRoot({
    environment,
    providers: {
      'bog-payments': {
        ...bog,
        // @ts-expect-error: not an option
        clientID: 'id',
      },
    },
  });
  BankAuthModule.forRoot({
    environment,
    providers: {
      'bog-payments': {
        ...bog,
        // @ts-expect-error: scopes are a list
        scopes: 'a b',
      },
    },
  });
  BankAuthModule.forRoot({
    environment,
    providers: {
      'bog-main': {
        ...bog,
        // @ts-expect-error: no built-in bank is called so
        bank: 'bog-payment',
      },
    },
  });
  BankAuthModule.forRoot({
    environment,
    providers: { 'bog-payments': bog },
    // @ts-expect-error: not an option
    warmup: false,
  });
  BankAuthModule.forRoot({
    environment,
    providers: { 'bog-payments': bog },
    // @ts-expect-error: only false switches it off
    warmUp: true,
  });
  BankAuthModule.forRoot({
    environment,
    providers: { 'bog-payments': bog },
    // @ts-expect-error: numbers are numbers
    retry: { attempts: '3' },
  });
  BankAuthModule.forRoot({
    environment,
    providers: { 'bog-payments': bog },
    // @ts-expect-error: no store has but one method
    store: { read: async () => undefined },
  });
  BankAuthModule.forRoot({
    environment,
    // @ts-expect-error: scopes belong to no merchant
    providers: { 'tbc-business': { credentials: () => bog } },
  });
  BankAuthModule.forRoot({
    environment,
    // @ts-expect-error: nor does the host of the partner
    providers: { partner: { credentials: () => bog } },
  });
  BankAuthModule.forRoot({
    environment,
    // @ts-expect-error: options for merchants find none
    providers: { 'tbc-tpay': { merchants: { limit: 1 } } },
  });
  BankAuthModule.forRoot({
    environment,
    // @ts-expect-error: credentials are found by a function
    providers: { 'bog-payments': { credentials: bog } },
  });
  BankAuthModule.forRoot({
    environment,
    providers: {
      // @ts-expect-error: a secret alone is no credentials
      'bog-payments': { credentials: () => ({ clientSecret: 'secret' }) },
    },
  });
  BankAuthModule.forRoot({
    environment,
    providers: {
      // @ts-expect-error: nor is it when it comes later
      'bog-payments': { credentials: () => of('secret') },
    },
  });
  BankAuthModule.forRoot({
    environment,
    providers: {
      // @ts-expect-error: the key is a text
      'bog-payments': { credentials: (merchant: number) => ({ ...bog, version: `${merchant}` }) },
    },
  });
  BankAuthModule.forRoot({
    environment,
    providers: {
      'bog-payments': {
        credentials: () => bog,
        // @ts-expect-error: not an option
        merchants: { max: 1 },
      },
    },
  });
  BankAuthModule.forRoot({
    environment,
    providers: {
      'bog-payments': {
        ...bog,
        // @ts-expect-error: so many in which time?
        tokenRequests: { rate: { requests: 1 } },
      },
    },
  });
  BankAuthModule.forRoot({
    environment,
    providers: { 'bog-payments': bog },
    // @ts-expect-error: no such label
    merchantLabel: 'name',
  });
  const options: BankAuthOptions<'bog-payments' | 'tbc-installments'> = {
    environment,
    // @ts-expect-error: the names are part of the type
    providers: { 'bog-payments': bog },
  };
  BankAuthModule.forRoot(options);
  const surplus: BankAuthOptions<'bog-payments'> = {
    environment,
    // @ts-expect-error: another built-in bank than the type names
    providers: { 'bog-payments': bog, 'tbc-installments': bog },
  };
  BankAuthModule.forRoot(surplus);
  // @ts-expect-error: a definition says how the client proves itself
  defineBank({ id: 'x', title: 'X', tokenUrl: {}, apiBaseUrl: {} });
  defineBank({
    ...myBank,
    // @ts-expect-error: for whom the assertions are is missing (RFC 10070)
    clientAuthentication: { method: 'private_key_jwt', algorithm: 'ES256' },
  });
  defineBank({
    ...myBank,
    clientAuthentication: {
      method: 'client_secret_jwt',
      // @ts-expect-error: an algorithm of private keys
      algorithm: 'ES256',
      audience: { sandbox: 'https://issuer' },
    },
  });
  const withAccounts = defineBank({
    ...myBank,
    headers: ({ value }, { values }) => ({
      Authorization: `Bearer ${value}`,
      'X-Account': values.account ?? '',
    }),
    options: { values: { account: 'required' }, hints: { 'values.account': 'the number of the account' } },
  });
  const accounts: BankAuthOptions<'x'> = {
    environment,
    providers: {
      x: { bank: withAccounts, clientId: 'id', clientSecret: 'secret', values: { account: '7' } },
    },
  };
  BankAuthModule.forRoot(accounts);
}
