import type { AddressInfo, Server } from 'node:net';
import { type INestApplication, type NestApplicationOptions, ShutdownSignal } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { describeApi } from './api-description.js';
import { MerchantsService } from './merchants/merchants.service.js';
import { SimulatedBankModule } from './simulated-bank/simulated-bank.module.js';
import { StartError } from './start.error.js';
import { StartLogger } from './start.logger.js';
import { textTable } from './text-table.js';

/** Any client that reaches this service can pay out with it, so only this machine can. */
const HOST = '127.0.0.1';

export interface StartOptions {
  /** 0 is any free port. */
  readonly port: number;
  /** Nest's logger; default its console logger, without the lines on a start that goes well. */
  readonly logger?: NestApplicationOptions['logger'];
  /** Prints the table; default on the terminal. */
  readonly print?: (text: string) => void;
}

/** Starts the service and its simulated bank. Rejects with `StartError` for mistakes that its operator can fix. */
export async function start({
  port,
  logger = new StartLogger(),
  print = console.log,
}: StartOptions): Promise<INestApplication> {
  const app = await NestFactory.create(SimulatedBankModule, {
    abortOnError: false,
    // Held back until the table is printed: an error of the start would drown in the lines.
    bufferLogs: true,
    autoFlushLogs: false,
    logger,
  });
  describeApi(app);
  app.enableShutdownHooks([ShutdownSignal.SIGINT, ShutdownSignal.SIGTERM], { useProcessExit: true });
  try {
    const server: Server = await app.listen(port, HOST);
    const address = `http://${HOST}:${(server.address() as AddressInfo).port}`;
    print(
      [
        '',
        merchantsOf(app),
        '',
        `Start here: ${address}`,
        `Live page: ${address}/bank-auth`,
        `Swagger UI: ${address}/api`,
        '',
      ].join('\n'),
    );
    app.flushLogs();
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
