import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  Controller,
  type DynamicModule,
  forwardRef,
  Get,
  Inject,
  Injectable,
  type Provider,
  Scope,
} from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import {
  BankAuthModule,
  type BankAuthOptions,
  getTokenServiceToken,
  type TokenService,
} from '../../../src/index.js';
import { BankSimulator } from '../../../src/testing/index.js';
import { closeAll, feature, listen, refusalOf, start } from '../../support/module-application.js';

let simulator: BankSimulator;
beforeAll(async () => {
  simulator = await BankSimulator.start('bog-payments');
});
beforeEach(() => simulator.reset());
afterEach(closeAll);
afterAll(() => simulator.stop());

const bogOnly = (): BankAuthOptions<'bog-payments'> => ({
  ...simulator.options('bog-payments'),
  warmUp: false,
});

@Injectable({ scope: Scope.REQUEST })
class Tenant {
  readonly id = 'tenant';
}

@Injectable({ scope: Scope.REQUEST, durable: true })
class DurableTenant {}

@Injectable()
class Vault {
  constructor(@Inject(Tenant) readonly tenant: Tenant) {}
}

@Injectable()
class Settings {
  @Inject(Vault) readonly vault!: Vault;
}

/** Its dependency becomes known to Nest when its constructor's, which take their time, are there. */
@Injectable()
class LateSettings {
  @Inject(Tenant) readonly tenant!: Tenant;
  constructor(@Inject('slow') readonly slow: string) {}
}

@Injectable({ scope: Scope.TRANSIENT })
class Transient {
  constructor(@Inject(Tenant) readonly tenant: Tenant) {}
}

class OptionsFactory {
  readonly createBankAuthOptions = bogOnly;
  constructor(readonly tenant: Tenant) {}
}
Inject(Tenant)(OptionsFactory, undefined, 0);

const slow: Provider = {
  provide: 'slow',
  useFactory: () => new Promise((resolve) => setImmediate(resolve, 'slow')),
};
const tenants = feature({
  providers: [Tenant, DurableTenant, Vault, Settings, LateSettings, Transient, OptionsFactory, slow],
  exports: [Tenant, DurableTenant, Vault, Settings, LateSettings, Transient, OptionsFactory],
});
const byFactory = (...inject: unknown[]) =>
  BankAuthModule.forRootAsync({
    imports: [tenants],
    providers: ['bog-payments'],
    inject,
    useFactory: bogOnly,
  });
const byExtraProvider = (provider: Provider, token: string) =>
  BankAuthModule.forRootAsync({
    providers: ['bog-payments'],
    extraProviders: [provider],
    inject: [token],
    useFactory: bogOnly,
  });

describe('request-scoped options are refused at start-up:', () => {
  test.each<[string, () => DynamicModule, string]>([
    ['the factory injects a request-scoped class', () => byFactory(Tenant), 'Tenant'],
    ['a durable one', () => byFactory(DurableTenant), 'DurableTenant'],
    ['an optional one', () => byFactory({ token: Tenant, optional: true }), 'Tenant'],
    ['one behind a forwardRef', () => byFactory(forwardRef(() => Tenant)), 'Tenant'],
    ['the request itself', () => byFactory(REQUEST), 'REQUEST'],
    ['a class that injects one', () => byFactory(Vault), 'Tenant (by way of Vault)'],
    [
      'a class with a property that injects one',
      () => byFactory(Settings),
      'Tenant (by way of Settings, Vault)',
    ],
    ['a transient class that injects one', () => byFactory(Transient), 'Tenant (by way of Transient)'],
    ['a dependency that is known late', () => byFactory(LateSettings), 'Tenant (by way of LateSettings)'],
    [
      'an extra provider',
      () => byExtraProvider({ provide: 'x', useFactory: () => 1, scope: Scope.REQUEST }, 'x'),
      'x',
    ],
    [
      'an extra provider that injects the request',
      () => byExtraProvider({ provide: 'x', useFactory: () => 1, inject: [REQUEST] }, 'x'),
      'REQUEST (by way of x)',
    ],
    [
      'the class of useClass injects one',
      () =>
        BankAuthModule.forRootAsync({
          imports: [tenants],
          providers: ['bog-payments'],
          useClass: OptionsFactory,
        }),
      'Tenant (by way of OptionsFactory)',
    ],
    [
      'the class of useExisting injects one',
      () =>
        BankAuthModule.forRootAsync({
          imports: [tenants],
          providers: ['bog-payments'],
          useExisting: OptionsFactory,
        }),
      'Tenant (by way of OptionsFactory)',
    ],
  ])('%s', async (_what, registered, name) => {
    const { message, code } = await refusalOf({ imports: [registered()] });
    expect(code).toBe('BANK_AUTH_CONFIG');
    expect(message).toContain(`BankAuthModule: its options depend on ${name}, which Nest creates anew`);
    expect(message).toContain('docs/merchants.md');
    expect(simulator.bank('bog-payments').tokenRequests).toBe(0);
  });

  test('a global registration that no module injects', async () => {
    const { message } = await refusalOf({ imports: [{ ...byFactory(Tenant), global: true }] });
    expect(message).toContain('depend on Tenant');
  });
});

describe('singleton options are accepted, where', () => {
  test('a dependency of them is transient', async () => {
    @Injectable({ scope: Scope.TRANSIENT })
    class Logger {}
    const application = await start({
      imports: [
        BankAuthModule.forRootAsync({
          providers: ['bog-payments'],
          extraProviders: [Logger],
          inject: [Logger],
          useFactory: bogOnly,
        }),
      ],
    });
    const tokens = application.get<TokenService>(getTokenServiceToken('bog-payments'));
    await expect(tokens.getAccessToken()).resolves.toEqual(expect.any(String));
  });

  test('only the users of the bank are request-scoped', async () => {
    @Controller({ path: 'scoped', scope: Scope.REQUEST })
    class Scoped {
      constructor(
        @Inject(getTokenServiceToken('bog-payments')) readonly tokens: TokenService,
        @Inject(Tenant) readonly tenant: Tenant,
      ) {}
      @Get()
      async get() {
        await this.tokens.getAccessToken();
        return { tenant: this.tenant.id };
      }
    }
    const [, origin] = await listen({
      imports: [tenants, BankAuthModule.forRoot(bogOnly())],
      controllers: [Scoped],
    });
    for (let n = 0; n < 3; n++) {
      expect(await (await fetch(`${origin}/scoped`)).json()).toEqual({ tenant: 'tenant' });
    }
    expect(simulator.bank('bog-payments').tokenRequests).toBe(1);
  });
});
