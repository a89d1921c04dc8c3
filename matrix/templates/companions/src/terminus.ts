import { HealthCheckService, TerminusModule } from '@nestjs/terminus';
import { BankAuthHealthIndicator } from 'nestjs-bank-auth/terminus';
import { beside, Payments, same } from './payments.js';

void beside(
  { imports: [TerminusModule.forRoot({ logger: false })], providers: [BankAuthHealthIndicator] },
  async (app) => {
    await app.get(Payments).pay();
    const banks = app.get(BankAuthHealthIndicator);
    const { status } = await app
      .get(HealthCheckService, { strict: false })
      .check([() => banks.check('banks')]);
    same(status, 'ok');
  },
);
