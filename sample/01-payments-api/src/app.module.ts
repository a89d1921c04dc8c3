import { Module, ValidationPipe } from '@nestjs/common';
import { ConfigModule, type ConfigService } from '@nestjs/config';
import { APP_FILTER, APP_PIPE } from '@nestjs/core';
import { BankAuthModule, bankAuthFromEnv } from 'nestjs-bank-auth';
import { AccountsModule } from './accounts/accounts.module.js';
import { BANK_PROVIDERS } from './bank-providers.js';
import { BookingsModule } from './bookings/bookings.module.js';
import { BankFailureFilter } from './common/bank-failure.filter.js';
import { ProblemFilter } from './common/problem.filter.js';
import { InstallmentsModule } from './installments/installments.module.js';
import { OrdersModule } from './orders/orders.module.js';
import { sharedTokens } from './shared-tokens.js';
import { TokensModule } from './tokens/tokens.module.js';
import { TpayModule } from './tpay/tpay.module.js';

const banks = bankAuthFromEnv(...BANK_PROVIDERS);

@Module({
  imports: [
    ConfigModule.forRoot({ isGlobal: true }),
    BankAuthModule.forRootAsync({
      ...banks,
      isGlobal: true,
      useFactory: (config?: ConfigService) => ({ ...banks.useFactory(config), store: sharedTokens() }),
    }),
    OrdersModule,
    TpayModule,
    InstallmentsModule,
    AccountsModule,
    BookingsModule,
    TokensModule,
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
