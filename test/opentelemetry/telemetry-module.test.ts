import { channel } from 'node:diagnostics_channel';
import { afterEach, expect, test } from '@jest/globals';
import { Test } from '@nestjs/testing';
import { BankAuthModule } from 'nestjs-bank-auth';
import { BankAuthTelemetryModule } from 'nestjs-bank-auth/opentelemetry';
import { firstValueFrom } from 'rxjs';
import { closeApps, rejection, startApp } from '../support/bank-app.js';
import { bank, useSimulatedBanks } from '../support/simulated-bank.js';

useSimulatedBanks();

const subscribed = () =>
  ['event', 'flight', 'wait', 'call'].filter((name) => channel(`nestjs-bank-auth:${name}`).hasSubscribers);
afterEach(() => expect(subscribed()).toEqual([]));

test('BankAuthTelemetryModule does no harm without an SDK, and listens as long as the application lives', async () => {
  const { http, close } = await startApp(bank, { imports: [BankAuthTelemetryModule] });
  expect((await firstValueFrom(http.get('/simulator/echo'))).status).toBe(200);
  expect(subscribed()).toHaveLength(4);
  await close();
});

test('BankAuthTelemetryModule stops the start of an application without BankAuthModule', async () => {
  const start = Test.createTestingModule({ imports: [BankAuthTelemetryModule] })
    .compile()
    .then((module) => module.init());
  const { code, message } = await rejection(start);
  expect(code).toBe('BANK_AUTH_CONFIG');
  expect(message).toMatch(/does not register BankAuthModule.*Import BankAuthModule\.forRoot/);
});

test('BankAuthTelemetryModule stops the start of an application that registers it twice', async () => {
  const imports = [BankAuthTelemetryModule, BankAuthTelemetryModule.forRoot({ callSpans: false })];
  const { code, message } = await rejection(startApp(bank, { imports }));
  expect([code, message]).toEqual([
    'BANK_AUTH_CONFIG',
    expect.stringMatching(/more than once.*Import it once/),
  ]);
  await closeApps();
});

const broken = (hook: 'onModuleInit' | 'onApplicationBootstrap') => ({
  module: class Broken {
    [hook]() {
      throw new Error('the rest of the application');
    }
  },
});

test('BankAuthTelemetryModule leaves nothing behind where a required token is not to be had', async () => {
  bank.failToken('rejected');
  const start = startApp(bank, { imports: [BankAuthTelemetryModule], warmUp: 'required' });
  expect((await rejection(start)).code).toBe('BANK_AUTH_CONFIG');
  // Events end after what has happened is told.
  await new Promise((resolve) => setImmediate(resolve));
  expect(subscribed()).toEqual([]);
});

test.each(['onModuleInit', 'onApplicationBootstrap'] as const)(
  'BankAuthTelemetryModule ends with app.close() where %s of another module stops the start',
  async (hook) => {
    const banks = BankAuthModule.forRoot({
      environment: 'sandbox',
      warmUp: false,
      providers: { 'bog-payments': bank.providerOptions() },
    });
    const imports = [broken(hook), banks, BankAuthTelemetryModule];
    const module = await Test.createTestingModule({ imports }).compile();
    expect((await rejection(module.init())).message).toBe('the rest of the application');
    await module.close();
    await new Promise((resolve) => setImmediate(resolve));
    expect(subscribed()).toEqual([]);
  },
);

test.each([
  [{ spans: false }, /forRoot: spans is no option/],
  [{ callSpans: 'no' }, /callSpans must be true or false/],
])('BankAuthTelemetryModule.forRoot refuses %j', (options, message) => {
  expect(() => BankAuthTelemetryModule.forRoot(options as object)).toThrow(message);
});
