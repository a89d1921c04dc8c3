import type { HttpService } from '@nestjs/axios';
import type { INestApplicationContext, ModuleMetadata } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  type BankAuthInterceptor,
  BankAuthModule,
  type BankAuthOptions,
  type BankFetch,
  getBankFetchToken,
  getBankHttpToken,
  getBankInterceptorToken,
  getTokenServiceToken,
  type TokenService,
} from 'nestjs-bank-auth';
import type { SimulatedBank } from '../../src/testing/index.js';
import { VirtualClock } from './virtual-clock.js';

/** A started application with one provider, on a simulated bank, with time in the test's hands. */
export interface BankApp {
  readonly app: INestApplicationContext;
  readonly clock: VirtualClock;
  readonly tokens: TokenService;
  readonly http: HttpService;
  readonly fetch: BankFetch;
  readonly interceptor: BankAuthInterceptor;
  close(): Promise<void>;
}

const running = new Set<BankApp>();

/** Starts an application as a user would configure it; `close` or `closeApps` ends it. */
export async function startApp(
  bank: SimulatedBank,
  options: Partial<Omit<BankAuthOptions, 'providers'>> & {
    readonly provider?: object;
    /** Modules beside `BankAuthModule`. */
    readonly imports?: ModuleMetadata['imports'];
  } = {},
): Promise<BankApp> {
  const { provider, imports = [], ...rest } = options;
  const clock = new VirtualClock(Date.now());
  const module = await Test.createTestingModule({
    imports: [
      BankAuthModule.forRoot({
        environment: 'sandbox',
        warmUp: false,
        ...rest,
        providers: { [bank.id]: { ...bank.providerOptions(), ...provider } },
      } as BankAuthOptions),
      ...imports,
    ],
  })
    .overrideProvider(Symbol.for('nestjs-bank-auth:clock'))
    .useValue(clock)
    .overrideProvider(Symbol.for('nestjs-bank-auth:random'))
    .useValue(() => 0)
    .setLogger({ log() {}, warn() {}, error() {} })
    .compile();
  const app: BankApp = {
    app: await module.init(),
    clock,
    tokens: module.get(getTokenServiceToken(bank.id)),
    http: module.get(getBankHttpToken(bank.id)),
    fetch: module.get(getBankFetchToken(bank.id)),
    interceptor: module.get(getBankInterceptorToken(bank.id)),
    close: async () => {
      running.delete(app);
      await module.close();
    },
  };
  running.add(app);
  return app;
}

export async function closeApps(): Promise<void> {
  await Promise.all([...running].map((app) => app.close()));
}

/** What a promise rejects with; fails if it does not. */
export async function rejection(promise: Promise<unknown>): Promise<any> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('it did not reject');
}
