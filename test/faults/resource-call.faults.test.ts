import { Readable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import axios, { type AxiosError, type AxiosResponse } from 'axios';
import { AccessToken, bankCallOf, isBankAuthError, isSafeToRepeat } from 'nestjs-bank-auth';
import { firstValueFrom } from 'rxjs';
import { FaultApp, PROVIDER } from './fault-app.js';
import { FAULTS } from './fault-table.js';
import type { ResourceCall, ResourceFault, ResourceOutcome } from './faults.types.js';
import { FaultyBank } from './faulty-bank.js';
import { deliveriesOf, HOUR, MINUTE } from './outcomes.js';

/** Real milliseconds: a call that has not ended by then never does. */
const NEVER = 15_000;

describe.each(FAULTS.resource.map(({ heading, rows }) => ({ heading, rows })))('$heading', ({ rows }) => {
  test.each(rows.map((row, index) => ({ ...row, row, isFirst: index === 0 })))(
    '$call.method: $what ($id)',
    async ({ row, isFirst }) => {
      const { at = 'api', call, outcome } = row;
      const bank = await FaultyBank.start(row.id, row.https && at);
      const app = await FaultApp.start(bank, row.bank, isFirst);
      try {
        const before = await prepare(app, call);
        const requests = bank.api.requests.length;
        const tokenRequests = bank.tokenRequests;
        await row.fault(bank[at], bank);
        let last: unknown;
        for (let time = 0; time < (call.times ?? 1); time++) {
          const received = bank.api.received;
          last = await expectSight(app, call, outcome);
          expectDelivery(last, row, bank.api.received - received);
        }
        await app.until(
          () => bank.tokenRequests - tokenRequests >= outcome.tokenRequests,
          'the token requests',
        );
        expect(bank.api.requests.length - requests).toBe(outcome.requests);
        expect(bank.tokenRequests - tokenRequests).toBe(outcome.tokenRequests);
        app.scan(isFirst);
        if (isFirst) app.scanner.report('the diagnostic report', last instanceof Error ? last : undefined);
        await expectRecovery(app, outcome, before);
        expectCleanRequests(app);
        expect(app.scanner.findings).toEqual([]);
      } finally {
        await app.stop();
      }
    },
    20_000,
  );
});

/** What the token has been through; gives the token. */
async function prepare(app: FaultApp, { token = 'worked' }: ResourceCall): Promise<string | undefined> {
  if (token === 'none') return undefined;
  await firstValueFrom(app.http.get('/accounts'));
  if (token === 'stale') await app.clock.advance(HOUR - MINUTE);
  if (token === 'expired') await app.clock.advance(HOUR);
  return app.bank.issued.at(-1);
}

/** Makes the call; its caller has to see what the row says. Gives what it sees. */
async function expectSight(app: FaultApp, call: ResourceCall, { sees }: ResourceOutcome): Promise<unknown> {
  const seen = await app.drive(ending(send(app, call)));
  app.scanner.reach('what a caller gets', seen);
  if ('axios' in sees) {
    const error = seen as AxiosError;
    expect(axios.isAxiosError(error)).toBe(true);
    expect(sees.axios).toContain(error.code);
  } else if ('error' in sees) {
    expect(isBankAuthError(seen, sees.error)).toBe(true);
    expect(seen).toMatchObject({ provider: PROVIDER, requestSent: false });
  } else {
    const response = axios.isAxiosError(seen) ? seen.response : (seen as AxiosResponse);
    expect({ status: response?.status, ...response?.headers }).toMatchObject({
      status: sees.status,
      ...sees.headers,
    });
  }
  return seen;
}

/** What the report says is what the server received; whoever is told that nothing was sent may send it again. */
function expectDelivery(seen: unknown, { call, outcome }: ResourceFault, received: number): void {
  const report = bankCallOf(seen);
  const { sees } = outcome;
  expect(deliveriesOf(outcome)).toContain(report?.delivery);
  expect(report).toMatchObject({ provider: PROVIDER, merchant: 'default' });
  if (report?.delivery === 'not-sent') expect(received).toBe(0);
  if (report?.delivery === 'answered') expect(received).toBeGreaterThan(0);
  if ('status' in sees) expect(report).toMatchObject({ status: sees.status });
  if ('error' in sees) expect(report?.attempts).toBe(0);
  const isSafe = call.method === 'GET' || call.headers !== undefined;
  expect(isSafeToRepeat(seen)).toBe(isSafe || report?.delivery === 'not-sent');
}

function send({ http, bank }: FaultApp, call: ResourceCall): Promise<unknown> {
  const { method, headers, stream, replay, agent, timeout, maxContentLength } = call;
  return firstValueFrom(
    http.request({
      method,
      url: '/accounts/1',
      ...(method === 'POST' && { data: { amount: 1 } }),
      ...(headers && { headers }),
      ...(stream && {
        data: Readable.from([Buffer.from(stream.bytes)]),
        headers: { 'Content-Length': stream.announces },
      }),
      ...(replay && { bankAuth: { replay } }),
      ...(agent && { httpsAgent: bank.agent }),
      ...(timeout && { timeout }),
      ...(maxContentLength && { maxContentLength }),
    }),
  );
}

/** What a call comes to, an error included; fails where it comes to nothing. */
async function ending(call: Promise<unknown>): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  const never = new Promise((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`the call did not end within ${NEVER} ms`)), NEVER);
  });
  try {
    return await Promise.race([call.catch((error: unknown) => error), never]);
  } finally {
    clearTimeout(timer);
  }
}

/** The token is what the row says; once the fault is over, a call goes through. */
async function expectRecovery(app: FaultApp, outcome: ResourceOutcome, before?: string): Promise<void> {
  const { bank, tokens, clock, http } = app;
  const requests = bank.tokenRequests;
  if (outcome.token === 'kept') {
    expect(await app.getToken()).toMatchObject({ value: before });
    expect(bank.tokenRequests).toBe(requests);
  }
  await bank.heal();
  const { retryAt } = tokens.status;
  if (retryAt !== undefined) await clock.advance(retryAt - clock.wall());
  if (outcome.token !== 'kept') {
    const token = await app.getToken();
    expect(token).toBeInstanceOf(AccessToken);
    expect((token as AccessToken).value).not.toBe(before);
    expect(bank.tokenRequests - requests).toBe(outcome.token === 'renewed' ? 0 : 1);
  }
  expect(await app.drive(firstValueFrom(http.post('/accounts/1', { amount: 1 })))).toHaveProperty(
    'status',
    200,
  );
}

/** Each request that the bank's API saw was authorised, and nobody else saw any. */
function expectCleanRequests({ bank }: FaultApp): void {
  const bearers = bank.issued.map((token) => `Bearer ${token}`);
  for (const { path, headers } of bank.api.requests) {
    expect(path).toMatch(/^\/accounts/);
    expect(bearers).toContain(headers.authorization);
    expect(headers.apikey).toBe(bank.credentials.apiKey);
    expect(headers).not.toHaveProperty('cookie');
  }
  expect(bank.elsewhere.connections).toBe(0);
}
