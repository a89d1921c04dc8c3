import { describe, expect, test } from '@jest/globals';
import { AccessToken, type BankAuthError, isBankAuthError } from 'nestjs-bank-auth';
import { firstValueFrom } from 'rxjs';
import { rejection } from '../support/bank-app.js';
import { FaultApp, PROVIDER, SCOPES } from './fault-app.js';
import { FAULTS } from './fault-table.js';
import type { TokenFailure, TokenOutcome } from './faults.types.js';
import { FaultyBank } from './faulty-bank.js';

const RETRYABLE = new Set(['BANK_AUTH_UNAVAILABLE']);

describe.each(FAULTS.token.map(({ heading, rows }) => ({ heading, rows })))('$heading', ({ rows }) => {
  test.each(rows.map((row, index) => ({ ...row, row, isFirst: index === 0 })))(
    '$what ($id)',
    async ({ row, isFirst }) => {
      const bank = await FaultyBank.start(row.id, row.https && 'token');
      const app = await FaultApp.start(bank, row.bank, isFirst);
      try {
        await row.fault(bank.token, bank);
        if ('error' in row.outcome) await expectFailure(app, row.outcome, isFirst);
        else await expectToken(app, row.outcome, isFirst);
        expectCleanRequests(app);
        expect(app.scanner.findings).toEqual([]);
      } finally {
        await app.stop();
      }
    },
    20_000,
  );
});

async function expectFailure(app: FaultApp, outcome: TokenFailure, whole: boolean): Promise<void> {
  const { bank, tokens, http, clock, scanner } = app;
  const { error: code, says, status, tokenRequests, nextRequestAfterMs } = outcome;
  const first = await app.getToken();
  const details = {
    code,
    provider: PROVIDER,
    merchant: 'default',
    retryable: RETRYABLE.has(code),
    requestSent: false,
  };
  expect(first).toMatchObject({ ...details, retryAfterMs: nextRequestAfterMs });
  const error = first as BankAuthError;
  expect(says).toContain(/ \((.+?)\)\. /.exec(error.message)?.[1]);
  expect(error.status).toBe(status);
  expect(bank.tokenRequests).toBe(tokenRequests);
  expect(tokens.status).toEqual({
    provider: PROVIDER,
    merchant: 'default',
    state: 'cooling-down',
    failures: 1,
    since: clock.wall(),
    retryAt: clock.wall() + nextRequestAfterMs,
    lastErrorCode: code,
    lastErrorAt: clock.wall(),
    ...(status === undefined ? {} : { lastStatus: status }),
  });
  expect(app.logged).toEqual([`${RETRYABLE.has(code) ? 'warn' : 'error'} [${code}] ${error.message}`]);
  if (outcome.takesAtMost !== undefined) {
    await app.until(() => bank.token.open === 0, 'the end of the connection');
    expect(bank.token.written).toBeLessThan(outcome.takesAtMost);
  }

  // No token, no payment.
  const payment = await app.drive(rejection(firstValueFrom(http.post('/payments', { amount: 1 }))));
  expect(payment).toMatchObject({ ...details, retryAfterMs: nextRequestAfterMs });
  if (whole) scanner.error('an error', first);
  else scanner.reach('an error', first);
  scanner.reach('the error of a payment', payment);
  app.scan(whole);

  await bank.heal();
  await clock.advance(nextRequestAfterMs - 1);
  const early = await app.getToken();
  expect(early).toMatchObject({ ...details, retryAfterMs: 1 });
  scanner.reach('an error during the cool-down', early);
  expect([bank.tokenRequests, bank.api.connections]).toEqual([tokenRequests, 0]);
  await clock.advance(1);
  expect(await app.getToken()).toBeInstanceOf(AccessToken);
  expect(bank.tokenRequests).toBe(tokenRequests + 1);
  expect(tokens.status).toMatchObject({ state: 'fresh', failures: 0 });
  expect(app.logged.filter((line) => !line.includes('_STILL_FAILING]'))).toHaveLength(2);
  await expectPayment(app);
}

async function expectToken(
  app: FaultApp,
  { token, tokenRequests }: TokenOutcome,
  whole: boolean,
): Promise<void> {
  const { bank, tokens, clock, scanner } = app;
  const got = (await app.getToken()) as AccessToken;
  if (isBankAuthError(got)) throw got;
  expect(got.value).toBe(bank.issued.at(-1));
  expect(got.expiresAt - got.issuedAt).toBe(token.lifetimeMs);
  expect(got.scopes).toEqual(token.scopes ?? SCOPES);
  expect(bank.tokenRequests).toBe(tokenRequests);
  expect(tokens.status).toMatchObject({ state: 'fresh', failures: 0, expiresAt: got.expiresAt });
  expect(app.logged).toEqual([]);
  scanner.print('a token', got);
  scanner.print('what token$ emits', await firstValueFrom(tokens.token$));
  await expectPayment(app);
  app.scan(whole);
  if (whole) scanner.report('the diagnostic report');

  await bank.heal();
  await clock.advance(token.lifetimeMs);
  const next = await app.getToken();
  expect(next).toBeInstanceOf(AccessToken);
  expect((next as AccessToken).value).not.toBe(got.value);
  expect(bank.tokenRequests).toBe(tokenRequests + 1);
}

/** A payment leaves with the token, and nothing that the caller gets shows it. */
async function expectPayment(app: FaultApp): Promise<void> {
  const { bank, http, scanner } = app;
  const response = await firstValueFrom(http.post('/payments', { amount: 1 }));
  expect(response.status).toBe(200);
  expect(bank.api.requests).toHaveLength(1);
  expect(bank.api.requests[0]?.headers).toMatchObject({
    authorization: `Bearer ${bank.issued.at(-1)}`,
    apikey: bank.credentials.apiKey,
  });
  scanner.reach('the response of a payment', response);
}

/** Each request that the bank saw was the right one, and nobody else saw any. */
function expectCleanRequests({ bank }: FaultApp): void {
  const { clientId, clientSecret, apiKey } = bank.credentials;
  const authorization = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`;
  for (const { method, path, headers, body } of bank.token.requests) {
    expect([method, path, body]).toEqual([
      'POST',
      '/oauth/token',
      'grant_type=client_credentials&scope=payments',
    ]);
    expect(headers).toMatchObject({ authorization, apikey: apiKey });
    expect(headers).not.toHaveProperty('cookie');
  }
  expect(bank.elsewhere.connections).toBe(0);
}
