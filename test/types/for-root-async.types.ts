// Compiled, never run: each `@ts-expect-error` is a mistake that the types have to flag, everything else is right.
import { ConfigModule, ConfigService, registerAs } from '@nestjs/config';
import { of } from 'rxjs';
import {
  type BankAuthAsyncOptions,
  BankAuthModule,
  type BankAuthOptions,
  type BankAuthOptionsFactory,
  type Credentials,
  MemoryTokenStore,
} from '../../src/index.js';

const bog = { clientId: 'id', clientSecret: 'secret' };
const sandbox = 'sandbox' as const;

class Factory implements BankAuthOptionsFactory<'bog-payments' | 'tbc-installments'> {
  createBankAuthOptions(): BankAuthOptions<'bog-payments' | 'tbc-installments'> {
    return { environment: 'sandbox', providers: { 'bog-payments': bog, 'tbc-installments': bog } };
  }
}

class SlowFactory implements BankAuthOptionsFactory<'tbc-tpay'> {
  constructor(private readonly config: ConfigService) {}
  async createBankAuthOptions(): Promise<BankAuthOptions<'tbc-tpay'>> {
    const apiKey = this.config.getOrThrow('KEY');
    return { environment: 'production', providers: { 'tbc-tpay': { ...bog, apiKey } } };
  }
}

/** Factories of classes that say nothing about what they make. */
class UntypedFactory {
  createBankAuthOptions(): any {
    return JSON.parse('{}');
  }
}

class SlowUntypedFactory {
  async createBankAuthOptions() {
    return JSON.parse('{}');
  }
}

class AnyFactory implements BankAuthOptionsFactory {
  createBankAuthOptions(): BankAuthOptions {
    return { environment: 'sandbox', providers: {} };
  }
}

export function rightUsages(
  names: string[],
  options: BankAuthOptions,
  environment: 'production' | 'sandbox',
): void {
  BankAuthModule.forRootAsync({
    isGlobal: true,
    providers: ['bog-payments', 'tbc-installments'],
    inject: [ConfigService],
    useFactory: (config: ConfigService) => ({
      environment: 'sandbox',
      providers: {
        'bog-payments': { clientId: config.getOrThrow('ID'), clientSecret: config.getOrThrow('SECRET') },
        'tbc-installments': bog,
      },
    }),
  });
  BankAuthModule.forRootAsync({
    imports: [ConfigModule.forRoot()],
    extraProviders: [Factory, { provide: 'x', useValue: 1 }],
    inject: ['x', { token: 'y', optional: true }],
    providers: ['tbc-business'],
    useFactory: async (_x: number, _y?: string) => ({
      environment,
      store: new MemoryTokenStore(),
      warmUp: 'required',
      retry: { attempts: 1 },
      providers: { 'tbc-business': { ...bog, scopes: ['bab_accounts'], environment: sandbox } },
    }),
  });
  // Names as a constant.
  const constants = ['bog-payments', 'partner'] as const;
  BankAuthModule.forRootAsync({
    providers: constants,
    useFactory: () => ({
      environment: 'sandbox',
      providers: { 'bog-payments': bog, partner: { ...bog, apiBaseUrl: 'https://partner.example' } },
    }),
  });
  // Switched off, unconditionally or by what is required besides.
  BankAuthModule.forRootAsync({
    providers: ['tbc-tpay', 'tbc-business', 'partner'],
    useFactory: () => ({
      environment: 'sandbox',
      providers: {
        'tbc-tpay': { enabled: false },
        'tbc-business': { enabled: false },
        partner: { enabled: false },
      },
    }),
  });
  // Merchants whose credentials are found by a function.
  BankAuthModule.forRootAsync({
    providers: ['tbc-tpay', 'tbc-business', 'partner'],
    inject: ['vault'],
    useFactory: (vault: { read(path: string): Promise<Credentials> }) => ({
      environment: 'production',
      merchantLabel: 'hash',
      providers: {
        'tbc-tpay': {
          credentials: (merchant: string) => vault.read(merchant),
          tokenRequests: { concurrency: 2 },
        },
        'tbc-business': { credentials: (merchant) => of({ clientId: merchant }), scopes: ['bab_accounts'] },
        partner: { credentials: async () => undefined, apiBaseUrl: 'https://partner.example' },
      },
    }),
  });
  BankAuthModule.forRootAsync({
    providers: ['bog-payments'],
    useFactory: async () => ({
      environment: sandbox,
      merchantLabel: (merchant: string) => merchant.slice(0, 2),
      providers: { 'bog-payments': { ...bog, credentials: () => null, merchants: { limit: 1 } } },
    }),
  });
  // Names of the user.
  BankAuthModule.forRootAsync({
    providers: ['bog-main', 'bog-payments'],
    useFactory: () => ({
      environment: 'sandbox',
      providers: { 'bog-main': { ...bog, bank: 'bog-payments' }, 'bog-payments': bog },
    }),
  });
  // A factory that is written elsewhere.
  const make = async (): Promise<BankAuthOptions<'bog-payments'>> => ({
    environment: 'sandbox',
    providers: { 'bog-payments': bog },
  });
  BankAuthModule.forRootAsync({ providers: ['bog-payments'], useFactory: make });
  // Classes.
  BankAuthModule.forRootAsync({ providers: ['bog-payments', 'tbc-installments'], useClass: Factory });
  BankAuthModule.forRootAsync({ providers: ['tbc-tpay'], useClass: SlowFactory, imports: [ConfigModule] });
  BankAuthModule.forRootAsync({ providers: ['tbc-tpay'], useExisting: SlowFactory });
  BankAuthModule.forRootAsync({ providers: ['tbc-tpay'], useExisting: Symbol.for('factory') });
  // What registerAs made.
  const config = registerAs(
    'bank',
    (): BankAuthOptions<'bog-payments'> => ({
      environment: 'sandbox',
      providers: { 'bog-payments': bog },
    }),
  );
  BankAuthModule.forRootAsync({ providers: ['bog-payments'], ...config.asProvider() });
  BankAuthModule.forRootAsync({ ...config.asProvider(), providers: ['bog-payments'], isGlobal: true });
  const slow = registerAs('bank', async (): Promise<BankAuthOptions<'bog-payments'>> => make());
  BankAuthModule.forRootAsync({ providers: ['bog-payments'], ...slow.asProvider() });
  // Names that are known at run time only.
  BankAuthModule.forRootAsync({ providers: names, useFactory: () => options });
  BankAuthModule.forRootAsync({ providers: names, useClass: AnyFactory });
  // What is `any` is not looked at, whole or in part: the start does.
  const providers = ['bog-payments', 'tbc-tpay'] as const;
  const inject = [ConfigService];
  const parsed = JSON.parse('{}');
  BankAuthModule.forRootAsync({ providers, inject, useFactory: (config) => config.get('banks') });
  BankAuthModule.forRootAsync({ providers, inject, useFactory: (c: ConfigService) => c.get('banks') });
  BankAuthModule.forRootAsync({ providers, inject, useFactory: (c: ConfigService) => c.getOrThrow('banks') });
  BankAuthModule.forRootAsync({ providers, inject, useFactory: async (c: ConfigService) => c.get('banks') });
  BankAuthModule.forRootAsync({ providers, useFactory: () => JSON.parse('{}') });
  BankAuthModule.forRootAsync({ providers, useFactory: () => ({ ...parsed }) });
  BankAuthModule.forRootAsync({ providers, useFactory: async () => ({ environment, ...parsed }) });
  BankAuthModule.forRootAsync({ providers, useFactory: () => ({ environment, providers: parsed }) });
  BankAuthModule.forRootAsync({
    providers,
    useFactory: () => ({
      environment: parsed,
      providers: { 'bog-payments': { ...bog, http: parsed }, 'tbc-tpay': { ...parsed, clientId: 'id' } },
    }),
  });
  BankAuthModule.forRootAsync({ providers, useClass: UntypedFactory });
  BankAuthModule.forRootAsync({ providers, useClass: SlowUntypedFactory });
  BankAuthModule.forRootAsync({ providers, useExisting: UntypedFactory });
  BankAuthModule.forRootAsync({ providers, useFactory: parsed });
  BankAuthModule.forRootAsync({ providers, ...parsed });
  BankAuthModule.forRootAsync(parsed);
  BankAuthModule.forRoot(parsed);
  BankAuthModule.forRoot({ environment, providers: parsed });
  BankAuthModule.forRootAsync({ ...registerAs('banks', () => parsed).asProvider(), providers });
  const prepared: BankAuthAsyncOptions<'bog-payments'> = { providers: ['bog-payments'], useFactory: make };
  BankAuthModule.forRootAsync(prepared);
}

export function wrongUsages(): void {
  const useFactory = (): BankAuthOptions<'bog-payments'> => ({
    environment: 'sandbox',
    providers: { 'bog-payments': bog },
  });
  // @ts-expect-error: no way to the configuration
  BankAuthModule.forRootAsync({ providers: ['bog-payments'] });
  // @ts-expect-error: nothing at all
  BankAuthModule.forRootAsync({});
  // @ts-expect-error: no names
  BankAuthModule.forRootAsync({ useFactory });
  // @ts-expect-error: a factory and a class
  BankAuthModule.forRootAsync({ providers: ['bog-payments'], useFactory, useClass: Factory });
  // @ts-expect-error: a factory and an existing one
  BankAuthModule.forRootAsync({ providers: ['bog-payments'], useFactory, useExisting: Factory });
  // @ts-expect-error: a class and an existing one
  BankAuthModule.forRootAsync({ providers: ['tbc-tpay'], useClass: SlowFactory, useExisting: SlowFactory });
  // @ts-expect-error: a class injects by itself
  BankAuthModule.forRootAsync({ providers: ['tbc-tpay'], useClass: SlowFactory, inject: [ConfigService] });
  // @ts-expect-error: the class configures others
  BankAuthModule.forRootAsync({ providers: ['tbc-tpay'], useClass: Factory });
  // @ts-expect-error: the class configures two
  BankAuthModule.forRootAsync({ providers: ['bog-payments'], useClass: Factory });
  // @ts-expect-error: the class configures one of them only
  BankAuthModule.forRootAsync({ providers: ['tbc-tpay', 'bog-payments'], useClass: SlowFactory });
  // @ts-expect-error: no class of options
  BankAuthModule.forRootAsync({ providers: ['bog-payments'], useClass: class Other {} });
  // @ts-expect-error: no function
  BankAuthModule.forRootAsync({ providers: ['bog-payments'], useFactory: useFactory() });
  // @ts-expect-error: the factory configures another
  BankAuthModule.forRootAsync({ providers: ['tbc-installments'], useFactory });
  // @ts-expect-error: the factory configures one of two
  BankAuthModule.forRootAsync({ providers: ['bog-payments', 'tbc-installments'], useFactory });
  // @ts-expect-error: not an option
  BankAuthModule.forRootAsync({ providers: ['bog-payments'], useFactory, global: true });

  const config = registerAs('bank', useFactory);
  // @ts-expect-error: what registerAs made configures another
  BankAuthModule.forRootAsync({ ...config.asProvider(), providers: ['tbc-installments'] });
  // @ts-expect-error: what registerAs made configures one of two
  BankAuthModule.forRootAsync({ ...config.asProvider(), providers: ['bog-payments', 'tbc-installments'] });

  BankAuthModule.forRootAsync({
    providers: ['bog-payments', 'tbc-installments'],
    // @ts-expect-error: tbc-installments is not configured
    useFactory: () => ({ environment: sandbox, providers: { 'bog-payments': bog } }),
  });
  BankAuthModule.forRootAsync({
    providers: ['bog-payments', 'tbc-installments'],
    // @ts-expect-error: nor when it is made later
    useFactory: async () => ({ environment: sandbox, providers: { 'bog-payments': bog } }),
  });
  BankAuthModule.forRootAsync({
    // @ts-expect-error: tbc-installments is configured but not listed
    providers: ['bog-payments'],
    useFactory: () => ({ environment: sandbox, providers: { 'bog-payments': bog, 'tbc-installments': bog } }),
  });
  BankAuthModule.forRootAsync({
    // @ts-expect-error: a name of the user is configured but not listed
    providers: ['bog-payments'],
    useFactory: () => ({
      environment: sandbox,
      providers: { 'bog-payments': bog, main: { ...bog, bank: 'bog-payments' } },
    }),
  });
  BankAuthModule.forRootAsync({
    // @ts-expect-error: clientID is no option, which a callback's return alone would not tell
    providers: ['bog-payments'],
    useFactory: () => ({ environment: sandbox, providers: { 'bog-payments': { ...bog, clientID: 'id' } } }),
  });
  BankAuthModule.forRootAsync({
    // @ts-expect-error: the same from an asynchronous one
    providers: ['bog-payments'],
    useFactory: async () => ({ environment: sandbox, providers: { 'bog-payments': { ...bog, scope: 'a' } } }),
  });
  BankAuthModule.forRootAsync({
    // @ts-expect-error: an unknown option of the module itself, from a callback
    providers: ['bog-payments'],
    useFactory: () => ({ environment: sandbox, providers: { 'bog-payments': bog }, warmup: false }),
  });
  BankAuthModule.forRootAsync({
    providers: ['tbc-tpay'],
    // @ts-expect-error: tbc-tpay wants an API key
    useFactory: () => ({ environment: sandbox, providers: { 'tbc-tpay': bog } }),
  });
  BankAuthModule.forRootAsync({
    providers: ['tbc-business'],
    // @ts-expect-error: tbc-business wants scopes
    useFactory: () => ({ environment: sandbox, providers: { 'tbc-business': bog } }),
  });
  BankAuthModule.forRootAsync({
    providers: ['tbc-business'],
    // @ts-expect-error: also where merchants' credentials are found by a function
    useFactory: () => ({ environment: sandbox, providers: { 'tbc-business': { credentials: () => bog } } }),
  });
  BankAuthModule.forRootAsync({
    providers: ['tbc-tpay'],
    // @ts-expect-error: the function has to give credentials
    useFactory: () => ({ environment: sandbox, providers: { 'tbc-tpay': { credentials: () => 'secret' } } }),
  });
  BankAuthModule.forRootAsync({
    providers: ['partner'],
    // @ts-expect-error: the partner has no host of its own
    useFactory: () => ({ environment: sandbox, providers: { partner: bog } }),
  });
  BankAuthModule.forRootAsync({
    providers: ['bog-payments'],
    // @ts-expect-error: nothing chooses an environment
    useFactory: () => ({ providers: { 'bog-payments': bog } }),
  });
  BankAuthModule.forRootAsync({
    providers: ['bog-payments'],
    // @ts-expect-error: no such environment
    useFactory: () => ({ environment: 'staging', providers: { 'bog-payments': bog } }),
  });
  BankAuthModule.forRootAsync({
    providers: ['bog-payments'],
    // @ts-expect-error: nothing is returned
    useFactory: () => undefined,
  });
}

/** What is known beside an `any` is looked at. */
export function wrongBesideAny(parsed: any): void {
  const providers = ['bog-payments', 'tbc-tpay'] as const;
  BankAuthModule.forRootAsync({
    // @ts-expect-error: clientID is no option
    providers,
    useFactory: () => ({
      environment: sandbox,
      providers: { 'bog-payments': parsed, 'tbc-tpay': { ...bog, apiKey: 'key', clientID: 'id' } },
    }),
  });
  BankAuthModule.forRootAsync({
    // @ts-expect-error: partner is configured but not listed
    providers,
    useFactory: () => ({
      environment: sandbox,
      providers: { 'bog-payments': parsed, 'tbc-tpay': parsed, partner: parsed },
    }),
  });
  BankAuthModule.forRootAsync({
    providers,
    // @ts-expect-error: tbc-tpay is not configured
    useFactory: () => ({ environment: sandbox, providers: { 'bog-payments': parsed } }),
  });
  BankAuthModule.forRootAsync({
    // @ts-expect-error: an unknown option of the module itself
    providers,
    useFactory: () => ({ environment: sandbox, providers: parsed, warmup: false }),
  });
  BankAuthModule.forRootAsync({
    providers,
    // @ts-expect-error: no such environment
    useFactory: () => ({ environment: 'staging', providers: parsed }),
  });
}

export class WrongFactory implements BankAuthOptionsFactory<'bog-payments'> {
  // @ts-expect-error: makes other options than the class says
  createBankAuthOptions() {
    return { environment: sandbox, providers: { 'tbc-installments': bog } };
  }
}
