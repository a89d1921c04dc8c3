import { afterEach, describe, expect, test } from '@jest/globals';
import { HttpService } from '@nestjs/axios';
import { Controller, Get, Inject, Injectable, Optional, type Type } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { of } from 'rxjs';
import {
  BankAuthInterceptor,
  BankAuthModule,
  type BankAuthOptions,
  getBankHttpToken,
  getBankInterceptorToken,
  getTokenServiceToken,
  InjectBankHttp,
  InjectBankInterceptor,
  InjectTokenService,
  TokenService,
} from '../../../src/index.js';
import { provideFakeBankHttp, provideFakeTokenService } from '../../../src/testing/index.js';
import { closeAll, failureOf, feature, refusalOf, start } from './application.js';

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
    const tokens = [getTokenServiceToken, getBankHttpToken, getBankInterceptorToken].map((of) => of('x'));
    expect(new Set(tokens).size).toBe(3);
    for (const token of tokens) {
      expect(Symbol.keyFor(token)).toMatch(/^nestjs-bank-auth:.*x$/);
      expect(Symbol.for(Symbol.keyFor(token) as string)).toBe(token);
    }
  });

  test('differ between providers', () => {
    expect(getTokenServiceToken('a')).not.toBe(getTokenServiceToken('b'));
    expect(getTokenServiceToken('a')).toBe(getTokenServiceToken('a'));
  });

  test('get what the decorators get', async () => {
    @Injectable()
    class Everything {
      @InjectTokenService('bog-payments') tokens!: TokenService;
      @InjectBankHttp('bog-payments') http!: HttpService;
      @InjectBankInterceptor('bog-payments') interceptor!: BankAuthInterceptor;
    }
    const application = await start({ imports: [bog()], providers: [Everything] });
    const { tokens, http, interceptor } = application.get(Everything);
    expect(tokens).toBe(application.get(getTokenServiceToken('bog-payments')));
    expect(http).toBe(application.get(getBankHttpToken('bog-payments')));
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
      expect(application.get<BankAuthInterceptor>(getBankInterceptorToken(provider)).provider).toBe(provider);
    }
    const baseUrl = (provider: string) =>
      application.get<HttpService>(getBankHttpToken(provider)).axiosRef.defaults.baseURL;
    expect(baseUrl('bog-payments')).toBe('https://api-sandbox.bog.ge');
    expect(baseUrl('tbc-installments')).toBe('https://test-api.tbcbank.ge');
  });
});

describe('a name that nobody declared', () => {
  const decorators = [
    ['InjectTokenService', InjectTokenService],
    ['InjectBankHttp', InjectBankHttp],
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
          `^Refunds injects @${name}\\('tbc-instalments'\\).*declares bog-payments, tbc-installments`,
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

    test('into something optional is undefined there', async () => {
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

    test('and provided by the user is none of our business', async () => {
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

  test("is Nest's own to report where only the token is used", async () => {
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

  test('is that of the only provider', async () => {
    const application = await start({ imports: [bog()], providers: [Payments] });
    expect(application.get(Payments).tokens).toBe(application.get(getTokenServiceToken('bog-payments')));
  });

  test('is that of the only provider also from a factory and in another module', async () => {
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

  test('does not exist where there are two, since nobody could say which', async () => {
    const failure = await failureOf({ imports: [BankAuthModule.forRoot(two)], providers: [Payments] });
    expect(failure.message).toMatch(/can't resolve dependencies of the Payments/);
  });
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

  test('classes that want undeclared names can be given fakes without the module', async () => {
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
