import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { BankAuthModule, getTokenServiceToken } from 'nestjs-bank-auth';

/** A Nest application with some providers; `tokensOf` returns the token service of one. */
export async function openApplication(providers, options = {}) {
  class AppModule {}
  Module({
    imports: [BankAuthModule.forRoot({ environment: 'sandbox', warmUp: false, providers, ...options })],
  })(AppModule);
  const app = await NestFactory.createApplicationContext(AppModule, { logger: ['warn', 'error'] });
  return {
    tokensOf: (name) => app.get(getTokenServiceToken(name)),
    close: () => app.close(),
  };
}

/** Runs a task for each number below `count`, some at a time. */
export async function forEach(count, lanes, task) {
  let next = 0;
  async function lane() {
    for (let n = next++; n < count; n = next++) await task(n);
  }
  await Promise.all(Array.from({ length: lanes }, lane));
}
