import { NestFactory } from '@nestjs/core';
import { BankAuthModule, getBankHttpToken, getTokenServiceToken } from 'nestjs-bank-auth';
import { RedisTokenStore } from 'nestjs-bank-auth/redis';
import { PROVIDER } from './constants.mjs';

/** A Nest application with one provider, which shares its tokens through Redis if there is a URL. */
export async function openReplica({ bank, redisUrl, encryptionKey }) {
  const store = redisUrl === undefined ? {} : { store: new RedisTokenStore(redisUrl, { encryptionKey }) };
  const root = {
    module: class Root {},
    imports: [
      BankAuthModule.forRoot({
        environment: 'sandbox',
        providers: { [PROVIDER]: bank },
        // Otherwise the token would be there before the first caller.
        warmUp: false,
        ...store,
      }),
    ],
  };
  const application = await NestFactory.createApplicationContext(root, { logger: ['log', 'warn', 'error'] });
  return {
    application,
    tokens: application.get(getTokenServiceToken(PROVIDER)),
    http: application.get(getBankHttpToken(PROVIDER)),
  };
}
