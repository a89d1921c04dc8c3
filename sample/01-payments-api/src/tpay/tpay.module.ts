import { Module } from '@nestjs/common';
import { TpayController } from './tpay.controller.js';
import { TpayService } from './tpay.service.js';

@Module({ controllers: [TpayController], providers: [TpayService] })
export class TpayModule {}
