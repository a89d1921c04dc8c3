import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Test } from '@nestjs/testing';
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  BankAuthModule,
  type BankAuthOptions,
  getTokenServiceToken,
  type TokenService,
} from 'nestjs-bank-auth';
import { firstValueFrom, type Observable, switchMap } from 'rxjs';
import { BankSimulator, type SimulatedBank } from '../../src/testing/index.js';
import { closeApps, rejection, startApp } from '../support/bank-app.js';

const ECHO = '/simulator/echo';

/** What an application knows of the request that it works on: its number in the log, its trace, its merchant. */
const current = new AsyncLocalStorage<string>();
const as = <T>(who: string, work: () => T): T => current.run(who, work);
const here = () => current.getStore();

let simulator: BankSimulator;
let bank: SimulatedBank;
beforeAll(async () => {
  simulator = await BankSimulator.start('bog-payments');
  bank = simulator.bank('bog-payments');
});
beforeEach(() => simulator.reset());
afterEach(() => closeApps());
afterAll(() => simulator.stop());

/** Subscribes as somebody; resolves with everything that comes, and in whose context it does, at the end. */
function heard(who: string, source: Observable<unknown>): Promise<string[]> {
  return new Promise((resolve) => {
    const calls: string[] = [];
    const note = (what: string) => calls.push(`${what} as ${here()}`);
    const end = (what: string) => {
      note(what);
      resolve(calls);
    };
    as(who, () =>
      source.subscribe({
        next: () => note('next'),
        error: () => end('error'),
        complete: () => end('complete'),
      }),
    );
  });
}

describe('callers that wait for one token at the same time', () => {
  beforeEach(() => bank.setLatency({ token: 20 }));

  test('get answers in their own contexts from the HttpService and the TokenService', async () => {
    const { http, tokens } = await startApp(bank);
    const sources = [http.get(ECHO), tokens.getToken(), tokens.refresh()];
    const calls = await Promise.all(['a', 'b'].flatMap((who) => sources.map((source) => heard(who, source))));
    expect(bank.tokenRequests).toBe(1);
    expect(calls).toEqual(
      ['a', 'b'].flatMap((who) => sources.map(() => [`next as ${who}`, `complete as ${who}`])),
    );
  });

  test('get failures in their own contexts', async () => {
    bank.failToken('rejected');
    const { http, tokens } = await startApp(bank);
    const sources = [http.get(ECHO), tokens.getToken(), tokens.refresh()];
    const calls = await Promise.all(['a', 'b'].flatMap((who) => sources.map((source) => heard(who, source))));
    expect(bank.tokenRequests).toBe(1);
    expect(calls).toEqual(['a', 'b'].flatMap((who) => sources.map(() => [`error as ${who}`])));
  });

  test('pay as the merchants of their own requests, also where a payment is chained to the token', async () => {
    const table = new Map(
      ['flowers', 'books'].map((key) => [key, bank.addMerchant({ clientId: `of-${key}` })]),
    );
    const { http, tokens } = await startApp(bank, {
      provider: { credentials: (key: string) => table.get(key) },
    });
    http.axiosRef.interceptors.request.use((config) => {
      config.bankAuth = { merchant: here() as string };
      return config;
    });
    const pay = (merchant: string) =>
      as(merchant, () =>
        firstValueFrom(tokens.getToken().pipe(switchMap(() => http.post(ECHO, { from: merchant })))),
      );
    await Promise.all(['flowers', 'books', 'flowers'].map(pay));
    const payments = bank.requests.filter(({ kind }) => kind === 'api');
    expect(payments).toHaveLength(3);
    for (const { clientId, body } of payments) expect(clientId).toBe(`of-${JSON.parse(body).from}`);
  });
});

describe('a token request does not belong to the request that caused it', () => {
  test('in a trace: OpenTelemetry has no active span there, and that of the caller in each call and callback', async () => {
    const manager = new AsyncLocalStorageContextManager().enable();
    context.setGlobalContextManager(manager);
    const spans: string[] = [];
    const note = (what: string) =>
      spans.push(`${what} in ${trace.getSpanContext(context.active())?.spanId ?? 'no span'}`);
    const noteRequest = (message: unknown) =>
      note((message as { request: ClientRequest }).request.path === ECHO ? 'call' : 'token request');
    const within = async (spanId: string, source: Observable<unknown>) => {
      const span = trace.wrapSpanContext({ spanId, traceId: 'a'.repeat(32), traceFlags: 1 });
      const done = () =>
        new Promise<void>((resolve) => {
          const complete = () => {
            note('complete');
            resolve();
          };
          source.subscribe({ next: () => note('next'), complete });
        });
      await context.with(trace.setSpan(context.active(), span), done);
    };
    const { http, tokens } = await startApp(bank);
    subscribe('http.client.request.start', noteRequest);
    // Where calls go by the engine over undici.
    const noteCall = () => note('call');
    subscribe('undici:request:create', noteCall);
    try {
      bank.setLatency({ token: 20 });
      await Promise.all([within('span-1', tokens.getToken()), within('span-2', tokens.getToken())]);
      await within('span-3', http.get(ECHO));
    } finally {
      unsubscribe('http.client.request.start', noteRequest);
      unsubscribe('undici:request:create', noteCall);
      context.disable();
    }
    expect(spans).toEqual([
      'token request in no span',
      ...['next', 'complete'].map((what) => `${what} in span-1`),
      ...['next', 'complete'].map((what) => `${what} in span-2`),
      ...['call', 'next', 'complete'].map((what) => `${what} in span-3`),
    ]);
  });

  test('in the log: lines of the module name no request, and those of a caller name its own', async () => {
    const lines: string[] = [];
    // As nestjs-pino and nestjs-cls do: each line with the number of the request at hand.
    const line = (text: unknown) => lines.push(`[${here() ?? '-'}] ${String(text).split(/[:,]/)[0]}`);
    bank.failToken('rejected');
    const module = await Test.createTestingModule({
      imports: [
        BankAuthModule.forRoot({
          environment: 'sandbox',
          warmUp: false,
          providers: { 'bog-payments': bank.providerOptions() },
        } as BankAuthOptions),
      ],
    })
      .setLogger({ log: line, warn: line, error: line })
      .compile();
    const tokens = (await module.init()).get<TokenService>(getTokenServiceToken('bog-payments'));
    lines.length = 0;
    try {
      const outcome = async (who: string) => {
        await as(who, () => rejection(tokens.getAccessToken()).then(() => line('no token')));
      };
      await Promise.all(['request 1', 'request 2'].map(outcome));
    } finally {
      await module.close();
    }
    expect(lines).toEqual([
      '[-] [BANK_AUTH_CREDENTIALS_REJECTED] bog-payments',
      '[request 1] no token',
      '[request 2] no token',
    ]);
  });
});
