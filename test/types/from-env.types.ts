// Compiled, never run: each `@ts-expect-error` is a mistake that the types have to flag, everything else is right.
import { ConfigModule, type ConfigService } from '@nestjs/config';
import {
  BankAuthModule,
  type BankAuthOptions,
  bankAuthFromEnv,
  bogPayments,
  defineBank,
  MemoryTokenStore,
} from '../../src/index.js';

const myBank = defineBank({ ...bogPayments, id: 'my-bank', title: 'My bank' });

export function rightUsages(name: string, config: ConfigService): void {
  BankAuthModule.forRootAsync(bankAuthFromEnv('bog-payments', 'tbc-installments'));
  // What a bank requires comes from variables, so that nothing of it stands here.
  BankAuthModule.forRootAsync(bankAuthFromEnv('tbc-tpay', 'tbc-business', 'partner'));
  BankAuthModule.forRootAsync(bankAuthFromEnv('bog-payments', 'bog-main'));
  BankAuthModule.forRootAsync(bankAuthFromEnv('bog-payments', myBank));
  BankAuthModule.forRootAsync(bankAuthFromEnv(name));
  BankAuthModule.forRootAsync({ ...bankAuthFromEnv('bog-payments'), isGlobal: true });
  BankAuthModule.forRootAsync({ ...bankAuthFromEnv('bog-payments'), imports: [ConfigModule.forRoot()] });

  const fromEnv = bankAuthFromEnv('bog-payments', myBank);
  const options: BankAuthOptions<'bog-payments' | 'my-bank'> = fromEnv.useFactory(config);
  BankAuthModule.forRoot(options);
  BankAuthModule.forRootAsync({
    ...fromEnv,
    isGlobal: true,
    useFactory: (given: ConfigService) => ({
      ...fromEnv.useFactory(given),
      store: new MemoryTokenStore(),
      warmUp: 'required',
    }),
  });
  // Merchants besides, which no variable is for.
  const one = bankAuthFromEnv('tbc-tpay');
  BankAuthModule.forRootAsync({
    ...one,
    useFactory: (given: ConfigService) => {
      const { providers, ...rest } = one.useFactory(given);
      const credentials = async (clientId: string) => ({ clientId });
      return { ...rest, providers: { 'tbc-tpay': { ...providers['tbc-tpay'], credentials } } };
    },
  });
}

export function wrongUsages(config: ConfigService): void {
  // @ts-expect-error: names and definitions only
  bankAuthFromEnv(1);
  // @ts-expect-error: a list is no name
  bankAuthFromEnv(['bog-payments']);
  // @ts-expect-error: one way to the configuration
  BankAuthModule.forRootAsync({ ...bankAuthFromEnv('bog-payments'), useClass: class {} });
  // @ts-expect-error: other names than those that are read
  BankAuthModule.forRootAsync({ ...bankAuthFromEnv('bog-payments'), providers: ['tbc-tpay'] });
  // @ts-expect-error: more names than those that are read
  BankAuthModule.forRootAsync({
    ...bankAuthFromEnv('bog-payments'),
    providers: ['bog-payments', 'tbc-tpay'],
  });
  // @ts-expect-error: other names
  const options: BankAuthOptions<'tbc-tpay'> = bankAuthFromEnv('bog-payments').useFactory(config);
  BankAuthModule.forRoot(options);
}
