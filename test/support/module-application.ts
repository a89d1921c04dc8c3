import {
  type DynamicModule,
  type INestApplication,
  type INestApplicationContext,
  type ModuleMetadata,
  type NestApplicationOptions,
  type Type,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { BankAuthConfigError } from '../../src/index.js';

const running = new Set<INestApplicationContext>();

/** An application with an HTTP server, initialised and closed with the test by `closeAll`. */
export async function start(
  metadata: ModuleMetadata,
  options: NestApplicationOptions = {},
): Promise<INestApplication> {
  const application = await NestFactory.create(root(metadata), {
    logger: false,
    abortOnError: false,
    ...options,
  });
  running.add(application);
  await application.init();
  return application;
}

/** An application that listens on a free port of loopback, and its origin. */
export async function listen(metadata: ModuleMetadata): Promise<[INestApplication, origin: string]> {
  const application = await start(metadata);
  await application.listen(0, '127.0.0.1');
  return [application, (await application.getUrl()).replace('[::1]', '127.0.0.1')];
}

/** The error with which this application fails to start. */
export async function failureOf(
  metadata: ModuleMetadata,
  options: NestApplicationOptions = {},
): Promise<Error> {
  try {
    await start(metadata, options);
  } catch (error) {
    return error as Error;
  }
  throw new Error('the application started');
}

/** The same, where it has to be one of ours. */
export async function refusalOf(
  metadata: ModuleMetadata,
  options: NestApplicationOptions = {},
): Promise<BankAuthConfigError> {
  const failure = await failureOf(metadata, options);
  if (failure instanceof BankAuthConfigError) return failure;
  throw new Error(`not a BankAuthConfigError: ${failure}`, { cause: failure });
}

export async function closeAll(): Promise<void> {
  const applications = [...running];
  running.clear();
  await Promise.all(applications.map((application) => application.close()));
}

/** A module of its own around these. */
export function feature(metadata: ModuleMetadata, name = 'FeatureModule'): DynamicModule {
  return { module: named(name), ...metadata };
}

/** An empty class of this name, which is what messages show. */
function named(name: string): Type {
  return { [name]: class {} }[name] as Type;
}

function root(metadata: ModuleMetadata): DynamicModule {
  return feature(metadata, 'RootModule');
}
