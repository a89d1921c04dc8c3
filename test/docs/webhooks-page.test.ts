import * as crypto from 'node:crypto';
import { generateKeyPairSync, sign } from 'node:crypto';
import { afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import * as nestAxios from '@nestjs/axios';
import type { INestApplication } from '@nestjs/common';
import * as nestCommon from '@nestjs/common';
import * as nestCore from '@nestjs/core';
import * as express from '@nestjs/platform-express';
import * as fastify from '@nestjs/platform-fastify';
import * as library from 'nestjs-bank-auth';
import * as testing from 'nestjs-bank-auth/testing';
import * as webhooks from 'nestjs-bank-auth/webhooks';
import * as rxjs from 'rxjs';
import { namedBlocks, readPage } from '../support/documentation.js';
import { evaluate } from '../support/evaluated-examples.js';
import { until } from '../support/until.js';

const blocks = namedBlocks(readPage('webhooks.md'));
const packages = {
  'node:crypto': crypto,
  '@nestjs/axios': nestAxios,
  '@nestjs/common': nestCommon,
  '@nestjs/core': nestCore,
  '@nestjs/platform-express': express,
  '@nestjs/platform-fastify': fastify,
  'nestjs-bank-auth': library,
  'nestjs-bank-auth/testing': testing,
  'nestjs-bank-auth/webhooks': webhooks,
  rxjs,
};

class Payments {
  readonly orders: { orderId: string }[] = [];
  readonly settled: unknown[][] = [];

  async findByOrder(id: string) {
    return this.orders.find(({ orderId }) => orderId === id);
  }
  async settle(...how: unknown[]) {
    this.settled.push(how);
  }
}

nestCommon.Logger.overrideLogger(false);

let running: INestApplication | undefined;
let banks: testing.BankSimulator<'bog-payments'> | undefined;
afterEach(async () => {
  await running?.close();
  await banks?.stop();
  delete process.env.BOG_PAYMENTS_CALLBACK_KEY;
});

/** The page's application, on the page's bank. */
async function start(platform: 'onExpress' | 'onFastify') {
  banks = await evaluate(blocks.get('callbacks.e2e.ts') as string, packages).startBank();
  const bank = banks!.bank('bog-payments');
  const { BogCallbackController } = evaluate(blocks.get('bog-callback.controller.ts') as string, {
    ...packages,
    './payments.js': { Payments },
  });
  nestCommon.Inject(Payments)(BogCallbackController, undefined, 1);
  @nestCommon.Module({
    imports: [library.BankAuthModule.forRoot({ ...banks!.options(), warmUp: false })],
    controllers: [BogCallbackController],
    providers: [Payments],
  })
  class AppModule {}
  const main = evaluate(blocks.get('main.ts') as string, { ...packages, './app.module.js': { AppModule } });
  const app: INestApplication = await main[platform]();
  running = app;
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address();
  const url = `http://127.0.0.1:${port}/callbacks/bog-payments`;
  const bankHttp = app.get(library.getBankHttpToken('bog-payments'), { strict: false });
  const payments = app.get(Payments);
  const order = async () => {
    const { data } = await rxjs.firstValueFrom<any>(
      bankHttp.post('/payments/v1/ecommerce/orders', {
        callback_url: url,
        purchase_units: { total_amount: 12.5, basket: [{ product_id: 'a', quantity: 1, unit_price: 12.5 }] },
      }),
    );
    payments.orders.push({ orderId: data.id });
    return data.id as string;
  };
  const send = async (body: string, signature?: string) => {
    const headers = {
      'content-type': 'application/json',
      ...(signature && { 'callback-signature': signature }),
    };
    return (await fetch(url, { method: 'POST', headers, body })).status;
  };
  return { bank, payments, order, send };
}

describe.each(['onExpress', 'onFastify'] as const)('the example of the page on callbacks, %s', (platform) => {
  test('settles the payment of a callback that the bank has signed', async () => {
    const { bank, payments, order, send } = await start(platform);
    const orderId = await order();
    // Not the first, where the callback is faster than the shop that makes a note of its order.
    await until(() => bank.callbacks.at(-1)?.status === 200);
    expect(payments.settled).toEqual([
      [{ orderId }, 'completed', expect.objectContaining({ request_amount: '12.50' })],
    ]);

    const { body, signature } = bank.callbacks[0]!;
    expect(await send(body, signature)).toBe(200);
    expect(await send(body.replace('12.50', '99.50'), signature)).toBe(401);
    expect(await send(body)).toBe(401);
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    expect(await send(body, sign('sha256', Buffer.from(body), privateKey).toString('base64'))).toBe(401);
    payments.orders.length = 0;
    expect(await send(body, signature)).toBe(404);
    expect(payments.settled).toHaveLength(2);
  });

  test('is no acknowledgement where the receipt cannot be read, so the bank repeats it', async () => {
    const { bank, payments, order } = await start(platform);
    payments.findByOrder = async (id) => {
      bank.failApi('unavailable', 1);
      payments.findByOrder = async () => ({ orderId: id });
      return { orderId: id };
    };
    await order();
    await until(() => bank.callbacks.length === 2);
    expect(bank.callbacks.map(({ status }) => status)).toEqual([500, 200]);
    expect(payments.settled).toHaveLength(1);
  });
});

describe('the key of the example', () => {
  beforeAll(() => {
    process.env.BOG_PAYMENTS_CALLBACK_KEY = 'broken';
  });
  test('fails the start where its PEM is broken', () => {
    const controller = blocks.get('bog-callback.controller.ts') as string;
    expect(() => evaluate(controller, { ...packages, './payments.js': { Payments } })).toThrow();
  });
});
