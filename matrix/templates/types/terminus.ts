import type { HealthCheckService, HealthIndicatorResult } from '@nestjs/terminus';
import { BankAuthHealthIndicator } from 'nestjs-bank-auth/terminus';

export const result = (banks: BankAuthHealthIndicator): HealthIndicatorResult<'banks'> =>
  banks.check('banks');
export const health = (service: HealthCheckService, banks: BankAuthHealthIndicator) =>
  service.check([() => banks.check('banks', { providers: ['bog-payments'], failingMerchants: 'degraded' })]);
