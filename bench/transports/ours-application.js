import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { BankAuthModule, getBankFetchToken, getBankHttpToken } from 'nestjs-bank-auth';
import { firstValueFrom } from 'rxjs';

const BANK = 'bog-payments';

/**
 * Our package in a Nest application, with a built-in bank and every default but one.
 * @param options further options of the provider
 * @param application further `imports` of the application, and options of its creation
 */
export async function openOurs(account, options = {}, { imports = [], ...making } = {}) {
  class AppModule {}
  Module({
    imports: [
      BankAuthModule.forRoot({
        environment: 'sandbox',
        providers: { [BANK]: { ...account, ...options } },
        // As in the other rows, no token is requested before the first call.
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
