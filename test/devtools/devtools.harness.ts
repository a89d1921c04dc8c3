import { request as send } from 'node:http';
import { afterEach } from '@jest/globals';
import type { DynamicModule, INestApplication, ModuleMetadata } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { BankAuthModule, type BankAuthOptions } from 'nestjs-bank-auth';
import { BankAuthDevtoolsModule, type BankAuthDevtoolsOptions } from 'nestjs-bank-auth/devtools';
import { simulator } from '../support/simulated-bank.js';

export const PLATFORMS = ['express', 'fastify'] as const;
export type Platform = (typeof PLATFORMS)[number];

export interface Shown {
  readonly app: INestApplication;
  readonly origin: string;
  /** Lines of the log. */
  readonly lines: readonly string[];
}

export interface ShownOptions {
  readonly platform?: Platform;
  readonly bankAuth?: Partial<BankAuthOptions>;
  readonly devtools?: BankAuthDevtoolsOptions;
  readonly metadata?: ModuleMetadata;
  /** Before it listens. */
  prepare?(app: INestApplication): void;
}

const running = new Set<INestApplication>();

/** Ends applications, also one whose clients stay. */
export function useShownApplications(): void {
  afterEach(async () => {
    const apps = [...running];
    running.clear();
    await Promise.all(apps.map((app) => app.close()));
  });
}

class RootModule {}

/** An application with its live page, on a free port of loopback. */
export async function show(options: ShownOptions = {}): Promise<Shown> {
  const { platform = 'express', bankAuth, devtools = {}, metadata = {}, prepare } = options;
  const lines: string[] = [];
  const root: DynamicModule = {
    module: RootModule,
    ...metadata,
    imports: [
      BankAuthModule.forRoot({ ...simulator.options(), warmUp: false, ...bankAuth } as BankAuthOptions),
      BankAuthDevtoolsModule.forRoot(devtools),
      ...(metadata.imports ?? []),
    ],
  };
  const line = (text: unknown) => void lines.push(String(text));
  const settings = { logger: { log: line, warn: line, error: line }, abortOnError: false };
  const app =
    platform === 'express'
      ? await NestFactory.create(root, settings)
      : await NestFactory.create(root, new FastifyAdapter(), settings);
  running.add(app);
  prepare?.(app);
  await app.listen(0, '127.0.0.1');
  return { app, origin: (await app.getUrl()).replace('[::1]', '127.0.0.1'), lines };
}

/** The lines that are about the page. */
export const pageLines = ({ lines }: Shown) =>
  lines.filter((line) => /^\[BANK_AUTH_(NO_)?LIVE_PAGE\]/.test(line));

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** A request with headers that `fetch` would not let a page choose. */
export function ask(
  url: string,
  {
    method = 'GET',
    headers = {},
    body,
  }: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = send(url, { method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString('utf8'),
        }),
      );
    });
    request.on('error', reject);
    request.end(body);
  });
}

/** What a button of the page sends. */
export const press = (origin: string, path: string, headers: Record<string, string> = {}): Promise<Answer> =>
  ask(`${origin}/${path}`, {
    method: 'POST',
    headers: { origin, 'content-type': 'application/json', ...headers },
    body: '{}',
  });
