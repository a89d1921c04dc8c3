import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import type { BankClient } from '../../src/testing/simulator/bank-client.js';
import { perClient } from '../../src/testing/simulator/per-client.memory.js';
import type { IssuedToken } from '../../src/testing/simulator/token-issuer.js';

const newClient = (): BankClient => {
  const credentials = { clientId: 'same', clientSecret: 'same' };
  return { credentials, original: credentials, former: undefined };
};
const token = (client: BankClient): IssuedToken => ({
  value: 'token',
  client,
  clientId: 'same',
  scopes: [],
  expiresAt: 0,
});

describe('the memory per client', () => {
  it('is made for a client at its first use, and belongs to the client alone', () => {
    let made = 0;
    const of = perClient(() => {
      made += 1;
      return new Map<string, string>();
    });
    const [first, second] = [newClient(), newClient()];
    expect(made).toBe(0);
    of(token(first)).set('a', 'b');
    expect(of(token(first)).get('a')).toBe('b');
    expect(of(token(second)).size).toBe(0);
    expect(made).toBe(2);
  });

  it('is freed with the client', async () => {
    const of = perClient(() => new Map<string, string>());
    const kept = new WeakRef(of(token(newClient())));
    for (let tries = 0; tries < 20 && kept.deref(); tries += 1) {
      await turn();
      globalThis.gc?.();
    }
    expect(kept.deref()).toBeUndefined();
    expect(of(token(newClient())).size).toBe(0);
  });
});
