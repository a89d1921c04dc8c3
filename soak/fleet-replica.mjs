// One replica of the fleet: an application of its own, under load until it is told to stop.
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { BankAuthModule, getBankHttpToken, getTokenServiceToken } from 'nestjs-bank-auth';
import { RedisTokenStore } from 'nestjs-bank-auth/redis';
import { lastValueFrom } from 'rxjs';
import { answerParent } from '../prove/lib/answers.mjs';
import { sleep } from '../prove/lib/clock.mjs';

const DETAILS = 3;
/** Milliseconds between two calls of one lane. */
const PAUSE = 20;

let application;
let http;
let tokens;
let load;

answerParent({
  async open({ provider, bank, merchants, redisUrl, files }) {
    const secrets = new Map(merchants.map(({ clientId, clientSecret }) => [clientId, clientSecret]));
    const credentials = (key) =>
      secrets.has(key) ? { clientId: key, clientSecret: secrets.get(key) } : undefined;
    const root = {
      module: class Root {},
      imports: [
        BankAuthModule.forRoot({
          environment: 'sandbox',
          providers: { [provider]: { ...bank, credentials } },
          warmUp: false,
          store: new RedisTokenStore(redisUrl, files),
        }),
      ],
    };
    application = await NestFactory.createApplicationContext(root, { logger: ['warn', 'error', 'log'] });
    http = application.get(getBankHttpToken(provider));
    tokens = application.get(getTokenServiceToken(provider));
  },

  startLoad({ lanes, merchants, path }) {
    load = { running: true, calls: 0, failures: 0, details: [] };
    load.lanes = Array.from({ length: lanes }, (_, index) => lane(load, index, merchants, path));
  },

  async stopLoad() {
    load.running = false;
    await Promise.all(load.lanes);
    const { calls, failures, details } = load;
    return { calls, failures, details };
  },

  async sample() {
    globalThis.gc();
    await new Promise((resolve) => setImmediate(resolve));
    globalThis.gc();
    return { heapUsed: process.memoryUsage().heapUsed, wall: Date.now() };
  },

  /** The values of all current tokens, in the order of the keys; the first is the provider's own. */
  current({ merchants }) {
    return Promise.all(
      [tokens, ...merchants.map((key) => tokens.forMerchant(key))].map((one) => one.getAccessToken()),
    );
  },

  async close() {
    await application.close();
  },
});

async function lane(load, index, merchants, path) {
  const keys = [undefined, ...merchants];
  for (let turn = index; load.running; turn += 1) {
    const merchant = keys[turn % keys.length];
    load.calls += 1;
    try {
      await lastValueFrom(http.get(path, merchant === undefined ? {} : { bankAuth: { merchant } }));
    } catch (error) {
      load.failures += 1;
      if (load.details.length < DETAILS) {
        load.details.push(`${error?.response?.status ?? error?.code ?? ''} ${error?.message}`);
      }
    }
    await sleep(PAUSE);
  }
}
