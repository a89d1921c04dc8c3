import { randomBytes } from 'node:crypto';
import type { BankSimulator } from 'nestjs-bank-auth/testing';
import { isBankVariable } from '../bank-providers.js';

/** The environment of replicas: simulated banks, a Redis and free ports, in place of our own settings. */
export function replicaEnvironment(simulator: BankSimulator, redisUrl: string): Record<string, string> {
  const ours = Object.entries(process.env).filter(([name]) => !isBankVariable(name));
  return {
    ...(Object.fromEntries(ours) as Record<string, string>),
    ...simulator.env(),
    BANK_AUTH_REDIS_URL: redisUrl,
    // The same key for all, or they could not read each other's tokens.
    BANK_AUTH_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    PORT: '0',
    TCP_PORT: '0',
    LISTEN_HOST: '127.0.0.1',
    NO_COLOR: '1',
  };
}
