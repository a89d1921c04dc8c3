import { AsyncLocalStorage } from 'node:async_hooks';
import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';
import { afterEach, describe, expect, test } from '@jest/globals';
import {
  type BankAuthCallMessage,
  BankAuthEvents,
  type BankAuthFlightMessage,
  type BankAuthWaitMessage,
} from 'nestjs-bank-auth';
import { firstValueFrom } from 'rxjs';
import type { Surrounding } from '../../../src/events/trace-message.js';
import { rejection, startApp } from '../../support/bank-app.js';
import { leaks, secretsOf } from '../../support/secret-scan.js';
import { bank, useSimulatedBanks } from '../../support/simulated-bank.js';

const ECHO = '/simulator/echo';
const storage = new AsyncLocalStorage<unknown>();

useSimulatedBanks();

const listening: [string, (message: unknown) => void][] = [];
function listen<M>(name: string, listener: (message: M) => void): void {
  const heard = listener as (message: unknown) => void;
  subscribe(name, heard);
  listening.push([name, heard]);
}
afterEach(() => {
  for (const [name, listener] of listening.splice(0)) unsubscribe(name, listener);
});

/** All messages of the channels, each with the context in which it came. */
function messages(): [name: string, message: Record<string, unknown>, context: unknown][] {
  const heard: [string, Record<string, unknown>, unknown][] = [];
  for (const name of ['flight', 'wait', 'call'])
    listen<Record<string, unknown>>(`nestjs-bank-auth:${name}`, (message) =>
      heard.push([name, message, storage.getStore()]),
    );
  return heard;
}

/** In which context each token request and each call is sent. */
function requests(): [kind: string, context: unknown][] {
  const sent: [string, unknown][] = [];
  listen<{ request: ClientRequest }>('http.client.request.start', ({ request }) =>
    sent.push([request.path.startsWith(ECHO) ? 'call' : 'token request', storage.getStore()]),
  );
  return sent;
}

test('channels carry a call, its wait and its flight, each in its own context, and no secret', async () => {
  const heard = messages();
  const { app, http, tokens } = await startApp(bank);
  await storage.run('caller', () => firstValueFrom(http.get(ECHO)));
  const { application } = app.get(BankAuthEvents);
  const whose = { application, provider: 'bog-payments' };
  const runWithin = expect.any(Function);
  const flight = heard.find(([name]) => name === 'flight')?.[1].flight;
  const call = heard[0]?.[1].call;
  const report = {
    provider: 'bog-payments',
    merchant: 'default',
    delivery: 'answered',
    status: 200,
    attempts: 1,
    tokenRefused: false,
    replayed: false,
    waitedForToken: expect.any(Number),
  };
  expect(heard).toEqual([
    ['call', { ...whose, phase: 'start', call, method: 'GET', runWithin }, 'caller'],
    ['flight', { ...whose, phase: 'start', flight, address: '127.0.0.1', runWithin }, undefined],
    ['wait', { ...whose, flight }, 'caller'],
    [
      'flight',
      { ...whose, phase: 'end', flight, outcome: 'obtained', source: 'bank', attempts: 1 },
      undefined,
    ],
    ['call', { ...whose, phase: 'end', call, failed: false, report }, 'caller'],
  ]);
  expect([typeof flight, typeof call]).toEqual(['number', 'number']);
  for (const [, message] of heard) expect(Object.isFrozen(message)).toBe(true);
  expect(leaks(heard, secretsOf(bank.credentials, await tokens.getAccessToken()))).toEqual([]);
});

test('a message on the end of a failed call or flight has the code, and no error', async () => {
  const heard = messages();
  bank.failToken('rejected');
  const { http } = await startApp(bank);
  await rejection(firstValueFrom(http.get(ECHO)));
  const ends = heard.map(([, message]) => message).filter(({ phase }) => phase === 'end');
  expect(ends).toEqual([
    expect.objectContaining({ outcome: 'failed', code: 'BANK_AUTH_CREDENTIALS_REJECTED', status: 401 }),
    expect.objectContaining({
      failed: true,
      code: 'BANK_AUTH_CREDENTIALS_REJECTED',
      report: expect.objectContaining({ delivery: 'not-sent' }),
    }),
  ]);
});

test('a caller with a fresh token waits for no flight, and a renewal ahead of expiry has no caller', async () => {
  const { http, tokens, clock } = await startApp(bank);
  await firstValueFrom(http.get(ECHO));
  const heard = messages();
  await firstValueFrom(http.get(ECHO));
  await tokens.getAccessToken();
  await clock.advance((tokens.status.refreshAt as number) - clock.wall());
  await tokens.getAccessToken();
  expect(heard.map(([name, { phase }]) => [name, phase])).toEqual([
    ['call', 'start'],
    ['call', 'end'],
    ['flight', 'start'],
  ]);
});

describe('the function that runWithin gets', () => {
  const inContext = () => {
    listen<BankAuthFlightMessage>('nestjs-bank-auth:flight', (message) => {
      if (message.phase === 'start')
        message.runWithin((work) => storage.run(`flight ${message.flight}`, work));
    });
    listen<BankAuthCallMessage>('nestjs-bank-auth:call', (message) => {
      if (message.phase === 'start') message.runWithin((work) => storage.run('call', work));
    });
  };

  test('stands around the requests of a call and of a flight', async () => {
    inContext();
    const sent = requests();
    const { http } = await startApp(bank);
    await firstValueFrom(http.get(ECHO));
    expect(sent).toEqual([
      ['token request', expect.stringMatching(/^flight \d+$/)],
      ['call', 'call'],
    ]);
  });

  test('stands around the requests of its own flight where flights wait for their turn', async () => {
    inContext();
    const waits: string[] = [];
    listen<BankAuthWaitMessage>('nestjs-bank-auth:wait', ({ flight }) => waits.push(`flight ${flight}`));
    const sent = requests();
    const known = new Map(['flowers', 'books', 'toys'].map((key) => [key, bank.addMerchant()]));
    const { tokens } = await startApp(bank, {
      provider: { credentials: (key: string) => known.get(key), tokenRequests: { concurrency: 1 } },
    });
    await Promise.all([...known.keys()].map((key) => tokens.forMerchant(key).getAccessToken()));
    expect(new Set(waits).size).toBe(3);
    expect(sent).toEqual(waits.map((flight) => ['token request', flight]));
  });

  test.each<[string, Surrounding]>([
    [
      'throws before',
      () => {
        throw new Error('before');
      },
    ],
    [
      'throws afterwards',
      (work) => {
        work();
        throw new Error('afterwards');
      },
    ],
    ['does not run it', () => undefined],
    [
      'runs it twice',
      (work) => {
        work();
        work();
      },
    ],
    [
      'is asynchronous and rejects',
      async () => {
        throw new Error('later');
      },
    ],
    ['is no function', 'nothing' as unknown as Surrounding],
  ])('does no harm to a call or a flight where it %s', async (_name, surrounding) => {
    for (const name of ['flight', 'call'])
      listen<BankAuthFlightMessage>(`nestjs-bank-auth:${name}`, (message) => {
        if (message.phase === 'start') message.runWithin(surrounding);
      });
    const { http } = await startApp(bank);
    expect((await firstValueFrom(http.get(ECHO))).status).toBe(200);
    expect([bank.tokenRequests, bank.apiRequests]).toEqual([1, 1]);
    bank.revoke();
    bank.failToken('rejected');
    const { response } = await rejection(firstValueFrom(http.get(ECHO)));
    expect(response.status).toBe(401);
  });

  test('stands around each other where several subscribers give something', async () => {
    const order: string[] = [];
    for (const name of ['a', 'b'])
      listen<BankAuthCallMessage>('nestjs-bank-auth:call', (message) => {
        if (message.phase !== 'start') return;
        message.runWithin((work) => {
          order.push(name);
          work();
        });
      });
    const { http } = await startApp(bank);
    await firstValueFrom(http.get(ECHO));
    expect(order.sort()).toEqual(['a', 'b']);
  });
});

test('stores that are bound to the channels hold for the requests of a flight and of a call', async () => {
  const channels = ['flight', 'call'].map((name) => channel(`nestjs-bank-auth:${name}`));
  for (const each of channels)
    each.bindStore(storage, (message) =>
      Object.keys(message as object).find((key) => /^(flight|call)$/.test(key)),
    );
  const sent = requests();
  try {
    const { http } = await startApp(bank);
    await firstValueFrom(http.get(ECHO));
    expect(sent).toEqual([
      ['token request', 'flight'],
      ['call', 'call'],
    ]);
  } finally {
    for (const each of channels) each.unbindStore(storage);
  }
});
