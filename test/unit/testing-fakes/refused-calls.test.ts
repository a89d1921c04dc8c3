import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { HttpService } from '@nestjs/axios';
import { Test } from '@nestjs/testing';
import {
  type BankFetch,
  bankCallOf,
  getBankFetchToken,
  getBankHttpToken,
  getTokenServiceToken,
  type TokenService,
} from 'nestjs-bank-auth';
import {
  type FakeBankFetch,
  type FakeBankHttp,
  type FakeTokenService,
  provideFakeBankFetch,
  provideFakeBankHttp,
  provideFakeTokenService,
} from '../../../src/testing/index.js';
import { closeApps, rejection, startApp } from '../../support/bank-app.js';
import { bank, useSimulatedBanks } from '../../support/simulated-bank.js';

// What the clients of a bank refuse, their fakes refuse with the same words: a test finds it, and not the payment.

useSimulatedBanks('bog-payments');

let real: { http: HttpService; fetch: BankFetch; tokens: TokenService };
let fake: { http: FakeBankHttp; fetch: FakeBankFetch; tokens: FakeTokenService };
beforeAll(async () => {
  real = await startApp(bank, { provider: { credentials: () => undefined } });
  const module = await Test.createTestingModule({
    providers: [
      provideFakeBankHttp('bog-payments'),
      provideFakeBankFetch('bog-payments'),
      provideFakeTokenService('bog-payments'),
    ],
  }).compile();
  fake = {
    http: module.get(getBankHttpToken('bog-payments')),
    fetch: module.get(getBankFetchToken('bog-payments')),
    tokens: module.get(getTokenServiceToken('bog-payments')),
  };
});
afterAll(closeApps);

const told = async (call: Promise<unknown>) => {
  const error = await rejection(call);
  const { name, message, code, requestSent } = error;
  const { delivery, attempts } = bankCallOf(error) ?? {};
  return { name, message, code, requestSent, delivery, attempts };
};

const BANK_AUTHS: [string, unknown][] = [
  ['merchant: undefined', { merchant: undefined }],
  ['merchant: null', { merchant: null }],
  ["merchant: ''", { merchant: '' }],
  ['a number for a merchant', { merchant: 7 }],
  ['a merchant of 2000 letters', { merchant: 'm'.repeat(2_000) }],
  ['a misspelt merchant', { merchantId: 'A' }],
  ['replay that is no boolean', { replay: 'yes' }],
  ['a list', ['A']],
  ['a string', 'A'],
  ['null', null],
];

describe('a bankAuth with', () => {
  test.each(BANK_AUTHS)(
    '%s is refused by the HttpService of a bank and by its fake',
    async (_what, bankAuth) => {
      const refused = (http: HttpService) => told(http.axiosRef.post('/orders', {}, { bankAuth } as never));
      const [wanted, got] = [await refused(real.http), await refused(fake.http)];
      expect(got).toEqual(wanted);
      expect(got).toMatchObject({ code: 'BANK_AUTH_CONFIG', delivery: 'not-sent', attempts: 0 });
      expect(fake.http.requests).toEqual([]);
    },
  );

  test.each(BANK_AUTHS)('%s is refused by the fetch of a bank and by its fake', async (_what, bankAuth) => {
    const refused = (fetch: BankFetch) => told(fetch('/orders', { bankAuth } as never));
    const [wanted, got] = [await refused(real.fetch), await refused(fake.fetch)];
    expect(got).toEqual(wanted);
    expect(got).toMatchObject({ code: 'BANK_AUTH_CONFIG', delivery: 'not-sent', attempts: 0 });
    expect(fake.fetch.requests).toEqual([]);
  });
});

test.each([
  ['undefined', undefined],
  ['null', null],
  ['empty', ''],
  ['a number', 7],
  ['2000 letters', 'm'.repeat(2_000)],
])(
  'a merchant whose key is %s is refused by the TokenService of a bank and by its fake',
  async (_what, key) => {
    const refused = (tokens: { forMerchant(key: string): unknown }) =>
      told((async () => tokens.forMerchant(key as string))());
    const [wanted, got] = [await refused(real.tokens), await refused(fake.tokens)];
    expect(got).toEqual(wanted);
    expect(got.code).toBe('BANK_AUTH_CONFIG');
  },
);

test.each<[string, (fetch: BankFetch) => Promise<unknown>]>([
  ['a merchant beside bankAuth', (fetch) => fetch('/', { merchant: 'A' } as never)],
  ['replay beside bankAuth', (fetch) => fetch('/', { replay: true } as never)],
  ['a misspelt bankAuth', (fetch) => fetch('/', { bankauth: { merchant: 'A' } } as never)],
  [
    'a misspelt bankAuth on a Request',
    (fetch) => fetch(Object.assign(new Request('https://a.invalid/'), { bankAut: {} })),
  ],
  ['a dispatcher', (fetch) => fetch('/', { dispatcher: {} } as never)],
  ['integrity', (fetch) => fetch('/', { integrity: 'sha256-abc' })],
  ["redirect: 'follow'", (fetch) => fetch('/', { redirect: 'follow' })],
  ['a body that was not made JSON', (fetch) => fetch('/', { method: 'POST', body: { total: 5 } as never })],
  ['a function for a body', (fetch) => fetch('/', { method: 'POST', body: (() => 1) as never })],
  ['no URL', (fetch) => fetch({} as never)],
  ['options that are no object', (fetch) => fetch('/', 'POST' as never)],
  ['a header that cannot be', (fetch) => fetch('/', { headers: { 'x-a': 'b\nc' } })],
  ['a signal that is none', (fetch) => fetch('/', { signal: {} as never })],
  ['no merchant key', async (fetch) => fetch.forMerchant(undefined as never)],
  ['an empty merchant key', async (fetch) => fetch.forMerchant('')],
])('%s is refused by the fetch of a bank and by its fake', async (_what, call) => {
  const [wanted, got] = [await told(call(real.fetch)), await told(call(fake.fetch))];
  expect(got).toEqual(wanted);
  expect(fake.fetch.requests).toEqual([]);
});
