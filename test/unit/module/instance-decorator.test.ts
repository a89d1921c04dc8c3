import { AsyncLocalStorage } from 'node:async_hooks';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { HttpService } from '@nestjs/axios';
import type { INestApplication } from '@nestjs/common';
import { createInstanceDecorator, createObserveModule } from '@nestjs/observe';
import axios from 'axios';
import { firstValueFrom, lastValueFrom } from 'rxjs';
import {
  type BankAuthInterceptor,
  BankAuthModule,
  type BankFetch,
  getBankFetchToken,
  getBankHttpToken,
  getBankInterceptorToken,
  getTokenServiceToken,
  type TokenService,
} from '../../../src/index.js';
import { BankSimulator } from '../../../src/testing/index.js';
import { closeAll, refusalOf, start } from '../../support/module-application.js';

let simulator: BankSimulator;
beforeAll(async () => {
  simulator = await BankSimulator.start('bog-payments');
});
beforeEach(() => simulator.reset());
afterEach(closeAll);
afterAll(() => simulator.stop());

type Decorator = (instance: unknown) => unknown;

const isObject = (instance: unknown): instance is object => typeof instance === 'object' && instance !== null;
const byProxy =
  (get: NonNullable<ProxyHandler<object>['get']>): Decorator =>
  (instance) =>
    isObject(instance) ? new Proxy(instance, { get }) : instance;

/** What methods returned, as a tracing tool would record it. */
const recorded: unknown[] = [];

/** The first that comes to mind: methods run on the proxy. */
const naive = byProxy((target, key, receiver) => {
  const value = Reflect.get(target, key, receiver);
  if (typeof value !== 'function' || key === 'constructor') return value;
  return function (this: unknown, ...args: unknown[]) {
    const result = Reflect.apply(value, this, args);
    recorded.push(result);
    return result;
  };
});

/** Methods run on what is decorated. */
const binding = byProxy((target, key) => {
  const value = Reflect.get(target, key);
  return typeof value === 'function' && key !== 'constructor' ? value.bind(target) : value;
});

/** That of `@nestjs/observe`, in a trace of its own. */
const traces = new AsyncLocalStorage<Map<string, unknown>>();
const steps: string[] = [];
const tracing = createInstanceDecorator(
  traces as never,
  {
    internalStartTraceStep: (_trace: string, type: string, method: string) => steps.push(`${type}.${method}`),
    internalEndTraceStep: () => undefined,
  } as never,
  { traceIdKey: 'traceId', skipInstrumentation: () => false },
) as Decorator;

const decorators: [string, Decorator][] = [
  ['a naive Proxy', naive],
  ['a Proxy that binds methods to their target', binding],
  ['@nestjs/observe', createObserveModule().ObserveInstrument?.instanceDecorator as Decorator],
  ["the traces of @nestjs/observe's", tracing],
];

const options = (more = {}) => {
  const { providers, ...rest } = simulator.options('bog-payments');
  return { ...rest, warmUp: false as const, providers, ...more };
};
const decorated = (instanceDecorator: Decorator, more = {}): Promise<INestApplication> =>
  start({ imports: [BankAuthModule.forRoot(options(more))] }, { instrument: { instanceDecorator } });
const bank = () => simulator.bank('bog-payments');

describe.each(decorators)('with %s around every instance,', (name, decorator) => {
  const inTrace = <T>(run: () => Promise<T>): Promise<T> => traces.run(new Map([['traceId', 'trace']]), run);

  test('tokens, the client and the interceptor work', async () => {
    const application = await decorated(decorator);
    const tokens = application.get<TokenService>(getTokenServiceToken('bog-payments'));
    const http = application.get<HttpService>(getBankHttpToken('bog-payments'));
    const interceptor = application.get<BankAuthInterceptor>(getBankInterceptorToken('bog-payments'));
    await inTrace(async () => {
      const token = await tokens.getAccessToken();
      expect((await firstValueFrom(tokens.getToken())).value).toBe(token);
      expect((await firstValueFrom(tokens.token$)).value).toBe(token);
      expect(tokens.status).toMatchObject({ provider: 'bog-payments', state: 'fresh' });
      expect([tokens.merchant, tokens.provider]).toEqual(['default', 'bog-payments']);
      expect((await firstValueFrom(http.get('/simulator/echo'))).status).toBe(200);
      expect((await firstValueFrom(http.post('/simulator/echo', {}))).status).toBe(200);
      const fetch = application.get<BankFetch>(getBankFetchToken('bog-payments'));
      expect((await fetch('/simulator/echo')).status).toBe(200);
      expect(() => fetch.forMerchant('')).toThrow('bog-payments');
      const instance = axios.create({ baseURL: bank().providerOptions().apiBaseUrl as string });
      const detach = interceptor.attach(instance);
      expect((await instance.get('/simulator/echo')).status).toBe(200);
      detach();
      tokens.invalidate(token);
      expect((await firstValueFrom(tokens.refresh())).value).not.toBe(token);
      expect(() => tokens.forMerchant('')).toThrow('bog-payments');
    });
    expect(bank()).toMatchObject({ tokenRequests: 2, apiRequests: 4 });
    if (decorator === tracing) expect(steps).toContain('TokenService.getAccessToken');
  });

  test('the application begins and ends as usual', async () => {
    const application = await decorated(decorator, { warmUp: 'required' });
    expect(bank().tokenRequests).toBe(1);
    const tokens = application.get<TokenService>(getTokenServiceToken('bog-payments'));
    const values = lastValueFrom(tokens.token$);
    await application.close();
    expect((await values).value).toEqual(expect.any(String));
  });

  test('checks at start-up report the same errors', async () => {
    const instrument = { instanceDecorator: decorator };
    const twice = await refusalOf(
      { imports: [BankAuthModule.forRoot(options()), BankAuthModule.forRoot(options())] },
      { instrument },
    );
    expect(twice.message).toContain('registered 2 times');
    const wrong = await refusalOf(
      { imports: [BankAuthModule.forRoot(options({ environment: undefined }))] },
      { instrument },
    );
    expect(wrong.problems).toEqual([expect.stringMatching(/^environment is missing/)]);
  });

  test('a decorated instance shows no secret', async () => {
    const { clientSecret } = bank().providerOptions();
    recorded.length = 0;
    const seen: unknown[] = [];
    const application = await decorated((instance) => {
      const made = decorator(instance);
      seen.push(instance, made);
      return made;
    });
    const http = application.get<HttpService>(getBankHttpToken('bog-payments'));
    await firstValueFrom(http.get('/simulator/echo'));
    const shown = [...seen, ...recorded]
      .map((one) => inspect(one, { depth: 6, showHidden: true, showProxy: true }))
      .join('\n');
    expect(seen.length).toBeGreaterThan(10);
    expect(shown.includes(clientSecret as string)).toBe(false);
    expect([name, shown.length > 1000]).toEqual([name, true]);
  });
});

test('without a decorator, instances have no methods of their own', async () => {
  const application = await start({ imports: [BankAuthModule.forRoot(options())] });
  const tokens = application.get<TokenService>(getTokenServiceToken('bog-payments'));
  expect(Object.getOwnPropertyNames(tokens)).toEqual(['provider']);
});
