import { Module, ValidationPipe } from '@nestjs/common';
import { APP_FILTER, APP_PIPE } from '@nestjs/core';
import { BankAuthModule } from 'nestjs-bank-auth';
import { BankAddress } from './bank/bank-address.js';
import { BankFailureFilter } from './common/bank-failure.filter.js';
import { ProblemFilter } from './common/problem.filter.js';
import { MerchantsModule } from './merchants/merchants.module.js';
import { PayoutsModule } from './payouts/payouts.module.js';
import { SecretsModule } from './secrets/secrets.module.js';
import { SecretsVault } from './secrets/secrets.vault.js';

@Module({
  imports: [
    BankAuthModule.forRootAsync({
      isGlobal: true,
      providers: ['tbc-business'],
      imports: [SecretsModule],
      inject: [SecretsVault, BankAddress],
      useFactory: (vault: SecretsVault, bank: BankAddress) => ({
        environment: 'sandbox',
        // Logs, errors and status name a merchant by a hash of its key: their readers need not know the merchant.
        merchantLabel: 'hash',
        providers: {
          'tbc-business': {
            ...bank,
            scopes: ['bab_accounts', 'bab_transfers'],
            // No clientId: the marketplace has no credentials of its own to which a call could fall back.
            credentials: (merchant) => vault.credentialsOf(merchant),
          },
        },
      }),
    }),
    MerchantsModule,
    PayoutsModule,
  ],
  providers: [
    {
      provide: APP_PIPE,
      useValue: new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true, transform: true }),
    },
    { provide: APP_FILTER, useClass: ProblemFilter },
    // Nest asks the last one first.
    { provide: APP_FILTER, useClass: BankFailureFilter },
  ],
})
export class AppModule {}
