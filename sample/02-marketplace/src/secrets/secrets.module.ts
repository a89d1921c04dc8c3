import { Module } from '@nestjs/common';
import { SecretsVault } from './secrets.vault.js';

@Module({ providers: [SecretsVault], exports: [SecretsVault] })
export class SecretsModule {}
