import type { HttpService } from '@nestjs/axios';
import { MemoryTokenStore } from 'nestjs-bank-auth';
import { RedisTokenStore } from 'nestjs-bank-auth/redis';
import { RawServer } from '../support/raw-server.js';
import { RedisServer } from '../support/redis-server.js';
import { DAY, member } from '../support/tls-identities.js';
import type { Stage } from './stage.js';

/** An incident that is played and shown. */
export interface Scene {
  readonly title: string;
  readonly play: (stage: Stage) => Promise<void>;
}

const MINUTE = 60_000;

export const SCENES: readonly Scene[] = [
  {
    title: 'All tokens are refused',
    async play(stage) {
      stage.say(
        'The bank issues tokens and answers each payment with 401: the product is not enabled for this client, or its ' +
          'API has lost its key. A payment is made every ten seconds.',
      );
      await stage.start();
      stage.bank.refuseAllTokens();
      const last = await stage.payFor(3 * MINUTE);
      stage.say('After three minutes:');
      await show(stage, last);
      stage.say('The bank mends it. The next payment goes through with the token that is there:');
      stage.bank.refuseAllTokens(false);
      await show(stage, await stage.pay());
    },
  },
  {
    title: 'A token is revoked',
    async play(stage) {
      stage.say(
        'Somebody ends the token at the bank in the middle of its life. The payment that meets this is refused:',
      );
      await stage.start();
      await stage.pay();
      await stage.clock.advance(20 * MINUTE);
      stage.bank.revoke();
      await show(stage, await stage.pay());
      stage.say('The next payment gets a new token:');
      stage.showCall(await stage.pay());
    },
  },
  {
    title: 'The token endpoint is down for an hour',
    async play(stage) {
      stage.say(
        'The token endpoint answers 503 from 02:55 on, shortly before the token is renewed. A payment is made every ten ' +
          'seconds.',
      );
      await stage.start();
      await stage.pay();
      await stage.clock.advance(55 * MINUTE);
      stage.bank.failToken('unavailable');
      stage.showCall(await stage.payFor(4 * MINUTE));
      stage.say('The old token has a minute left:');
      await stage.showStatus();
      stage.say('From here on no payment leaves:');
      await show(stage, await stage.payFor(56 * MINUTE));
      stage.say('The bank is back:');
      stage.bank.recover();
      await show(stage, await stage.pay());
    },
  },
  {
    title: 'The connection is reset after a payment was sent',
    async play(stage) {
      stage.say(
        'The bank reads the payment and closes the connection without an answer. No line is written: nothing is wrong ' +
          'with tokens. Whether the money has moved is open, and the report says so: look the payment up before it is ' +
          'made again.',
      );
      const raw = await RawServer.start();
      stage.atTheEnd(() => raw.stop());
      raw.onRequest = ({ socket }) => void socket.resetAndDestroy();
      await stage.start({ provider: { apiBaseUrl: `http://127.0.0.1:${raw.port}` } });
      await show(stage, await stage.pay());
    },
  },
  {
    title: 'The bank asks to be left alone (429)',
    async play(stage) {
      stage.say(
        'The token endpoint answers 429 with `Retry-After: 30`. A payment is made every ten seconds.',
      );
      await stage.start();
      stage.bank.failToken({ status: 429, headers: { 'Retry-After': '30' } }, 1);
      await show(stage, await stage.payFor(20_000));
      await stage.clock.advance(10_000);
      stage.say('Thirty seconds later the bank answers again:');
      stage.showCall(await stage.pay());
    },
  },
  {
    title: 'The secret is wrong',
    async play(stage) {
      stage.say(
        'The secret was rotated at the bank, and nobody told the service. A payment is made every ten seconds.',
      );
      await stage.start();
      stage.bank.rotateCredentials({ overlap: 0 });
      await show(stage, await stage.payFor(3 * MINUTE));
    },
  },
  {
    title: 'Redis is gone',
    async play(stage) {
      stage.say('Replicas share their tokens through Redis, whose process is killed. Payments go on.');
      const redis = await RedisServer.start();
      stage.atTheEnd(() => redis.stop());
      const store = new RedisTokenStore(redis.url, { encryptionKey: Buffer.alloc(32, 7).toString('base64') });
      await stage.start({ store });
      await stage.pay();
      await stage.isIdle();
      await redis.kill();
      await stage.clock.advance(59 * MINUTE);
      const paid = await stage.pay();
      await stage.hears('BANK_AUTH_STORE_UNAVAILABLE');
      await passes(stage, 3 * MINUTE);
      await show(stage, paid);
      stage.say('Redis is started again:');
      await redis.restart();
      await reached(store);
      // More of its time than Redis has of its own would be another outage.
      await stage.clock.advance(1_000);
      await stage.hears('BANK_AUTH_STORE_RECOVERED');
      await stage.showStatus();
    },
  },
  {
    title: 'A client certificate and a secret are about to expire',
    async play(stage) {
      stage.say(
        'The certificate ends in fifteen days and the secret in thirty-one. Nobody looks, and no payment is made. The clock ' +
          'is turned on.',
      );
      const now = stage.clock.wall() - Date.now();
      const identity = await member('payments', { from: now - DAY, to: now + 15 * DAY });
      await stage.start({
        provider: {
          tlsCertificate: identity.cert,
          tlsKey: identity.key,
          secretExpiresAt: new Date(stage.clock.wall() + 31 * DAY),
        },
      });
      for (let day = 0; day < 17; day += 1) await stage.clock.advance(DAY);
      stage.say('Seventeen days later:');
      await stage.showStatus();
    },
  },
  {
    title: 'One replica cannot reach the token endpoint',
    async play(stage) {
      stage.say(
        'Three replicas share a token. When it has to be renewed, the third one asks, and a firewall resets each of its ' +
          'connections to the token endpoint. It goes on with the old token, another replica renews, and all have the new ' +
          'one. The lines are those of the third; the others are silent.',
      );
      const store = new MemoryTokenStore(() => stage.clock.now());
      const replicas: HttpService[] = [];
      for (let number = 1; number <= 3; number += 1) replicas.push(await stage.start({ store }));
      const [first, , third] = replicas as [HttpService, HttpService, HttpService];
      for (const replica of replicas) await stage.pay(replica);
      await stage.clock.advance(58 * MINUTE);
      stage.bank.failToken({ reset: true }, 3);
      stage.showCall(await stage.pay(third));
      await passes(stage, 2_000);
      await stage.pay(first);
      await passes(stage, 2_000);
      stage.say('Two seconds later:');
      await show(stage, await stage.pay(third));
    },
  },
];

/** What a person on call looks at. */
async function show(stage: Stage, call: unknown): Promise<void> {
  stage.showCall(call);
  await stage.showStatus();
}

/** Time passes while a store is looked at over sockets. */
async function passes(stage: Stage, milliseconds: number): Promise<void> {
  for (let gone = 0; gone < milliseconds; gone += 1_000) {
    await stage.clock.advance(1_000);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Redis has time of its own for finding out that it is there again. */
async function reached(store: RedisTokenStore): Promise<void> {
  for (let looks = 0; looks < 500; looks += 1) {
    if (
      await store.read('anything').then(
        () => true,
        () => false,
      )
    )
      return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('Redis did not come back');
}
