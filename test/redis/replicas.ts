import { randomBytes } from 'node:crypto';
import type { HttpService } from '@nestjs/axios';
import { Test } from '@nestjs/testing';
import type { RedisOptions } from 'ioredis';
import {
  BankAuthModule,
  type BankAuthOptions,
  getBankHttpToken,
  getTokenServiceToken,
  type TokenService,
} from 'nestjs-bank-auth';
import { RedisTokenStore } from 'nestjs-bank-auth/redis';
import { firstValueFrom } from 'rxjs';
import type { SimulatedBank } from '../../src/testing/index.js';

/** One application as one process would run it: a store, connections and clocks of its own. */
export interface Replica {
  readonly tokens: TokenService;
  readonly http: HttpService;
  readonly store: RedisTokenStore;
  close(): Promise<void>;
}

const running = new Set<Replica>();
const loads = new Set<Load>();
/** Ends every replica, and all load, that the test file has started. */
export async function closeReplicas(): Promise<void> {
  await Promise.all([...loads].map((load) => load.stop()));
  await Promise.all([...running].map((replica) => replica.close()));
  lines.length = 0;
}

/** What replicas have logged about their stores, or as a warning. Nest has one logger for all applications of a process. */
export const lines: string[] = [];
const logger = {
  log: (line: unknown) => void (String(line).startsWith('[BANK_AUTH_STORE_') && lines.push(String(line))),
  warn: (line: unknown) => void lines.push(String(line)),
  error: (line: unknown) => void lines.push(String(line)),
};

export const ENCRYPTION_KEY = randomBytes(32).toString('base64');

export type RedisAt = ConstructorParameters<typeof RedisTokenStore>[0];

/** Starts a replica that works with this bank and this Redis. */
export async function startReplica(
  bank: SimulatedBank,
  redis: RedisAt | RedisOptions,
  options: Partial<Omit<BankAuthOptions, 'providers'>> & {
    readonly provider?: object;
    readonly encryptionKey?: string;
  } = {},
): Promise<Replica> {
  const { provider, encryptionKey = ENCRYPTION_KEY, ...rest } = options;
  const store = new RedisTokenStore(redis, { encryptionKey });
  const module = await Test.createTestingModule({
    imports: [
      BankAuthModule.forRoot({
        environment: 'sandbox',
        warmUp: false,
        store,
        ...rest,
        providers: { [bank.id]: { ...bank.providerOptions(), ...provider } },
      } as BankAuthOptions),
    ],
  })
    .setLogger(logger)
    .compile();
  await module.init();
  const replica: Replica = {
    tokens: module.get(getTokenServiceToken(bank.id)),
    http: module.get(getBankHttpToken(bank.id)),
    store,
    close: async () => {
      running.delete(replica);
      await module.close();
    },
  };
  running.add(replica);
  return replica;
}

/** Requests of all replicas, one after the other each, until it is stopped. */
export class Load {
  calls = 0;
  readonly failures: unknown[] = [];
  #stopped = false;
  readonly #workers: Promise<void>[];

  constructor(replicas: readonly Replica[], everyMs = 20) {
    loads.add(this);
    this.#workers = replicas.map((replica) => this.#work(replica, everyMs));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    loads.delete(this);
    await Promise.all(this.#workers);
  }

  async #work({ tokens, http }: Replica, everyMs: number): Promise<void> {
    while (!this.#stopped) {
      try {
        await tokens.getAccessToken();
        await firstValueFrom(http.get('/simulator/echo'));
        this.calls += 1;
      } catch (error) {
        this.failures.push(error);
      }
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
  }
}
