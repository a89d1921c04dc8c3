import 'reflect-metadata';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { ApolloDriver } from '@nestjs/apollo';
import {
  BadRequestException,
  Controller,
  Get,
  type INestApplication,
  Injectable,
  Module,
  Param,
  Res,
  UseFilters,
} from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { GraphQLModule, Query, Resolver } from '@nestjs/graphql';
import { ClientProxyFactory, EventPattern, MessagePattern, Transport } from '@nestjs/microservices';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { WsAdapter } from '@nestjs/platform-ws';
import { Test } from '@nestjs/testing';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { BankAuthExceptionFilter, reportBankCall, TokenEndpointUnavailableError } from 'nestjs-bank-auth';
import { firstValueFrom } from 'rxjs';
import { io } from 'socket.io-client';
import { until } from '../support/until.js';

const FAILURES: Readonly<Record<string, () => Error>> = {
  'no-token': () =>
    new TokenEndpointUnavailableError('', { provider: 'a-bank', retryable: true, retryAfterMs: 2_000 }),
  unknown: () => reportBankCall(new Error('reset'), { provider: 'a-bank', delivery: 'unknown' }),
  own: () => new BadRequestException('of the application'),
};
const fail = (what: string): never => {
  throw (FAILURES[what] as () => Error)();
};

/** A response of Express, or a reply of Fastify. */
type HalfSent = ServerResponse & { readonly raw?: ServerResponse };

@Controller('fails')
class Failing {
  @Get(':what')
  get(@Param('what') what: string) {
    return fail(what);
  }

  @Get('half/:what')
  async half(@Param('what') what: string, @Res() response: HalfSent) {
    const raw = response.raw ?? response;
    raw.writeHead(200);
    raw.write('half');
    fail(what);
  }

  @EventPattern('happens')
  event(what: string): unknown {
    return fail(what);
  }

  @MessagePattern('fails')
  message(what: string) {
    return fail(what);
  }
}

// Gateways know no APP_FILTER.
@UseFilters(BankAuthExceptionFilter)
@WebSocketGateway()
class FailingGateway {
  @SubscribeMessage('fails')
  message(_client: unknown, what: string) {
    return fail(what);
  }
}

@Resolver()
class FailingResolver {
  @Query(() => String)
  unknown(): string {
    return fail('unknown');
  }
}

@Injectable()
class OwnFilter extends BankAuthExceptionFilter {}

/** The class bound to a controller, as `@UseFilters` takes it. */
@UseFilters(BankAuthExceptionFilter)
@Controller('bound')
class Bound {
  @Get(':what')
  get(@Param('what') what: string) {
    return fail(what);
  }
}

const GLOBAL = { provide: APP_FILTER, useClass: BankAuthExceptionFilter };
const UNKNOWN = {
  type: 'about:blank',
  title: 'Gateway Timeout',
  status: 504,
  code: 'BANK_CALL_UNKNOWN',
  errorCode: 'BANK_CALL_UNKNOWN',
  provider: 'a-bank',
  delivery: 'unknown',
  detail: expect.stringContaining('find out before you try again'),
};

let app: INestApplication | undefined;
afterEach(async () => {
  await app?.close();
  app = undefined;
});

async function started(
  metadata: object,
  how: { adapter?: object; before?: (made: INestApplication) => void; logger?: object } = {},
) {
  @Module(metadata)
  class Application {}
  const module = await Test.createTestingModule({ imports: [Application] })
    .setLogger((how.logger ?? false) as never)
    .compile();
  app = module.createNestApplication((how.adapter ?? new ExpressAdapter()) as never, {
    logger: (how.logger ?? false) as never,
  });
  how.before?.(app);
  await app.listen(0, '127.0.0.1');
  return `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
}

describe.each([
  ['Express', () => new ExpressAdapter()],
  ['Fastify', () => new FastifyAdapter()],
])('BankAuthExceptionFilter over HTTP on %s', (_name, adapter) => {
  test.each([
    ['provided as APP_FILTER', [Failing], [GLOBAL], undefined, 'fails'],
    [
      'as a class of the application',
      [Failing],
      [{ provide: APP_FILTER, useClass: OwnFilter }],
      undefined,
      'fails',
    ],
    ['bound to a controller', [Bound], [], undefined, 'bound'],
    [
      'made by new',
      [Failing],
      [],
      (made: INestApplication) => void made.useGlobalFilters(new BankAuthExceptionFilter()),
      'fails',
    ],
  ] as const)('answers with problem details, %s', async (_how, controllers, providers, before, path) => {
    const origin = await started(
      { controllers, providers },
      { adapter: adapter(), ...(before && { before }) },
    );
    const unknown = await fetch(`${origin}/${path}/unknown`);
    expect(unknown.status).toBe(504);
    expect(unknown.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(await unknown.json()).toEqual(UNKNOWN);
    const noToken = await fetch(`${origin}/${path}/no-token`);
    expect([noToken.status, noToken.headers.get('retry-after')]).toEqual([503, '2']);
  });

  test.each([
    ['provided as APP_FILTER', [GLOBAL], () => undefined],
    [
      'made by new',
      [],
      (made: INestApplication) => void made.useGlobalFilters(new BankAuthExceptionFilter()),
    ],
  ])('ends an answer that has begun and fails no other way, %s', async (_how, providers, before) => {
    const failed: string[] = [];
    const error = (message: unknown) => void failed.push(String(message));
    const logger = { log() {}, warn() {}, error };
    const origin = await started(
      { controllers: [Failing], providers },
      { adapter: adapter(), before, logger },
    );
    expect(await (await fetch(`${origin}/fails/half/unknown`)).text()).toBe('half');
    expect(failed).toEqual([]);
  });

  test('leaves other errors to Nest, and the status to a function of the application', async () => {
    const status = () => 409;
    const before = (made: INestApplication) =>
      void made.useGlobalFilters(new BankAuthExceptionFilter({ status }));
    const origin = await started({ controllers: [Failing] }, { adapter: adapter(), before });
    expect((await fetch(`${origin}/fails/unknown`)).status).toBe(409);
    const own = await fetch(`${origin}/fails/own`);
    expect([own.status, await own.json()]).toEqual([
      400,
      { statusCode: 400, error: 'Bad Request', message: 'of the application' },
    ]);
  });
});

test('BankAuthExceptionFilter gives a TCP client an error with the problem, and logs it, as for an event without a client', async () => {
  const logged: unknown[] = [];
  const error = (message: unknown) => void logged.push(message);
  await started(
    { controllers: [Failing], providers: [GLOBAL] },
    {
      logger: { log() {}, warn() {}, error },
      before: (made) =>
        made.connectMicroservice(
          { transport: Transport.TCP, options: { host: '127.0.0.1', port: 0 } },
          { inheritAppConfig: true },
        ),
    },
  );
  const [tcp] = await app!.startAllMicroservices().then((made) => made.getMicroservices());
  const { port } = (tcp as unknown as { unwrap(): { address(): AddressInfo } }).unwrap().address();
  const client = ClientProxyFactory.create({
    transport: Transport.TCP,
    options: { host: '127.0.0.1', port },
  });
  const thrown = await firstValueFrom(client.send('fails', 'unknown')).catch((each: unknown) => each);
  expect(thrown).toEqual({ ...UNKNOWN, message: UNKNOWN.detail });
  const line = expect.stringContaining('[BANK_AUTH_MESSAGE_FAILED] a-bank (merchant "default")');
  expect(logged).toEqual([line]);
  await firstValueFrom(client.emit('happens', 'unknown'), { defaultValue: undefined });
  await until(() => logged.length > 1, 'the line');
  expect(logged).toEqual([line, line]);
  client.close();
});

test('BankAuthExceptionFilter sends a native WebSocket the problem as an exception', async () => {
  const origin = await started(
    { providers: [FailingGateway] },
    { before: (made) => void made.useWebSocketAdapter(new WsAdapter(made)) },
  );
  const { default: WebSocketClient } = await import('ws');
  const socket = new WebSocketClient(origin.replace('http', 'ws'));
  await once(socket, 'open');
  socket.send(JSON.stringify({ event: 'fails', data: 'unknown' }));
  const [message] = await once(socket, 'message');
  expect(JSON.parse(String(message))).toEqual({
    event: 'exception',
    data: { ...UNKNOWN, message: UNKNOWN.detail },
  });
  socket.terminate();
});

test('BankAuthExceptionFilter emits the problem to a client of Socket.IO', async () => {
  const origin = await started(
    { providers: [FailingGateway] },
    { before: (made) => void made.useWebSocketAdapter(new IoAdapter(made)) },
  );
  const socket = io(origin, { transports: ['websocket'] });
  socket.emit('fails', 'unknown');
  const problem = await new Promise((resolve) => socket.once('exception', resolve));
  expect(problem).toEqual({ ...UNKNOWN, message: UNKNOWN.detail });
  socket.disconnect();
});

test('BankAuthExceptionFilter gives a GraphQL client an error whose extensions are the problem', async () => {
  const origin = await started({
    imports: [GraphQLModule.forRoot({ driver: ApolloDriver, autoSchemaFile: true } as never)],
    providers: [FailingResolver, GLOBAL],
  });
  const response = await fetch(`${origin}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: '{ unknown }' }),
  });
  const { errors } = (await response.json()) as { errors: { extensions: unknown; message: string }[] };
  expect(errors[0]?.extensions).toEqual(UNKNOWN);
  expect(errors[0]?.message).toMatch(/^Gateway Timeout: a-bank was called/);
});
