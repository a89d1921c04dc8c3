import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { BankAuthModule, getTokenServiceToken, InjectBankHttp } from 'nestjs-bank-auth';
import { firstValueFrom } from 'rxjs';

const BANK = 'bog-payments';

class PaymentsService {
  constructor(http) {
    this.http = http;
  }
}
// Decorators as function calls: plain JavaScript has none yet.
Injectable()(PaymentsService);
InjectBankHttp(BANK)(PaymentsService, undefined, 0);

/** Our package in a Nest application, with a built-in bank and every default but one. */
export default {
  name: 'nestjs-bank-auth',
  packages: ['nestjs-bank-auth'],
  isOurs: true,
  /** @param options further options of the provider */
  async create(account, options = {}) {
    class AppModule {}
    Module({
      imports: [
        BankAuthModule.forRoot({
          environment: 'sandbox',
          providers: { [BANK]: { ...account, ...options } },
          // Otherwise the token would be there before the first caller.
          warmUp: false,
        }),
      ],
      providers: [PaymentsService],
    })(AppModule);
    const app = await NestFactory.createApplicationContext(AppModule);
    const tokens = app.get(getTokenServiceToken(BANK));
    const { http } = app.get(PaymentsService);
    return {
      hot: tokens,
      getAccessToken: () => tokens.getAccessToken(),
      get: (path) => firstValueFrom(http.get(path)),
      post: (path, body) => firstValueFrom(http.post(path, body)),
      close: () => app.close(),
    };
  },
};
