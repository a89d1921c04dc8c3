// The application beside each companion: a bank, and a payment.
import 'reflect-metadata';
import type { HttpService } from '@nestjs/axios';
import type { INestApplication, NestApplicationOptions } from '@nestjs/common';
import { Inject, Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { BankAuthModule, InjectBankHttp } from 'nestjs-bank-auth';
import { BankSimulator } from 'nestjs-bank-auth/testing';
import { firstValueFrom } from 'rxjs';

@Injectable()
export class Payments {
  constructor(@InjectBankHttp('bog-payments') private readonly http: HttpService) {}

  async pay(): Promise<number> {
    return (await firstValueFrom(this.http.get('/simulator/echo'))).status;
  }
}
export const InjectPayments = () => Inject(Payments);

/** Starts an application beside a companion, lets it be used, and ends it. */
export async function beside(
  { imports = [], providers = [], controllers = [] }: Record<string, any[]>,
  use: (app: INestApplication, url: string) => Promise<void>,
  options: NestApplicationOptions = {},
) {
  const simulator = await BankSimulator.start('bog-payments');

  @Module({
    imports: [BankAuthModule.forRoot({ ...simulator.options('bog-payments'), isGlobal: true }), ...imports],
    providers: [Payments, ...providers],
    controllers,
  })
  class AppModule {}

  try {
    const app = await NestFactory.create(AppModule, { logger: ['error', 'warn'], ...options });
    await app.listen(0, '127.0.0.1');
    await use(app, await app.getUrl());
    if ((await app.get(Payments).pay()) !== 200) throw new Error('it does not pay');
    await app.close();
    await simulator.stop();
    console.log('it works');
  } catch (error) {
    console.error(error);
    process.exit(1);
  }
}

export function same(actual: unknown, expected: unknown) {
  const [one, other] = [actual, expected].map((value) => JSON.stringify(value));
  if (one !== other) throw new Error(`${one} is not ${other}`);
}
