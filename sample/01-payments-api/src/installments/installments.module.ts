import { Module } from '@nestjs/common';
import { InstallmentsController } from './installments.controller.js';

@Module({ controllers: [InstallmentsController] })
export class InstallmentsModule {}
