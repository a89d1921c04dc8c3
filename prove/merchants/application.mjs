import { NestFactory } from '@nestjs/core';
import {
  BankAuthModule,
  getBankHttpToken,
  getBankInterceptorToken,
  getTokenServiceToken,
} from 'nestjs-bank-auth';
import { RedisTokenStore } from 'nestjs-bank-auth/redis';
import { firstValueFrom } from 'rxjs';
import { EXPECTED, PROVIDER, WHOSE } from './constants.mjs';
import { clientIdOf } from './derived.mjs';

/** A Nest application with one provider, which finds its merchants by `credentials`. */
export function openApplication({ bank, credentials, provider, shared, ...options }) {
  return open(
    BankAuthModule.forRoot({
      environment: 'sandbox',
      warmUp: false,
      providers: { [PROVIDER]: { ...bank, credentials, ...provider } },
      ...(shared === undefined
        ? {}
        : { store: new RedisTokenStore(shared.redisUrl, { encryptionKey: shared.encryptionKey }) }),
      ...options,
    }),
  );
}

export async function open(bankAuth) {
  const root = { module: class Root {}, imports: [bankAuth] };
  const application = await NestFactory.createApplicationContext(root, { logger: ['log', 'warn', 'error'] });
  return new Application(application);
}

class Application {
  #application;

  constructor(application) {
    this.#application = application;
    this.tokens = application.get(getTokenServiceToken(PROVIDER));
    this.http = application.get(getBankHttpToken(PROVIDER));
    this.interceptor = application.get(getBankInterceptorToken(PROVIDER));
  }

  /** A resource call for a merchant, with a header that tells the bank the expected client of its token. */
  async call(merchant) {
    const headers = { [EXPECTED]: clientIdOf(merchant) };
    await firstValueFrom(this.http.get(WHOSE, { headers, bankAuth: { merchant } }));
  }

  /** The same call with the provider's own credentials. */
  async callAsDefault(clientId) {
    await firstValueFrom(this.http.get(WHOSE, { headers: { [EXPECTED]: clientId } }));
  }

  close() {
    return this.#application.close();
  }
}
