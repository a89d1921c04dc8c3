import type { AddressInfo, Server } from 'node:net';
import { type INestApplication, type NestApplicationOptions, ShutdownSignal } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { NestFactory } from '@nestjs/core';
import { type MicroserviceOptions, Transport } from '@nestjs/microservices';
import { describeApi } from './api-description.js';
import { AppModule } from './app.module.js';
import { StartError } from './start.error.js';
import { StartLogger } from './start.logger.js';
import { tokenTable } from './token-table.js';
import { descriptionOf, type Trouble } from './troubles.js';

const LOOPBACK = '127.0.0.1';

export interface StartOptions {
  /** Whether to start simulated banks and work with them. Nothing else ever starts them. */
  readonly simulated: boolean;
  /** The troubles of simulated banks from the start on. */
  readonly troubles?: readonly Trouble[];
  /** Nest's logger; default its console logger, without the lines on a start that goes well. */
  readonly logger?: NestApplicationOptions['logger'];
  /** Prints the table; default on the terminal. */
  readonly print?: (text: string) => void;
}

/** Starts the whole service. Rejects with `StartError` or `BankAuthConfigError` for mistakes of its operator. */
export async function start({
  simulated,
  troubles = [],
  logger = new StartLogger(),
  print = console.log,
}: StartOptions): Promise<INestApplication> {
  // Imported only here: with real banks, not even the simulator's code is loaded.
  const banks = simulated ? (await import('./simulated-banks.module.js')).SimulatedBanksModule : undefined;
  const app = await NestFactory.create(banks === undefined ? AppModule : await banks.start(troubles), {
    abortOnError: false,
    // Held back until the table is printed: an error of the start would drown in the lines.
    bufferLogs: true,
    autoFlushLogs: false,
    logger,
  });
  try {
    describeApi(app, simulated);
    const config = app.get(ConfigService);
    // Any client that reaches this service can make payments: only this machine can, unless configured otherwise.
    const host = simulated ? LOOPBACK : config.get<string>('LISTEN_HOST') || LOOPBACK;
    const ports = { http: portOf('PORT', 3000, config), tcp: portOf('TCP_PORT', 3001, config) };
    const tcp = await listenTcp(app, host, ports.tcp);
    const http = await listenHttp(app, host, ports.http);
    app.enableShutdownHooks([ShutdownSignal.SIGINT, ShutdownSignal.SIGTERM], { useProcessExit: true });
    print(
      [
        '',
        simulated
          ? 'Simulator mode: the banks run in this process, and no call leaves this machine.'
          : 'The banks are those of the environment.',
        ...(troubles.length === 0 ? [] : ['', 'In trouble, as you asked:', ...troubles.map(descriptionOf)]),
        '',
        await tokenTable(app),
        '',
        ...(simulated
          ? [`Start here: http://${host}:${http}`, `Live page: http://${host}:${http}/bank-auth`]
          : []),
        `Swagger UI: http://${host}:${http}/api`,
        `TCP microservice: ${host}:${tcp}, message { cmd: 'create-order' }`,
        '',
      ].join('\n'),
    );
    app.flushLogs();
    if (banks !== undefined) app.get(banks).beginLateTroubles();
    return app;
  } catch (error) {
    await app.close();
    throw error;
  }
}

async function listenTcp(app: INestApplication, host: string, port: number): Promise<number> {
  const tcp = app.connectMicroservice<MicroserviceOptions & Pick<NestApplicationOptions, 'autoFlushLogs'>>(
    { transport: Transport.TCP, options: { host, port }, autoFlushLogs: false },
    // With validation and problems, as over HTTP.
    { inheritAppConfig: true },
  );
  await new Promise<unknown>((resolve, reject) => {
    // Nest reports a port that is taken, but not a port without permission.
    tcp.on('error', reject);
    app.startAllMicroservices().then(resolve, reject);
  }).catch((error: unknown) => {
    throw portError(error, 'TCP_PORT', host, port);
  });
  return (tcp.unwrap<Server>().address() as AddressInfo).port;
}

async function listenHttp(app: INestApplication, host: string, port: number): Promise<number> {
  const server: Server = await app.listen(port, host).catch((error: unknown) => {
    throw portError(error, 'PORT', host, port);
  });
  return (server.address() as AddressInfo).port;
}

function portOf(variable: string, standard: number, config: ConfigService): number {
  const value = config.get<string>(variable) || String(standard);
  if (/^\d{1,5}$/.test(value) && Number(value) <= 65_535) return Number(value);
  throw new StartError(`${variable} must be a port, a number from 0 (any that is free) to 65535.`);
}

function portError(error: unknown, variable: string, host: string, port: number): unknown {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'EADDRINUSE':
      return new StartError(
        `Port ${port} of ${host} is taken. Set ${variable} to another, or end what listens there.`,
      );
    case 'EACCES':
      return new StartError(
        `Port ${port} of ${host} may not be opened by this user. Set ${variable} to another.`,
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new StartError(
        `${host} is no address of this machine. Set LISTEN_HOST to one that is, or leave it out.`,
      );
    default:
      return error;
  }
}
