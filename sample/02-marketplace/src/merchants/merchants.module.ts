import { Module } from '@nestjs/common';
import { SecretsModule } from '../secrets/secrets.module.js';
import { MerchantsController } from './merchants.controller.js';
import { MerchantsService } from './merchants.service.js';
import { MerchantsTable } from './merchants.table.js';

@Module({
  imports: [SecretsModule],
  controllers: [MerchantsController],
  providers: [MerchantsService, MerchantsTable],
  exports: [MerchantsService, MerchantsTable],
})
export class MerchantsModule {}
