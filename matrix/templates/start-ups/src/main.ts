// One application in five shapes; the argument names one. It pays, and pays again after the bank has revoked the token.
import 'reflect-metadata';
import type { AddressInfo, Server } from 'node:net';
import { HttpService } from '@nestjs/axios';
import { Controller, Get, Inject, Injectable, Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  ClientProxyFactory,
  MessagePattern,
  type MicroserviceOptions,
  Transport,
} from '@nestjs/microservices';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import {
  BankAuthModule,
  type BankFetch,
  InjectBankFetch,
  InjectBankHttp,
  InjectTokenService,
  TokenService,
} from 'nestjs-bank-auth';
import { BankSimulator } from 'nestjs-bank-auth/testing';
import { firstValueFrom } from 'rxjs';

@Injectable()
class Payments {
  constructor(
    @InjectBankHttp('bog-payments') private readonly http: HttpService,
    @InjectBankFetch('bog-payments') private readonly fetch: BankFetch,
    @InjectTokenService('bog-payments') private readonly tokens: TokenService,
  ) {}

  async pay(): Promise<string> {
    const { data } = await firstValueFrom(this.http.get<{ method: string }>('/simulator/echo'));
    const { status } = await this.fetch('/simulator/echo');
    return `${data.method} ${status} ${this.tokens.status.state}`;
  }
}

@Controller()
class PaymentsController {
  constructor(@Inject(Payments) private readonly payments: Payments) {}

  @Get('pay')
  byHttp() {
    return this.payments.pay();
  }

  @MessagePattern('pay')
  byMessage() {
    return this.payments.pay();
  }
}

const tcp: MicroserviceOptions = { transport: Transport.TCP, options: { host: '127.0.0.1', port: 0 } };
const logger: ('error' | 'warn')[] = ['error', 'warn'];

/** A running application, which can pay and be closed. */
interface Running {
  pay(): Promise<string>;
  close(): Promise<unknown>;
}

const shapes: Record<string, (module: Type) => Promise<Running>> = {
  async context(module) {
    const app = await NestFactory.createApplicationContext(module, { logger });
    return { pay: () => app.get(Payments, { strict: false }).pay(), close: () => app.close() };
  },
  async express(module) {
    const app = await NestFactory.create(module, { logger });
    await app.listen(0, '127.0.0.1');
    return { pay: async () => byHttp(await app.getUrl()), close: () => app.close() };
  },
  async fastify(module) {
    const app = await NestFactory.create(module, new FastifyAdapter(), { logger });
    await app.listen(0, '127.0.0.1');
    return { pay: async () => byHttp(await app.getUrl()), close: () => app.close() };
  },
  async microservice(module) {
    const app = await NestFactory.createMicroservice<MicroserviceOptions>(module, { ...tcp, logger });
    await app.listen();
    return { pay: () => byMessage(app.unwrap<Server>()), close: () => app.close() };
  },
  async hybrid(module) {
    const app = await NestFactory.create(module, { logger });
    const service = app.connectMicroservice<MicroserviceOptions>(tcp);
    await app.startAllMicroservices();
    await app.listen(0, '127.0.0.1');
    const pay = async () => {
      const [one, other] = [await byMessage(service.unwrap<Server>()), await byHttp(await app.getUrl())];
      if (one !== other) throw new Error(`${one} is not ${other}`);
      return one;
    };
    return { pay, close: () => app.close() };
  },
};

async function byHttp(url: string) {
  return (await fetch(`${url}/pay`)).text();
}

async function byMessage(server: Server) {
  const { port } = server.address() as AddressInfo;
  const client = ClientProxyFactory.create({
    transport: Transport.TCP,
    options: { host: '127.0.0.1', port },
  });
  try {
    return await firstValueFrom(client.send<string>('pay', {}));
  } finally {
    client.close();
  }
}

async function main(shape: string) {
  const simulator = await BankSimulator.start('bog-payments');
  const bank = simulator.bank('bog-payments');

  @Module({
    imports: [BankAuthModule.forRoot({ ...simulator.options('bog-payments'), isGlobal: true })],
    providers: [Payments],
    controllers: [PaymentsController],
  })
  class AppModule {}

  const app = await shapes[shape]!(AppModule);
  const answers = [await app.pay()];
  bank.revoke();
  answers.push(await app.pay());
  await app.close();
  await simulator.stop();
  if (answers.join() !== 'GET 200 fresh,GET 200 fresh') throw new Error(`it answers ${answers.join()}`);
  if (bank.tokensIssued !== 2) throw new Error(`it has got ${bank.tokensIssued} tokens`);
  console.log(`${shape} works`);
}

main(process.argv[2] ?? 'context').catch((error) => {
  console.error(error);
  process.exit(1);
});
