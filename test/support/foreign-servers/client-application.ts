import type { HttpService } from '@nestjs/axios';
import type { INestApplicationContext } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  BankAuthModule,
  type BankAuthOptions,
  type BankDefinition,
  defineBank,
  getBankHttpToken,
  getTokenServiceToken,
  type TokenService,
} from 'nestjs-bank-auth';
import { VirtualClock } from '../virtual-clock.js';
import { SCOPES } from './foreign-server.js';

export interface ClientApplication {
  readonly app: INestApplicationContext;
  readonly tokens: TokenService;
  readonly http: HttpService;
  readonly clock: VirtualClock;
}

/** An application as a user would write it, at a server on loopback. */
export async function startClient(
  { tokenUrl, apiBaseUrl }: { readonly tokenUrl: string; readonly apiBaseUrl: string },
  definition: Pick<BankDefinition, 'clientAuthentication'> & Partial<BankDefinition>,
  provider: object,
): Promise<ClientApplication> {
  const bank = defineBank({
    id: 'the-bank',
    title: 'The bank',
    ...definition,
    tokenUrl: { sandbox: tokenUrl },
    apiBaseUrl: { sandbox: apiBaseUrl },
  });
  const options = {
    environment: 'sandbox',
    warmUp: false,
    // A server that fails is to be seen at once: time stands still.
    retry: { attempts: 1 },
    providers: { 'the-bank': { bank, scopes: SCOPES, ...provider } },
  } as unknown as BankAuthOptions;
  const clock = new VirtualClock(Date.now());
  const app = await Test.createTestingModule({ imports: [BankAuthModule.forRoot(options)] })
    .overrideProvider(Symbol.for('nestjs-bank-auth:clock'))
    .useValue(clock)
    .setLogger({ log() {}, warn() {}, error() {} })
    .compile();
  return {
    app: await app.init(),
    clock,
    tokens: app.get(getTokenServiceToken('the-bank')),
    http: app.get(getBankHttpToken('the-bank')),
  };
}
