import { Module } from '@nestjs/common';
import { MerchantsModule } from '../merchants/merchants.module.js';
import { PayoutsController } from './payouts.controller.js';
import { PayoutsService } from './payouts.service.js';

@Module({ imports: [MerchantsModule], controllers: [PayoutsController], providers: [PayoutsService] })
export class PayoutsModule {}
