import { afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type BankDefinition, defineBank, type ProviderOptions, unipay } from 'nestjs-bank-auth';
import { airwallex } from 'nestjs-bank-auth/banks/airwallex';
import { efiPix } from 'nestjs-bank-auth/banks/efi-pix';
import { mpesaDaraja } from 'nestjs-bank-auth/banks/mpesa-daraja';
import { mtnMomo } from 'nestjs-bank-auth/banks/mtn-momo';
import { paypal } from 'nestjs-bank-auth/banks/paypal';
import { vippsMobilepay } from 'nestjs-bank-auth/banks/vipps-mobilepay';
import { wise } from 'nestjs-bank-auth/banks/wise';
import { firstValueFrom } from 'rxjs';
import type { SimulatedBank } from '../../src/testing/index.js';
import { closeApps, rejection, startApp } from '../support/bank-app.js';
import { sendRaw } from '../support/simulator-client.js';
import { StrictBank, type StrictPage } from '../support/strict/strict-bank.js';
import * as pages from '../support/strict/strict-pages.js';
import { authority, member, type TlsIdentity } from '../support/tls-identities.js';

interface Row {
  readonly page: StrictPage;
  readonly bank: BankDefinition;
  /** Of the token that the page's answer carries, in milliseconds. */
  readonly lifetime: number;
  readonly options?: Partial<ProviderOptions>;
  /** The provider wants a certificate of its clients. */
  readonly mutualTls?: true;
}

const { clientId, clientSecret, apiKey } = pages.CLIENT;

/** Those that the package has no definition of, as `docs/banks/shapes.md` says them. */
const goCardless = defineBank({
  id: 'gocardless',
  title: 'GoCardless Bank Account Data',
  tokenUrl: { production: '/api/v2/token/new/' },
  apiBaseUrl: { production: 'https://bankaccountdata.gocardless.com' },
  clientAuthentication: {
    method: 'client_secret_post',
    names: { clientId: 'secret_id', clientSecret: 'secret_key' },
  },
  tokenRequest: { format: 'json', grantType: false },
  tokenResponse: {
    tokenType: 'optional',
    members: { accessToken: 'access', expiresIn: 'access_expires' },
  },
});
const monnify = defineBank({
  id: 'monnify',
  title: 'Monnify',
  tokenUrl: { production: '/api/v1/auth/login' },
  apiBaseUrl: { production: 'https://api.monnify.com' },
  clientAuthentication: { method: 'client_secret_basic' },
  tokenRequest: { grantType: false },
  tokenResponse: {
    tokenType: 'optional',
    members: {
      accessToken: ['responseBody', 'accessToken'],
      expiresIn: ['responseBody', 'expiresIn'],
    },
  },
});

const trueLayer = defineBank({
  id: 'truelayer',
  title: 'TrueLayer: payments',
  tokenUrl: { production: 'https://auth.truelayer.com/connect/token' },
  apiBaseUrl: { production: 'https://api.truelayer.com' },
  clientAuthentication: { method: 'client_secret_post' },
  options: { defaultScopes: ['payments'] },
});

/** Every provider with its page, written from that page and not from our definition. */
const rows: readonly Row[] = [
  { page: pages.efiPix, bank: efiPix, lifetime: 3_600_000, mutualTls: true },
  { page: pages.wise, bank: wise, lifetime: 43_199_000, mutualTls: true },
  { page: pages.goCardless, bank: goCardless, lifetime: 86_400_000 },
  { page: pages.monnify, bank: monnify, lifetime: 3_567_000 },
  { page: pages.trueLayer, bank: trueLayer, lifetime: 3_600_000 },
  { page: pages.mpesaDaraja, bank: mpesaDaraja, lifetime: 3_599_000 },
  {
    page: pages.vippsMobilepay,
    bank: vippsMobilepay,
    lifetime: 3_599_000,
    options: { apiKey, values: { merchantSerialNumber: '123456' } },
  },
  { page: pages.airwallex, bank: airwallex, lifetime: 1_800_000 },
  {
    page: pages.mtnMomo,
    bank: mtnMomo,
    lifetime: 3_600_000,
    options: { apiKey, values: { targetEnvironment: 'mtnuganda' } },
  },
  { page: pages.paypal, bank: paypal, lifetime: 31_668_000 },
  { page: pages.unipay, bank: unipay, lifetime: 1_800_000 },
];

let ca: TlsIdentity;
let server: TlsIdentity;
let client: TlsIdentity;
beforeAll(async () => {
  ca = await authority('Pages');
  [server, client] = await Promise.all([member('bank', { ca }), member('client', { ca })]);
});

const running: StrictBank[] = [];
afterEach(async () => {
  await closeApps();
  await Promise.all(running.splice(0).map((bank) => bank.stop()));
});

async function startStrict(page: StrictPage, mutualTls?: true) {
  const strict = await StrictBank.start(page, mutualTls && { ...server, ca: ca.cert });
  running.push(strict);
  return strict;
}

async function start({ page, bank, options, mutualTls }: Row, more: Partial<ProviderOptions> = {}) {
  const strict = await startStrict(page, mutualTls);
  const urls = { tokenUrl: `${strict.origin}${page.token.target.split('?')[0]}`, apiBaseUrl: strict.origin };
  const certificate = mutualTls && { tlsCertificate: client.cert, tlsKey: client.key, tlsCa: ca.cert };
  const own = { bank, clientId, clientSecret, ...certificate, ...options };
  const providerOptions = () => ({ ...own, ...urls, ...more });
  const app = await startApp({ id: bank.id, providerOptions } as unknown as SimulatedBank);
  return { strict, ...app };
}

describe.each(rows.map((row) => [row.bank.id, row] as const))('the page of %s', (_, row) => {
  test('is followed to the letter by the token request and by a call', async () => {
    const { strict, http } = await start(row);
    const answer = await firstValueFrom(http.get('/anything')).catch(({ response }) => response);
    expect(strict.refusals).toEqual([]);
    expect(answer.data).toEqual({ ok: true });
    expect(strict.issued).toHaveLength(1);
  });

  test('states the lifetime of a token', async () => {
    const { strict, tokens } = await start(row);
    const { issuedAt, expiresAt, value } = await firstValueFrom(tokens.getToken());
    expect(value).toBe(strict.issued[0]);
    // An instant is told by the bank's clock, to the second.
    expect(expiresAt - issuedAt).toBeLessThanOrEqual(row.lifetime + 1_000);
    expect(expiresAt - issuedAt).toBeGreaterThan(row.lifetime - 2_500);
  });

  test('states the answer to a wrong secret', async () => {
    const { strict, tokens } = await start(row, { clientSecret: 'another-secret-0123456789' });
    expect(await rejection(tokens.getAccessToken())).toMatchObject({
      code: 'BANK_AUTH_CREDENTIALS_REJECTED',
      status: row.page.token.wrongSecret.status,
    });
    expect(strict.refusals).toEqual([]);
  });

  test('states the answer to a dead token, which is renewed once', async () => {
    const { strict, http, tokens } = await start(row);
    strict.kill(await tokens.getAccessToken());
    const { data } = await firstValueFrom(http.get('/anything'));
    expect(data).toEqual({ ok: true });
    expect(strict.issued).toHaveLength(2);
    expect(strict.refusals).toEqual([]);
  });

  test('is enforced by a server that refuses any difference', async () => {
    const strict = await startStrict(row.page);
    const { method, target, headers, body } = row.page.token;
    const [type, content] =
      body === ''
        ? ['text/plain', '']
        : 'json' in body
          ? ['application/json', JSON.stringify(body.json)]
          : ['application/x-www-form-urlencoded', new URLSearchParams(body.form).toString()];
    const all: [string, string][] = [...Object.entries(headers), ['content-type', type]];
    const ask = (path = target, by = method as string, lines = all, sent = content) =>
      sendRaw(`${strict.origin}${path}`, by, lines, sent);
    const without = (name: string) => all.filter(([other]) => other !== name);
    expect(await ask()).toBeLessThan(300);
    const others = [
      () => ask(`${target}${target.includes('?') ? '&' : '?'}scope=all`),
      () => ask(target, 'PUT'),
      () => ask(target, method, [...all, ['x-other', '1']]),
      () => ask(target, method, all, body !== '' && 'json' in body ? '{"more":1}' : 'more=1'),
      ...Object.keys(headers).map((name) => () => ask(target, method, without(name))),
    ];
    for (const other of others) expect(await other()).toBeGreaterThanOrEqual(400);
    expect(strict.issued).toHaveLength(1);
  });
});
