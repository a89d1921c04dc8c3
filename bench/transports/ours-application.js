import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { BankAuthModule, getBankFetchToken, getBankHttpToken } from 'nestjs-bank-auth';
import { firstValueFrom } from 'rxjs';

const BANK = 'bog-payments';

/**
 * Ours in a Nest application, with a built-in bank and every default but one.
 * @param options of the provider, besides
 * @param application `imports` of the application, besides, and options of its making
 */
export async function openOurs(account, options = {}, { imports = [], ...making } = {}) {
  class AppModule {}
  Module({
    imports: [
      BankAuthModule.forRoot({
        environment: 'sandbox',
        providers: { [BANK]: { ...account, ...options } },
        // As the other rows: no token is requested before the first call.
        warmUp: false,
      }),
      ...imports,
    ],
  })(AppModule);
  const app = await NestFactory.createApplicationContext(AppModule, making);
  const http = app.get(getBankHttpToken(BANK));
  return {
    app,
    fetch: app.get(getBankFetchToken(BANK)),
    get: (path) => firstValueFrom(http.get(path)),
    close: () => app.close(),
  };
}
