import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { BankAuthModule, getBankFetchToken, getTokenServiceToken, InjectBankHttp } from 'nestjs-bank-auth';
import { firstValueFrom } from 'rxjs';

const BANK = 'bog-payments';

class PaymentsService {
  constructor(http) {
    this.http = http;
  }
}
// Decorators by hand: plain JavaScript has none yet.
Injectable()(PaymentsService);
InjectBankHttp(BANK)(PaymentsService, undefined, 0);

/** In a Nest application, with a built-in bank and every default but one. */
export default {
  name: 'nestjs-bank-auth',
  packages: ['nestjs-bank-auth'],
  isOurs: true,
  /**
   * @param options of the provider, besides
   * @param application `imports` of the application, besides, and options of its making
   */
  async create(account, options = {}, { imports = [], ...making } = {}) {
    class AppModule {}
    Module({
      imports: [
        BankAuthModule.forRoot({
          environment: 'sandbox',
          providers: { [BANK]: { ...account, ...options } },
          // Else the token would be there before the first caller is.
          warmUp: false,
        }),
        ...imports,
      ],
      providers: [PaymentsService],
    })(AppModule);
    const app = await NestFactory.createApplicationContext(AppModule, making);
    const tokens = app.get(getTokenServiceToken(BANK));
    const { http } = app.get(PaymentsService);
    return {
      app,
      hot: tokens,
      fetch: app.get(getBankFetchToken(BANK)),
      getAccessToken: () => tokens.getAccessToken(),
      get: (path) => firstValueFrom(http.get(path)),
      post: (path, body) => firstValueFrom(http.post(path, body)),
      close: () => app.close(),
    };
  },
};
