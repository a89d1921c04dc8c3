import { afterEach, describe, expect, test } from '@jest/globals';
import { HttpService } from '@nestjs/axios';
import {
  Controller,
  type DynamicModule,
  Get,
  Inject,
  Injectable,
  Optional,
  Scope,
  type Type,
} from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { of } from 'rxjs';
import {
  BankAuthInterceptor,
  BankAuthModule,
  type BankAuthOptions,
  type BankFetch,
  getBankFetchToken,
  getBankHttpToken,
  getBankInterceptorToken,
  getTokenServiceToken,
  InjectBankFetch,
  InjectBankHttp,
  InjectBankInterceptor,
  InjectTokenService,
  TokenService,
} from '../../../src/index.js';
import { provideFakeBankHttp, provideFakeTokenService } from '../../../src/testing/index.js';
import { closeAll, failureOf, feature, listen, refusalOf, start } from '../../support/module-application.js';

afterEach(closeAll);

const credentials = { clientId: 'client', clientSecret: 'secret' };
const bog = (isGlobal = false) =>
  BankAuthModule.forRoot({
    environment: 'sandbox',
    providers: { 'bog-payments': credentials },
    warmUp: false,
    isGlobal,
  });
const two: BankAuthOptions<'bog-payments' | 'tbc-installments'> = {
  environment: 'sandbox',
  providers: { 'bog-payments': credentials, 'tbc-installments': credentials },
  warmUp: false,
};

describe('injection tokens', () => {
  test('are registered symbols that name the package and the provider, one per kind', () => {
    const tokens = [getTokenServiceToken, getBankHttpToken, getBankFetchToken, getBankInterceptorToken].map(
      (of) => of('x'),
    );
    expect(new Set(tokens).size).toBe(4);
    for (const token of tokens) {
      expect(Symbol.keyFor(token)).toMatch(/^nestjs-bank-auth:.*x$/);
      expect(Symbol.for(Symbol.keyFor(token) as string)).toBe(token);
    }
  });

  test('differ between providers', () => {
    expect(getTokenServiceToken('a')).not.toBe(getTokenServiceToken('b'));
    expect(getTokenServiceToken('a')).toBe(getTokenServiceToken('a'));
  });

  test('resolve to the same instances as the decorators', async () => {
    @Injectable()
    class Everything {
      @InjectTokenService('bog-payments') tokens!: TokenService;
      @InjectBankHttp('bog-payments') http!: HttpService;
      @InjectBankFetch('bog-payments') fetch!: BankFetch;
      @InjectBankInterceptor('bog-payments') interceptor!: BankAuthInterceptor;
    }
    const application = await start({ imports: [bog()], providers: [Everything] });
    const { tokens, http, fetch, interceptor } = application.get(Everything);
    expect(tokens).toBe(application.get(getTokenServiceToken('bog-payments')));
    expect(http).toBe(application.get(getBankHttpToken('bog-payments')));
    expect(fetch).toBe(application.get(getBankFetchToken('bog-payments')));
    expect(fetch.provider).toBe('bog-payments');
    expect(interceptor).toBe(application.get(getBankInterceptorToken('bog-payments')));
    expect(tokens).toBeInstanceOf(TokenService);
    expect(http).toBeInstanceOf(HttpService);
    expect(interceptor).toBeInstanceOf(BankAuthInterceptor);
  });

  test('work in parameters and in properties, of controllers, providers and modules', async () => {
    @Controller()
    class Payments {
      @InjectTokenService('bog-payments') readonly byProperty!: TokenService;
      constructor(@InjectTokenService('bog-payments') readonly byParameter: TokenService) {}
    }
    class PaymentsModule {
      constructor(@InjectTokenService('bog-payments') readonly tokens: TokenService) {}
    }
    const application = await start({
      imports: [bog(true), { module: PaymentsModule, controllers: [Payments] }],
    });
    const { byProperty, byParameter } = application.get(Payments, { strict: false });
    expect(byProperty).toBeInstanceOf(TokenService);
    expect(byParameter).toBe(byProperty);
    expect(application.get(PaymentsModule).tokens).toBe(byProperty);
  });

  test('keep providers of one application apart', async () => {
    const application = await start({ imports: [BankAuthModule.forRoot(two)] });
    for (const provider of ['bog-payments', 'tbc-installments']) {
      expect(application.get<TokenService>(getTokenServiceToken(provider)).provider).toBe(provider);
      expect(application.get<BankFetch>(getBankFetchToken(provider)).provider).toBe(provider);
      expect(application.get<BankAuthInterceptor>(getBankInterceptorToken(provider)).provider).toBe(provider);
    }
    const baseUrl = (provider: string) =>
      application.get<HttpService>(getBankHttpToken(provider)).axiosRef.defaults.baseURL;
    expect(baseUrl('bog-payments')).toBe('https://api-sandbox.bog.ge');
    expect(baseUrl('tbc-installments')).toBe('https://test-api.tbcbank.ge');
  });
});

describe('an undeclared name', () => {
  const decorators = [
    ['InjectTokenService', InjectTokenService],
    ['InjectBankHttp', InjectBankHttp],
    ['InjectBankFetch', InjectBankFetch],
    ['InjectBankInterceptor', InjectBankInterceptor],
  ] as const;

  describe.each(decorators)('injected by @%s', (name, decorator) => {
    test('into a constructor fails at start-up with the class and the declared names', async () => {
      @Injectable()
      class Refunds {
        constructor(@decorator('tbc-instalments') readonly injected: unknown) {}
      }
      const { message, code } = await refusalOf({
        imports: [BankAuthModule.forRoot(two)],
        providers: [Refunds],
      });
      expect(code).toBe('BANK_AUTH_CONFIG');
      expect(message).toMatch(
        new RegExp(
          `^Refunds injects @${name}\\('tbc-instalments'\\).*declares bog-payments, tbc-installments\\..*did you mean tbc-installments\\?`,
        ),
      );
    });

    test('into a property fails in the same way', async () => {
      @Injectable()
      class Refunds {
        @decorator('bog-payment') readonly injected: unknown;
      }
      const { message } = await refusalOf({ imports: [bog()], providers: [Refunds] });
      expect(message).toMatch(
        new RegExp(`^Refunds injects @${name}\\('bog-payment'\\).*declares bog-payments\\b`),
      );
    });

    test('into a controller of another module fails in the same way', async () => {
      @Controller()
      class Refunds {
        constructor(@decorator('bog-refunds') readonly injected: unknown) {}
      }
      for (const imports of [
        [bog(true), feature({ controllers: [Refunds] })],
        [feature({ imports: [bog()], controllers: [Refunds] })],
      ]) {
        const { message } = await refusalOf({ imports });
        expect(message).toMatch(new RegExp(`^Refunds injects @${name}\\('bog-refunds'\\)`));
      }
    });

    test('as an optional dependency is undefined there', async () => {
      @Injectable()
      class Refunds {
        @Optional() @decorator('bog-optional') readonly property: unknown;
        constructor(@Optional() @decorator('bog-optional') readonly parameter: unknown) {}
      }
      const application = await start({ imports: [bog()], providers: [Refunds] });
      expect(application.get(Refunds).parameter).toBeUndefined();
      expect(application.get(Refunds).property).toBeUndefined();
    });

    test('into a class that no module holds is no mistake', async () => {
      class Unused {
        constructor(@decorator('bog-unused') readonly injected: unknown) {}
      }
      expect(Unused).toBeDefined();
      const application = await start({ imports: [bog()] });
      expect(application.get(TokenService).provider).toBe('bog-payments');
    });

    test('and provided by the user is accepted', async () => {
      @Injectable()
      class Refunds {
        constructor(@decorator('own-provider') readonly injected: unknown) {}
      }
      const token = Reflect.getMetadata('self:paramtypes', Refunds)[0].param as symbol;
      const application = await start({
        imports: [bog()],
        providers: [Refunds, { provide: token, useValue: 'own' }],
      });
      expect(application.get(Refunds).injected).toBe('own');
    });
  });

  test('is reported from a registration by a factory too', async () => {
    @Injectable()
    class Refunds {
      constructor(@InjectTokenService('bog-reports') readonly tokens: TokenService) {}
    }
    const { problems } = await refusalOf({
      imports: [
        BankAuthModule.forRootAsync({
          providers: ['bog-payments', 'tbc-installments'],
          useFactory: () => two,
        }),
      ],
      providers: [Refunds],
    });
    expect(problems).toEqual([
      expect.stringMatching(/^Refunds injects .*declares bog-payments, tbc-installments/),
    ]);
  });

  test('is reported by Nest itself where only the token is used', async () => {
    const token = getTokenServiceToken('never-decorated');
    const failure = await failureOf({
      imports: [bog()],
      providers: [{ provide: 'user', useFactory: () => 1, inject: [token] }],
    });
    expect(failure.message).toContain('Symbol(nestjs-bank-auth:token-service:never-decorated)');
  });
});

describe('TokenService by its class', () => {
  @Injectable()
  class Payments {
    constructor(readonly tokens: TokenService) {}
  }
  Inject(TokenService)(Payments, undefined, 0);

  test('is the one of the only provider', async () => {
    const application = await start({ imports: [bog()], providers: [Payments] });
    expect(application.get(Payments).tokens).toBe(application.get(getTokenServiceToken('bog-payments')));
  });

  test('is the one of the only provider also from a factory and in another module', async () => {
    const module = BankAuthModule.forRootAsync({
      isGlobal: true,
      providers: ['bog-payments'],
      useFactory: () => ({
        environment: 'sandbox',
        providers: { 'bog-payments': credentials },
        warmUp: false,
      }),
    });
    const application = await start({ imports: [module, feature({ providers: [Payments] })] });
    expect(application.get(Payments, { strict: false }).tokens.provider).toBe('bog-payments');
  });

  test('fails where there are two, and the message says what to write', async () => {
    const { problems } = await refusalOf({ imports: [BankAuthModule.forRoot(two)], providers: [Payments] });
    expect(problems).toEqual([
      expect.stringMatching(
        /^Payments injects TokenService by its class, but BankAuthModule declares 2 providers: bog-payments, tbc-installments\. .*@InjectTokenService\('bog-payments'\)/,
      ),
    ]);
  });

  test('is undefined where there are two and the dependency is optional', async () => {
    @Injectable()
    class Statements {
      constructor(@Optional() @Inject(TokenService) readonly tokens: unknown) {}
    }
    const application = await start({ imports: [BankAuthModule.forRoot(two)], providers: [Statements] });
    expect(application.get(Statements).tokens).toBeUndefined();
  });

  test("is the one of the application's own provider where there are two", async () => {
    const own = feature({
      providers: [{ provide: TokenService, useValue: 'own' }],
      exports: [TokenService],
    });
    for (const imports of [
      [BankAuthModule.forRoot(two), own],
      [own, BankAuthModule.forRoot(two)],
    ]) {
      const application = await start({ imports, providers: [Payments] });
      expect(application.get(Payments).tokens).toBe('own');
    }
  });
});

describe('a module that does not import BankAuthModule', () => {
  const token = getBankHttpToken('bog-payments');
  @Injectable()
  class Payments {
    constructor(@InjectBankHttp('bog-payments') readonly http: HttpService) {}
  }
  @Controller()
  class Statements {
    @InjectTokenService('bog-payments') readonly tokens!: TokenService;
  }
  @Injectable()
  class ByClass {
    constructor(@Inject(TokenService) readonly tokens: TokenService) {}
  }
  const byFactory = { provide: 'client', useFactory: (http: unknown) => http, inject: [token] };

  test.each([
    ['a provider', { providers: [Payments] }, "Payments injects @InjectBankHttp('bog-payments')"],
    [
      'a property of a controller',
      { controllers: [Statements] },
      "Statements injects @InjectTokenService('bog-payments')",
    ],
    ['a class', { providers: [ByClass] }, 'ByClass injects TokenService by its class'],
    ['a factory', { providers: [byFactory] }, "client injects @InjectBankHttp('bog-payments')"],
  ])('fails at start-up for %s with what to write, in any order', async (_what, metadata, injection) => {
    const refunds = feature(metadata, 'RefundsModule');
    for (const imports of [
      [bog(), refunds],
      [refunds, bog()],
    ]) {
      const { problems } = await refusalOf({ imports });
      expect(problems).toEqual([
        `${injection}, but its module RefundsModule does not import BankAuthModule. Set \`isGlobal: true\` where BankAuthModule ` +
          'is registered, or export BankAuthModule from the module that registers it, and import that module into RefundsModule.',
      ]);
    }
  });

  test('gets its providers by what the message advises', async () => {
    const shared = feature({ imports: [bog()], exports: [BankAuthModule] }, 'SharedModule');
    const everything = { providers: [Payments, ByClass, byFactory], controllers: [Statements] };
    for (const imports of [
      [bog(true), feature(everything)],
      [shared, feature({ ...everything, imports: [shared] })],
      [feature({ ...everything, imports: [feature({ imports: [shared], exports: [shared] }, 'Outer')] })],
    ]) {
      const application = await start({ imports });
      const http = application.get(token);
      expect(application.get(Payments, { strict: false }).http).toBe(http);
      expect(application.get('client', { strict: false })).toBe(http);
      expect(application.get(ByClass, { strict: false }).tokens).toBe(application.get(TokenService));
      expect(application.get(Statements, { strict: false }).tokens).toBe(application.get(TokenService));
    }
  });

  test('gets its providers from a global module that exports it, also for each request', async () => {
    @Controller({ path: 'scoped', scope: Scope.REQUEST })
    class Scoped {
      static readonly seen = new Set<unknown>();
      constructor(@InjectBankHttp('bog-payments') http: HttpService) {
        Scoped.seen.add(http);
      }
      @Get() get() {
        return 'got';
      }
    }
    const shared = {
      ...feature({ imports: [bog()], exports: [BankAuthModule] }, 'SharedModule'),
      global: true,
    };
    const payments = feature({ providers: [Payments], controllers: [Scoped] });
    for (const imports of [
      [shared, payments],
      [payments, shared],
    ]) {
      Scoped.seen.clear();
      const [application, origin] = await listen({ imports });
      for (let n = 0; n < 3; n++) expect(await (await fetch(`${origin}/scoped`)).text()).toBe('got');
      expect([...Scoped.seen]).toEqual([application.get(token)]);
      expect(application.get(Payments, { strict: false }).http).toBe(application.get(token));
    }
  });

  test('gets undefined where the injection is optional', async () => {
    @Injectable()
    class Refunds {
      constructor(@Optional() @InjectBankHttp('bog-payments') readonly http: unknown) {}
    }
    const application = await start({ imports: [bog(), feature({ providers: [Refunds] })] });
    expect(application.get(Refunds, { strict: false }).http).toBeUndefined();
  });
});

describe('a provider of another module under the token of an undeclared name', () => {
  const token = getBankHttpToken('bog-beside');
  @Injectable()
  class Payments {
    constructor(@InjectBankHttp('bog-beside') readonly http: unknown) {}
  }
  const payments = (...imports: DynamicModule[]) =>
    feature({ imports, providers: [Payments] }, 'PaymentsModule');
  const fakes = (global: boolean): DynamicModule => ({
    ...feature({ providers: [provideFakeBankHttp('bog-beside')], exports: [token] }, 'FakesModule'),
    global,
  });

  test('takes precedence in any order, global or imported', async () => {
    for (const isGlobal of [true, false]) {
      const [real, beside] = [bog(isGlobal), fakes(true)];
      for (const imports of [
        [beside, real, payments(...(isGlobal ? [] : [real]))],
        [real, beside, payments(...(isGlobal ? [] : [real]))],
        [payments(...(isGlobal ? [] : [real])), real, beside],
      ]) {
        const application = await start({ imports });
        expect(application.get(Payments, { strict: false }).http).toBe(application.get(token));
      }
      const imported = fakes(false);
      for (const imports of [
        [real, payments(imported, real)],
        [real, payments(real, imported)],
      ]) {
        const application = await start({ imports });
        expect(application.get(Payments, { strict: false }).http).toBeInstanceOf(HttpService);
      }
    }
  });

  test('takes precedence also if it is slow to be made', async () => {
    const slow: DynamicModule = {
      ...feature(
        {
          providers: [
            { provide: token, useFactory: () => new Promise((resolve) => setImmediate(resolve, 'slow')) },
          ],
          exports: [token],
        },
        'SlowModule',
      ),
      global: true,
    };
    for (const imports of [
      [bog(true), payments(), slow],
      [slow, bog(true), payments()],
    ]) {
      const application = await start({ imports });
      expect(application.get(Payments, { strict: false }).http).toBe('slow');
    }
  });

  test('is not used where the injecting module cannot see it', async () => {
    for (const elsewhere of [fakes(false), { ...fakes(true), exports: [] }]) {
      const { message } = await refusalOf({ imports: [bog(true), elsewhere, payments()] });
      expect(message).toMatch(
        /^Payments injects @InjectBankHttp\('bog-beside'\), but BankAuthModule declares/,
      );
    }
  });

  test('is found by get(), also among the providers of the root', async () => {
    const application = await start({
      imports: [bog(true)],
      providers: [Payments, { provide: token, useValue: 'own' }],
    });
    expect(application.get(token)).toBe('own');
    const reference = application.get(ModuleRef);
    expect(reference.get(token, { strict: false })).toBe('own');
    expect(() => application.get(getBankHttpToken('bog-nowhere'))).toThrow('does not exist');
  });

  test('does not hide a declared name', async () => {
    const application = await start({ imports: [fakes(true), bog()] });
    expect(application.get(getBankHttpToken('bog-payments'))).toBeInstanceOf(HttpService);
  });
});

describe('a report of all mistakes at start-up', () => {
  @Injectable()
  class Payments {
    constructor(@InjectTokenService('bog-paiments') readonly tokens: TokenService) {}
  }
  @Controller()
  class Refunds {
    @InjectBankHttp('tbc-instalment') readonly http!: HttpService;
    constructor(@InjectTokenService('bog-paiments') readonly tokens: TokenService) {}
  }
  @Injectable()
  class Statements {
    constructor(@InjectBankInterceptor('bog-payments') readonly interceptor: BankAuthInterceptor) {}
  }

  const expected = [
    expect.stringMatching(/^environment is missing/),
    expect.stringMatching(/^providers\.bog-payments\.clientSecret/),
    expect.stringMatching(/^Payments injects @InjectTokenService\('bog-paiments'\)/),
    expect.stringMatching(/^Refunds injects @InjectTokenService\('bog-paiments'\)/),
    expect.stringMatching(/^Refunds injects @InjectBankHttp\('tbc-instalment'\)/),
    expect.stringMatching(/^Statements injects @InjectBankInterceptor\('bog-payments'\).*StatementsModule/),
  ];
  const options = { providers: { 'bog-payments': { clientId: 'client' } } } as never;
  const wanting = { providers: [Payments], controllers: [Refunds] };
  const statements = feature({ providers: [Statements] }, 'StatementsModule');

  test.each([
    ['forRoot', () => BankAuthModule.forRoot(options)],
    [
      'a factory that takes its time',
      () =>
        BankAuthModule.forRootAsync({
          providers: ['bog-payments'],
          useFactory: () => new Promise<never>((resolve) => setImmediate(() => resolve(options))),
        }),
    ],
  ])('lists each mistake once, at once: %s', async (_way, registered) => {
    const { problems, message } = await refusalOf({ imports: [registered(), statements], ...wanting });
    expect(problems).toHaveLength(expected.length);
    expect(problems).toEqual(expect.arrayContaining(expected));
    for (const problem of problems) expect(message.split(problem)).toHaveLength(2);
    expect(message).toMatch(/^BankAuthModule cannot start: 6 problems/);
  });

  test.each(['bog-paiments', 'bog-payments'])(
    'names a circle where the options depend on a class that injects %s',
    async (provider) => {
      @Injectable()
      class Settings {
        constructor(@InjectTokenService(provider) readonly tokens: TokenService) {}
      }
      @Injectable()
      class Vault {
        constructor(@Inject(Settings) readonly settings: Settings) {}
      }
      const vault = feature({ providers: [Settings, Vault], exports: [Vault] });
      const { problems } = await refusalOf({
        imports: [
          BankAuthModule.forRootAsync({
            isGlobal: true,
            imports: [vault],
            providers: ['bog-payments'],
            inject: [Vault],
            useFactory: () => ({
              environment: 'sandbox' as const,
              providers: { 'bog-payments': credentials },
            }),
          }),
        ],
      });
      expect(problems).toEqual([
        expect.stringMatching(
          new RegExp(
            `options depend on Settings \\(by way of Vault\\), which injects @InjectTokenService\\('${provider}'\\): a circle`,
          ),
        ),
      ]);
    },
  );
});

describe('in a testing module', () => {
  @Injectable()
  class Payments {
    constructor(
      @InjectTokenService('bog-payments') readonly tokens: TokenService,
      @InjectBankHttp('bog-payments') readonly http: HttpService,
    ) {}
  }
  const compile = (override: (builder: ReturnType<typeof Test.createTestingModule>) => typeof builder) =>
    override(Test.createTestingModule({ imports: [bog()], providers: [Payments] })).compile();

  test('a token service is overridden by its token', async () => {
    const fake = { getAccessToken: async () => 'fake', getToken: () => of() };
    const testing = await compile((builder) =>
      builder.overrideProvider(getTokenServiceToken('bog-payments')).useValue(fake),
    );
    expect(testing.get(Payments).tokens).toBe(fake);
    expect(testing.get(TokenService)).toBe(fake);
    expect(await testing.get(Payments).tokens.getAccessToken()).toBe('fake');
  });

  test('an application with the fake token service in its place starts and closes', async () => {
    const fake = provideFakeTokenService('bog-payments', 'fake token');
    for (const options of [
      two,
      { ...two, warmUp: 'background' as const },
      { ...two, warmUp: 'required' as const },
    ]) {
      const providers = { 'bog-payments': { ...credentials, keepWarm: true } };
      const testing = await Test.createTestingModule({
        imports: [BankAuthModule.forRoot({ ...options, providers })],
      })
        .overrideProvider(getTokenServiceToken('bog-payments'))
        .useFactory({ factory: fake.useFactory })
        .compile();
      const application = testing.createNestApplication({ logger: false });
      await application.init();
      expect(await application.get(TokenService).getAccessToken()).toBe('fake token');
      await application.close();
    }
  });

  test('an application with the fake client in its place starts and closes', async () => {
    const fake = provideFakeBankHttp('bog-payments', () => ({ status: 201, body: { id: 'order' } }));
    const testing = await compile((builder) =>
      builder.overrideProvider(getBankHttpToken('bog-payments')).useFactory({ factory: fake.useFactory }),
    );
    await testing.init();
    const { status, data } = await testing.get(Payments).http.axiosRef.post('/orders');
    expect([status, data]).toEqual([201, { id: 'order' }]);
    await testing.close();
  });

  test('classes that inject undeclared names can be given fakes without the module', async () => {
    @Controller()
    class Refunds {
      constructor(@InjectTokenService('bog-fakes') readonly tokens: TokenService) {}
      @Get() get() {}
    }
    const testing = await Test.createTestingModule({
      controllers: [Refunds as Type],
      providers: [provideFakeTokenService('bog-fakes')],
    }).compile();
    expect(testing.get<Refunds>(Refunds).tokens.provider).toBe('bog-fakes');
  });

  test('undeclared names can be overridden', async () => {
    @Injectable()
    class Refunds {
      constructor(@InjectTokenService('bog-overridden') readonly tokens: TokenService) {}
    }
    const testing = await Test.createTestingModule({ imports: [bog()], providers: [Refunds] })
      .overrideProvider(getTokenServiceToken('bog-overridden'))
      .useValue('fake')
      .compile();
    expect(testing.get(Refunds).tokens).toBe('fake');
  });
});
