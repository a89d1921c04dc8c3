import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { HttpService } from '@nestjs/axios';
import { Controller, Get, Inject, Injectable, Post, Scope } from '@nestjs/common';
import { ConfigModule, ConfigService, registerAs } from '@nestjs/config';
import { Test } from '@nestjs/testing';
import { firstValueFrom, map } from 'rxjs';
import {
  BankAuthConfigError,
  BankAuthInterceptor,
  BankAuthModule,
  type BankAuthOptions,
  type BankAuthOptionsFactory,
  getBankHttpToken,
  getBankInterceptorToken,
  getTokenServiceToken,
  InjectBankHttp,
  InjectBankInterceptor,
  InjectTokenService,
  TokenService,
} from '../../../src/index.js';
import { BankSimulator } from '../../../src/testing/index.js';
import { closeAll, failureOf, feature, listen, refusalOf, start } from '../../support/module-application.js';

let simulator: BankSimulator;
beforeAll(async () => {
  simulator = await BankSimulator.start('bog-payments', 'tbc-tpay');
});
beforeEach(() => simulator.reset());
afterEach(closeAll);
afterAll(() => simulator.stop());

/** Without a warm-up, so that no request of one test arrives in the next. */
const bogOnly = (): BankAuthOptions<'bog-payments'> => ({
  ...simulator.options('bog-payments'),
  warmUp: false,
});

/** Proves that the provider is there and works: a token that the bank accepts. */
async function proves(application: { get<T>(token: symbol): T }, provider = 'bog-payments'): Promise<void> {
  const http = application.get<HttpService>(getBankHttpToken(provider));
  const { data } = await firstValueFrom(http.get('/simulator/echo?proof=1'));
  expect(data).toMatchObject({ query: { proof: '1' } });
}

describe('forRoot', () => {
  test('provides a token service, a client and an interceptor for each provider', async () => {
    const application = await start({
      imports: [BankAuthModule.forRoot({ ...simulator.options(), warmUp: false })],
    });
    for (const provider of ['bog-payments', 'tbc-tpay']) {
      const tokens = application.get<TokenService>(getTokenServiceToken(provider));
      expect(tokens).toBeInstanceOf(TokenService);
      expect(tokens.provider).toBe(provider);
      expect(application.get(getBankHttpToken(provider))).toBeInstanceOf(HttpService);
      expect(application.get(getBankInterceptorToken(provider))).toBeInstanceOf(BankAuthInterceptor);
      await proves(application, provider);
    }
  });

  test('validates at start-up, not when it is called', async () => {
    const module = BankAuthModule.forRoot({ providers: { 'bog-payments': {} } } as never);
    const { problems } = await refusalOf({ imports: [module] });
    expect(problems).toEqual([
      expect.stringMatching(/^environment is missing/),
      expect.stringMatching(/^providers\.bog-payments\.clientId/),
      expect.stringMatching(/^providers\.bog-payments\.clientSecret/),
    ]);
  });

  test.each([undefined, null, {}, 'options', []])(
    'of %p fails at start-up with an explanation',
    async (options) => {
      const failure = await refusalOf({ imports: [BankAuthModule.forRoot(options as never)] });
      expect(failure.message).toMatch(/BankAuthModule.*(missing|options)/s);
    },
  );

  test('does not mistake isGlobal for an option of its own', async () => {
    const module = BankAuthModule.forRoot({ ...bogOnly(), isGlobal: true });
    expect(module.global).toBe(true);
    await proves(await start({ imports: [module] }));
    expect(BankAuthModule.forRoot(bogOnly()).global).toBe(false);
  });
});

describe('forRootAsync', () => {
  class Settings {
    readonly environment = 'sandbox' as const;
    readonly bog = simulator.bank('bog-payments').providerOptions();
  }
  const settings = feature({ providers: [Settings], exports: [Settings] }, 'SettingsModule');

  @Injectable()
  class Factory implements BankAuthOptionsFactory<'bog-payments'> {
    static made = 0;
    constructor(private readonly settings: Settings) {
      Factory.made++;
    }
    createBankAuthOptions(): BankAuthOptions<'bog-payments'> {
      const { environment, bog } = this.settings;
      return { environment, warmUp: false, providers: { 'bog-payments': bog } };
    }
  }
  // Without a type to reflect: the class stands in this function.
  Inject(Settings)(Factory, undefined, 0);

  test('accepts a factory with dependencies from imports', async () => {
    const application = await start({
      imports: [
        BankAuthModule.forRootAsync({
          imports: [settings],
          providers: ['bog-payments'],
          inject: [Settings],
          useFactory: ({ environment, bog }: Settings) => ({
            environment,
            warmUp: false,
            providers: { 'bog-payments': bog },
          }),
        }),
      ],
    });
    await proves(application);
  });

  test('accepts an asynchronous factory', async () => {
    const application = await start({
      imports: [
        BankAuthModule.forRootAsync({
          providers: ['bog-payments'],
          useFactory: async () => {
            await new Promise((resolve) => setImmediate(resolve));
            return bogOnly();
          },
        }),
      ],
    });
    await proves(application);
  });

  test('accepts dependencies of a factory from extraProviders, optional ones included', async () => {
    const seen: unknown[] = [];
    const application = await start({
      imports: [
        BankAuthModule.forRootAsync({
          providers: ['bog-payments'],
          extraProviders: [{ provide: 'secret store', useValue: 'vault' }],
          inject: ['secret store', { token: 'nowhere', optional: true }],
          useFactory: (...args: unknown[]) => {
            seen.push(...args);
            return bogOnly();
          },
        }),
      ],
    });
    await proves(application);
    expect(seen).toEqual(['vault', undefined]);
  });

  test('accepts a class with dependencies of its own', async () => {
    Factory.made = 0;
    const application = await start({
      imports: [
        BankAuthModule.forRootAsync({ imports: [settings], providers: ['bog-payments'], useClass: Factory }),
      ],
    });
    await proves(application);
    expect(Factory.made).toBe(1);
  });

  test('accepts a class that is provided already, and makes no second one', async () => {
    Factory.made = 0;
    const provided = feature({ imports: [settings], providers: [Factory], exports: [Factory] });
    const application = await start({
      imports: [
        provided,
        BankAuthModule.forRootAsync({
          imports: [provided],
          providers: ['bog-payments'],
          useExisting: Factory,
        }),
      ],
    });
    await proves(application);
    expect(Factory.made).toBe(1);
  });

  test('accepts a value that is provided already under a symbol', async () => {
    const token = Symbol('options factory');
    const provided = feature({
      providers: [{ provide: token, useValue: { createBankAuthOptions: async () => bogOnly() } }],
      exports: [token],
    });
    const module = BankAuthModule.forRootAsync({
      imports: [provided],
      providers: ['bog-payments'],
      useExisting: token,
    });
    await proves(await start({ imports: [module] }));
  });

  test('accepts the result of registerAs', async () => {
    const config = registerAs('bankAuth', (): BankAuthOptions<'bog-payments'> => bogOnly());
    const module = BankAuthModule.forRootAsync({ ...config.asProvider(), providers: ['bog-payments'] });
    await proves(await start({ imports: [ConfigModule.forRoot({ ignoreEnvFile: true }), module] }));
  });

  test('accepts a factory that injects the ConfigService of a global ConfigModule', async () => {
    const { clientId, clientSecret, tokenUrl, apiBaseUrl } = simulator.bank('bog-payments').providerOptions();
    const application = await start({
      imports: [
        ConfigModule.forRoot({
          isGlobal: true,
          ignoreEnvFile: true,
          load: [() => ({ bog: { clientId, clientSecret, tokenUrl, apiBaseUrl } })],
        }),
        BankAuthModule.forRootAsync({
          providers: ['bog-payments'],
          inject: [ConfigService],
          useFactory: (config: ConfigService) => ({
            environment: 'sandbox',
            warmUp: false,
            providers: { 'bog-payments': config.getOrThrow('bog') },
          }),
        }),
      ],
    });
    await proves(application);
  });

  test('is not global by default, and global with isGlobal', async () => {
    @Injectable()
    class Payments {
      constructor(@InjectTokenService('bog-payments') readonly tokens: TokenService) {}
    }
    const payments = feature({ providers: [Payments] }, 'PaymentsModule');
    const options = { providers: ['bog-payments'] as const, useFactory: bogOnly };
    const failure = await failureOf({ imports: [BankAuthModule.forRootAsync(options), payments] });
    expect(failure.message).toMatch(
      /^Payments injects .*its module PaymentsModule does not import BankAuthModule.*isGlobal: true/,
    );
    const application = await start({
      imports: [BankAuthModule.forRootAsync({ ...options, isGlobal: true }), payments],
    });
    expect(application.get(Payments, { strict: false }).tokens.provider).toBe('bog-payments');
  });

  test('passes the error of a factory on unchanged', async () => {
    const failure = await failureOf({
      imports: [
        BankAuthModule.forRootAsync({
          providers: ['bog-payments'],
          useFactory: async (): Promise<BankAuthOptions<'bog-payments'>> => {
            throw new RangeError('the vault is sealed');
          },
        }),
      ],
    });
    expect(failure).toBeInstanceOf(RangeError);
    expect(failure.message).toBe('the vault is sealed');
  });

  test.each([undefined, null])('explains a factory that returns %p', async (nothing) => {
    for (const useFactory of [() => nothing, async () => nothing]) {
      const failure = await refusalOf({
        imports: [BankAuthModule.forRootAsync({ providers: ['bog-payments'], useFactory } as never)],
      });
      expect(failure.message).toMatch(/options are missing.*useFactory must return them/);
    }
  });

  test('makes one set of services of one reference, however often it is imported', async () => {
    const factory = jest.fn(bogOnly);
    const module = BankAuthModule.forRootAsync({ providers: ['bog-payments'], useFactory: factory });
    @Injectable()
    class One {
      constructor(@InjectTokenService('bog-payments') readonly tokens: TokenService) {}
    }
    @Injectable()
    class Other {
      constructor(@InjectTokenService('bog-payments') readonly tokens: TokenService) {}
    }
    const application = await start({
      imports: [
        module,
        feature({ imports: [module], providers: [One] }, 'OneModule'),
        feature({ imports: [module], providers: [Other] }, 'OtherModule'),
      ],
    });
    expect(factory).toHaveBeenCalledTimes(1);
    expect(application.get(One, { strict: false }).tokens).toBe(
      application.get(Other, { strict: false }).tokens,
    );
  });
});

describe('the list of provider names', () => {
  const refused = (options: unknown) => {
    try {
      BankAuthModule.forRootAsync(options as never);
    } catch (error) {
      if (error instanceof BankAuthConfigError) return error;
      throw error;
    }
    throw new Error('accepted');
  };
  const useFactory = bogOnly;

  test('and a way to the configuration are both required at once', () => {
    for (const options of [{}, undefined, null]) {
      const { message, problems } = refused(options);
      expect(problems).toHaveLength(2);
      expect(message).toMatch(
        /forRootAsync: providers must list.*exactly one of useFactory, useClass and useExisting/,
      );
    }
  });

  test.each([[[]], [undefined], ['bog-payments'], [{ 'bog-payments': true }]])(
    'may not be %p',
    (providers) => {
      expect(refused({ providers, useFactory }).problems).toEqual([
        expect.stringMatching(/^providers must list the providers' names/),
      ]);
    },
  );

  test.each([[['']], [['bog-payments', '  ']], [['bog-payments', undefined]], [[1]]])(
    'may not contain an empty name or a wrong type: %p',
    (providers) => {
      expect(refused({ providers, useFactory }).problems).toEqual([
        expect.stringMatching(/^providers must contain names only/),
      ]);
    },
  );

  test('may not contain a name twice', () => {
    const providers = ['bog-payments', 'tbc-tpay', 'bog-payments', 'bog-payments'];
    expect(refused({ providers, useFactory }).problems).toEqual([
      expect.stringMatching(/^providers names bog-payments twice/),
    ]);
  });

  test('requires exactly one way to the configuration', () => {
    class Factory {
      createBankAuthOptions = bogOnly;
    }
    const providers = ['bog-payments'];
    for (const ways of [
      { useFactory, useClass: Factory },
      { useFactory, useExisting: Factory },
      { useClass: Factory, useExisting: Factory },
      { useFactory, useClass: Factory, useExisting: Factory },
    ]) {
      expect(refused({ providers, ...ways }).problems).toEqual([
        expect.stringMatching(/^there is more than one way to the configuration/),
      ]);
    }
    expect(refused({ providers }).problems).toEqual([
      expect.stringMatching(/^there is no way to the configuration/),
    ]);
    expect(refused({ providers, useFactory: bogOnly() }).problems).toEqual([
      expect.stringMatching(/^useFactory must be a function/),
    ]);
  });

  test('may come with a factory that injects no bank of its own', () => {
    const providers = ['bog-payments'];
    for (const [token, written] of [
      [getBankHttpToken('bog-payments'), "@InjectBankHttp('bog-payments')"],
      [
        { token: getTokenServiceToken('bog-payments'), optional: true },
        "@InjectTokenService('bog-payments')",
      ],
      [TokenService, 'TokenService by its class'],
    ] as const) {
      expect(refused({ providers, useFactory, inject: [ConfigService, token] }).problems).toEqual([
        `inject must not contain a provider that injects ${written}, because the options are made first`,
      ]);
    }
  });

  test('and the configuration must agree: both differences are reported at once', async () => {
    const { problems } = await refusalOf({
      imports: [
        BankAuthModule.forRootAsync({
          providers: ['bog-payments', 'tbc-installments'],
          useFactory: () => simulator.options() as never,
        }),
      ],
    });
    expect(problems).toEqual([
      expect.stringMatching(/^providers\.tbc-installments is declared .* but not configured/),
      expect.stringMatching(/^providers\.tbc-tpay is configured but not declared/),
    ]);
  });
});

describe('a second registration in one application', () => {
  test('fails at start-up and runs neither factory', async () => {
    const [first, second] = [jest.fn(bogOnly), jest.fn(() => simulator.options('tbc-tpay'))];
    const failure = await refusalOf({
      imports: [
        BankAuthModule.forRootAsync({ providers: ['bog-payments'], useFactory: first }),
        feature({
          imports: [BankAuthModule.forRootAsync({ providers: ['tbc-tpay'], useFactory: second })],
        }),
      ],
    });
    expect(failure.message).toMatch(/BankAuthModule is registered 2 times.*once, in the root module/);
    expect(first).not.toHaveBeenCalled();
    expect(second).not.toHaveBeenCalled();
    expect(simulator.bank('bog-payments').tokenRequests).toBe(0);
  });

  test('fails also where both are the same in content, or made in the two ways', async () => {
    const [forRoot, again] = [BankAuthModule.forRoot(bogOnly()), BankAuthModule.forRoot(bogOnly())];
    const async = BankAuthModule.forRootAsync({ providers: ['bog-payments'], useFactory: bogOnly });
    for (const imports of [
      [forRoot, again],
      [forRoot, async],
    ]) {
      expect((await refusalOf({ imports })).message).toContain('registered 2 times');
    }
  });

  test('fails where Nest compares modules by content, however similar the two are', async () => {
    const account = () =>
      BankAuthModule.forRootAsync({ providers: ['bog-payments'], useFactory: () => bogOnly() });
    const forRoot = (clientId: string) => {
      const options = bogOnly();
      return BankAuthModule.forRoot({
        ...options,
        providers: { 'bog-payments': { ...options.providers['bog-payments'], clientId } },
      });
    };
    for (const [first, second] of [
      [account(), account()],
      [forRoot('shop'), forRoot('payouts')],
    ] as const) {
      const imports = [
        feature({ imports: [first] }, 'ShopModule'),
        feature({ imports: [second] }, 'PayoutsModule'),
      ];
      const { message } = await refusalOf({ imports }, { moduleIdGeneratorAlgorithm: 'deep-hash' });
      expect(message).toContain('registered 2 times');
    }
  });

  test('is none where one reference is imported twice, also where modules are compared by content', async () => {
    const factory = jest.fn(bogOnly);
    const module = BankAuthModule.forRootAsync({ providers: ['bog-payments'], useFactory: factory });
    const imports = [
      feature({ imports: [module] }, 'OneModule'),
      feature({ imports: [module] }, 'OtherModule'),
    ];
    await proves(await start({ imports }, { moduleIdGeneratorAlgorithm: 'deep-hash' }));
    expect(factory).toHaveBeenCalledTimes(1);
  });

  test('is none where it is another application', async () => {
    const [one, other] = await Promise.all([
      start({ imports: [BankAuthModule.forRoot(bogOnly())] }),
      start({ imports: [BankAuthModule.forRoot(bogOnly())] }),
    ]);
    await proves(one);
    await proves(other);
    expect(one.get(TokenService)).not.toBe(other.get(TokenService));
    expect(simulator.bank('bog-payments').tokensIssued).toBe(2);
  });

  test('is none where an application is started again from the same reference', async () => {
    const module = BankAuthModule.forRoot(bogOnly());
    await proves(await start({ imports: [module] }));
    await closeAll();
    await proves(await start({ imports: [module] }));
  });
});

describe('the module without a registration', () => {
  test('fails at start-up and says what to do', async () => {
    const { message } = await refusalOf({ imports: [BankAuthModule] });
    expect(message).toMatch(/without a configuration.*forRoot.*once, in the root module/);
  });

  test('fails beside a registration too, also a global one', async () => {
    for (const isGlobal of [false, true]) {
      const { message } = await refusalOf({
        imports: [BankAuthModule.forRoot({ ...bogOnly(), isGlobal }), feature({ imports: [BankAuthModule] })],
      });
      expect(message).toMatch(/without a configuration/);
    }
  });
});

describe('in a controller, over HTTP', () => {
  @Controller('payments')
  class Payments {
    constructor(
      private readonly bog: HttpService,
      private readonly tokens: TokenService,
      private readonly interceptor: BankAuthInterceptor,
    ) {}
    @Post()
    create() {
      return this.bog.post('/simulator/echo', { total: 5 }).pipe(map(({ data }) => data.body));
    }
    @Get('status')
    status() {
      return { ...this.tokens.status, interceptor: this.interceptor.provider };
    }
  }
  InjectBankHttp('bog-payments')(Payments, undefined, 0);
  InjectTokenService('bog-payments')(Payments, undefined, 1);
  InjectBankInterceptor('bog-payments')(Payments, undefined, 2);

  test('all services are available and one token serves all requests', async () => {
    const [, origin] = await listen({
      imports: [BankAuthModule.forRoot(bogOnly())],
      controllers: [Payments],
    });
    const bodies = await Promise.all(
      Array.from({ length: 5 }, async () => {
        const response = await fetch(`${origin}/payments`, { method: 'POST' });
        expect(response.status).toBe(201);
        return response.json();
      }),
    );
    expect(bodies).toEqual(Array.from({ length: 5 }, () => ({ total: 5 })));
    expect(await (await fetch(`${origin}/payments/status`)).json()).toMatchObject({
      provider: 'bog-payments',
      state: 'fresh',
      interceptor: 'bog-payments',
    });
    expect(simulator.bank('bog-payments')).toMatchObject({ tokensIssued: 1, apiRequests: 5 });
  });

  test('a controller made for each request has the same services', async () => {
    @Controller({ path: 'scoped', scope: Scope.REQUEST })
    class Scoped {
      static made = 0;
      @InjectTokenService('bog-payments') private readonly tokens!: TokenService;
      constructor() {
        Scoped.made++;
      }
      @Get()
      async get() {
        await this.tokens.getAccessToken();
        return { provider: this.tokens.provider };
      }
    }
    const [, origin] = await listen({ imports: [BankAuthModule.forRoot(bogOnly())], controllers: [Scoped] });
    for (let n = 0; n < 3; n++) {
      expect(await (await fetch(`${origin}/scoped`)).json()).toEqual({ provider: 'bog-payments' });
    }
    expect(Scoped.made).toBe(3);
    expect(simulator.bank('bog-payments').tokensIssued).toBe(1);
  });
});

test('the module compiles in a testing module as in an application', async () => {
  const testing = await Test.createTestingModule({ imports: [BankAuthModule.forRoot(bogOnly())] }).compile();
  await proves(testing);
  await testing.close();
});
