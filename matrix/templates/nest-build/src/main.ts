// Built by each tool, and started from its output. One of its banks requires signed assertions, which load jose.
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { BankAuthModule, defineBank } from 'nestjs-bank-auth';
import { BankSimulator } from 'nestjs-bank-auth/testing';
import { PaymentsController } from './payments.controller.js';

const signing = defineBank({
  id: 'signing',
  title: 'Signing',
  tokenUrl: { sandbox: 'https://login.signing.example/token' },
  apiBaseUrl: { sandbox: 'https://api.signing.example' },
  clientAuthentication: {
    method: 'private_key_jwt',
    algorithm: 'ES256',
    audience: { sandbox: 'https://login.signing.example' },
  },
});

async function main() {
  const simulator = await BankSimulator.start('bog-payments', signing);

  @Module({ imports: [BankAuthModule.forRoot(simulator.options())], controllers: [PaymentsController] })
  class AppModule {}

  const app = await NestFactory.create(AppModule, { logger: ['error', 'warn'] });
  await app.listen(0, '127.0.0.1');
  const answer = await (await fetch(`${await app.getUrl()}/pay`)).text();
  await app.close();
  await simulator.stop();
  if (answer !== '{"status":200,"signed":true}') throw new Error(answer);
  console.log('it works');
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
