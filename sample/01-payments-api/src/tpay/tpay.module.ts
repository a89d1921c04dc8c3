import { Module } from '@nestjs/common';
import { TpayController } from './tpay.controller.js';

@Module({ controllers: [TpayController] })
export class TpayModule {}
