import type { AddressInfo, Server } from 'node:net';
import { type INestApplication, type NestApplicationOptions, ShutdownSignal } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { MerchantsService } from './merchants/merchants.service.js';
import { SimulatedBankModule } from './simulated-bank/simulated-bank.module.js';
import { StartError } from './start.error.js';
import { textTable } from './text-table.js';

/** Whoever can reach this service can pay out with it, so nobody else gets in. */
const HOST = '127.0.0.1';

export interface StartOptions {
  /** 0 is any that is free. */
  readonly port: number;
  /** Nest's; default its console logger. */
  readonly logger?: NestApplicationOptions['logger'];
  /** Where the table goes; default the terminal. */
  readonly print?: (text: string) => void;
}

/** Starts the service and its simulated bank. Rejects with `StartError` for what its operator can put right. */
export async function start({ port, logger, print = console.log }: StartOptions): Promise<INestApplication> {
  const app = await NestFactory.create(SimulatedBankModule, {
    abortOnError: false,
    ...(logger === undefined ? {} : { logger }),
  });
  const description = new DocumentBuilder()
    .setTitle('Marketplace')
    .setDescription('Pays out for merchants. Every call works with the values that are filled in.')
    .setVersion('1.0')
    .build();
  SwaggerModule.setup('api', app, () => SwaggerModule.createDocument(app, description));
  app.enableShutdownHooks([ShutdownSignal.SIGINT, ShutdownSignal.SIGTERM], { useProcessExit: true });
  try {
    const server: Server = await app.listen(port, HOST);
    const address = `http://${HOST}:${(server.address() as AddressInfo).port}`;
    print(['', merchantsOf(app), '', `Swagger UI: ${address}/api`, ''].join('\n'));
    return app;
  } catch (error) {
    await app.close();
    throw portError(error, port);
  }
}

function merchantsOf(app: INestApplication): string {
  const { all } = app.get(MerchantsService, { strict: false });
  return textTable(
    ['Merchant', 'Name', 'Account'],
    all.map(({ id, name, iban }) => [id, name, iban]),
  );
}

function portError(error: unknown, port: number): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== 'EADDRINUSE' && code !== 'EACCES') return error;
  const trouble = code === 'EADDRINUSE' ? 'is taken' : 'may not be opened by this user';
  return new StartError(`Port ${port} of ${HOST} ${trouble}. Set PORT to another.`);
}
