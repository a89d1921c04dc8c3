import { describe, expect, test } from '@jest/globals';
import type { CredentialsSource } from '../../../src/credentials/index.js';
import type { StoredToken, TokenStore } from '../../../src/store/index.js';
import type { AccessToken } from '../../../src/token/access-token.js';
import { rejected, unavailable } from '../../support/machine.fixtures.js';
import { authority } from '../../support/tls-identities.js';
import { aBank, ask, Harness, HOUR, outcome, STALE } from '../../support/token-service.harness.js';
import { settle } from '../../support/virtual-clock.js';

/** What the module and the HTTP client ask of a token service. */

/** Holds one token, whatever is asked of it, and notes what is to be removed. */
class StubbornStore implements TokenStore {
  readonly removed: string[] = [];
  constructor(private readonly found?: { token: StoredToken; ageMs: number }) {}
  async read() {
    return this.found;
  }
  async writeIfNewer() {
    return false;
  }
  async remove(_key: string, fingerprint: string) {
    this.removed.push(fingerprint);
  }
}

const stored = (ageMs: number) => ({
  token: {
    fingerprint: 'of-the-stored',
    value: 'stored',
    scopes: [],
    issuedAt: 0,
    lifetime: HOUR,
    credentialsVersion: 'v1',
  },
  ageMs,
});

describe('the warm-up', () => {
  test('starts one flight that no caller waits for, and the next caller joins it', async () => {
    const { service, bank } = new Harness();
    service.warmUp();
    service.warmUp();
    const asked = ask(service);
    await settle();
    expect(bank.requests).toBe(1);
    bank.last.grant();
    expect(asked.token?.value).toBe('token-1');
  });

  test('does no harm where the flight fails: the next caller gets the error', async () => {
    const { service, bank, logger } = new Harness();
    bank.fails(rejected);
    service.warmUp();
    await settle();
    expect(logger.lines).toHaveLength(1);
    const asked = ask(service);
    expect(asked.error?.code).toBe('BANK_AUTH_CREDENTIALS_REJECTED');
    service.warmUp();
    await settle();
    expect(bank.requests).toBe(1);
  });

  test('does nothing where there is a token, fresh or stale', async () => {
    const harness = new Harness();
    await harness.warm();
    harness.service.warmUp();
    await settle();
    await harness.clock.advance(STALE);
    harness.service.warmUp();
    await settle();
    expect(harness.bank.requests).toBe(1);
  });

  test('takes a token from the store where there is one', async () => {
    const { service, bank } = new Harness({ store: new StubbornStore(stored(1_000)) });
    service.warmUp();
    await settle();
    expect(service.status.state).toBe('fresh');
    expect(bank.requests).toBe(0);
  });

  test('does nothing after the end, nor where the provider is disabled', async () => {
    const closed = new Harness();
    closed.service.close();
    closed.service.warmUp();
    const disabled = new Harness({ disabled: true });
    disabled.service.warmUp();
    disabled.service.keepWarm();
    await settle();
    expect([closed.bank.requests, disabled.bank.requests]).toEqual([0, 0]);
    expect(disabled.clock.timers).toBe(0);
  });
});

test('a disabled provider says so before anything is sent', () => {
  const { service } = new Harness({ disabled: true, merchant: 'shop-7' });
  expect(() => service.forCall().assertUsable()).toThrow(
    expect.objectContaining({
      code: 'BANK_AUTH_CONFIG',
      provider: 'a-bank',
      merchant: 'shop-7',
      requestSent: false,
      message:
        'a-bank is disabled by its option "enabled", so no request was sent. Enable it or do not use it here.',
    }),
  );
  expect(() => new Harness().service.forCall().assertUsable()).not.toThrow();
});

test('a service may be closed twice, and then says why it gives no token', async () => {
  const { service } = new Harness({ merchant: 'shop-7' });
  service.close();
  service.close();
  expect(await outcome(service.getAccessToken())).toMatchObject({
    code: 'BANK_AUTH_UNAVAILABLE',
    provider: 'a-bank',
    merchant: 'shop-7',
    message:
      'a-bank (merchant "shop-7"): the application is shutting down, so no token is requested any more.',
  });
});

describe('a refused token', () => {
  test('is replaced each time without a pause as long as the replacement helps the same call', async () => {
    const harness = new Harness();
    let token = await harness.warm();
    harness.bank.issues();
    for (let revocation = 0; revocation < 6; revocation++) {
      // Another call has already shown that it works.
      harness.service.forCall().accepted(token, false);
      harness.service.forCall().accepted(token, true);
      expect(harness.service.forCall().refused(token)).toBe(true);
      const asked = ask(harness.service);
      await settle();
      token = asked.token as typeof token;
    }
    expect(harness.bank.requests).toBe(7);
  });

  test('that is no longer current is ignored', async () => {
    const harness = new Harness();
    const old = await harness.warm();
    harness.service.invalidate(old);
    harness.bank.issues();
    ask(harness.service);
    await settle();
    harness.service.forCall().accepted(old, true);
    expect(harness.service.forCall().refused(old)).toBe(true);
    expect(harness.service.status.state).toBe('fresh');
    expect(harness.bank.requests).toBe(2);
  });

  test('whose replacement is refused too is reported once, then once a minute, and anew after a call has succeeded', async () => {
    const { service, bank, clock, logger } = new Harness();
    const next = async () => {
      bank.issues();
      await service.getAccessToken();
      return service.acquire() as AccessToken;
    };
    service.forCall().refused(await next());
    expect(logger.lines).toEqual([
      expect.stringMatching(/^warn \[BANK_AUTH_TOKEN_REFUSED\] a-bank: the bank refused a token 1 h before/),
    ]);
    service.forCall().refused(await next());
    const braked = expect.stringMatching(
      /^error \[BANK_AUTH_TOKEN_BRAKED\] a-bank: the bank refuses new tokens too.* For 60 s, no 401 renews it: /,
    );
    expect(logger.lines.splice(0)).toEqual([expect.anything(), braked]);
    for (let minute = 0; minute < 5; minute += 1) {
      await clock.advance(61_000);
      service.forCall().refused(await next());
      service.forCall().refused(await next());
    }
    expect(logger.lines.splice(0)).toEqual(
      Array.from({ length: 5 }, () => expect.stringContaining('[BANK_AUTH_TOKEN_STILL_BRAKED]')),
    );
    service.forCall().accepted(await next(), false);
    service.forCall().refused(await next());
    service.forCall().refused(await next());
    expect(logger.lines.filter((line) => !line.includes('TOKEN_REFUSED'))).toEqual([
      'log [BANK_AUTH_TOKEN_ACCEPTED] a-bank: the bank accepts tokens again, after 5 min and 11 refused calls.',
      expect.stringMatching(
        /^error \[BANK_AUTH_TOKEN_BRAKED\] a-bank: the bank accepts new tokens for some calls and refuses them for others/,
      ),
    ]);
  });

  test('is removed from the store only if it is dropped', async () => {
    const store = new StubbornStore();
    const harness = new Harness({ store });
    const first = await harness.warm();
    harness.service.forCall().refused(first);
    expect(store.removed).toHaveLength(1);
    harness.bank.issues();
    const asked = ask(harness.service);
    await settle();
    const second = asked.token as typeof first;
    // Late news of the first, and a replacement that never worked: it is kept.
    harness.service.forCall().refused(first);
    expect(harness.service.forCall().refused(second)).toBe(false);
    expect(harness.service.status.state).toBe('refused');
    expect(store.removed).toHaveLength(1);
  });
});

describe('an invalidation', () => {
  test('without an argument is ignored, even without a token', () => {
    const { service } = new Harness();
    for (const nothing of [undefined, null, 7, {}]) {
      expect(() => service.invalidate(nothing as never)).not.toThrow();
    }
    expect(service.status.state).toBe('absent');
  });

  test('of another token does not reach the store', async () => {
    const store = new StubbornStore();
    const harness = new Harness({ store });
    const token = await harness.warm();
    harness.service.invalidate('another');
    await settle();
    expect(store.removed).toEqual([]);
    harness.service.invalidate(token);
    await settle();
    expect(store.removed).toHaveLength(1);
  });
});

describe('a bank with one live token', () => {
  const singleActiveToken = { bank: aBank({ singleActiveToken: true }) };

  test('gets no request for another while the one in the store is usable', async () => {
    const { service, bank } = new Harness({ ...singleActiveToken, store: new StubbornStore(stored(STALE)) });
    expect(await service.getAccessToken()).toBe('stored');
    expect(bank.requests).toBe(0);
  });

  test('differs from other banks, whose tokens in the store are renewed ahead', async () => {
    const { service, bank } = new Harness({ store: new StubbornStore(stored(STALE)) });
    bank.issues();
    expect(await service.getAccessToken()).toBe('token-1');
  });
});

describe('a waiting caller', () => {
  test('fails with an aborted signal, although the token is at hand', async () => {
    const harness = new Harness();
    await harness.warm();
    expect(await harness.service.getAccessToken()).toBe('token-1');
    const reason = new Error('left');
    await expect(harness.service.getAccessToken({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  test('fails with a signal that is aborted while the flight starts', async () => {
    const { service, credentials } = new Harness();
    const controller = new AbortController();
    const read = credentials.read.bind(credentials);
    credentials.read = () => {
      controller.abort(new Error('left'));
      return read();
    };
    await expect(service.getAccessToken({ signal: controller.signal })).rejects.toThrow('left');
  });

  test('has a timer only where it set a time-out', async () => {
    const { service, clock, bank } = new Harness();
    const all = [service.getAccessToken()];
    await settle();
    const before = clock.timers;
    all.push(service.getAccessToken({ signal: new AbortController().signal }));
    expect(clock.timers).toBe(before);
    all.push(service.getAccessToken({ timeout: 60_000 }));
    expect(clock.timers).toBe(before + 1);
    bank.last.grant();
    expect(await Promise.all(all)).toEqual(['token-1', 'token-1', 'token-1']);
    expect(clock.timers).toBe(0);
  });

  test("gets an error that names the late token's merchant, and says that it is still on its way", async () => {
    const { service, clock } = new Harness({ merchant: 'shop-7' });
    const waiting = outcome(service.getAccessToken({ timeout: 200 }));
    await clock.advance(200);
    expect(await waiting).toMatchObject({
      provider: 'a-bank',
      merchant: 'shop-7',
      message:
        'a-bank (merchant "shop-7"): no token within the 200 ms that this caller waits. The token request goes on; ask again.',
    });
  });

  test('gets an error of refresh that says nothing was sent while the bank asks to be left alone', async () => {
    const { service, bank } = new Harness();
    bank.fails({ ...unavailable, retryAfterMs: 60_000 });
    ask(service);
    await settle();
    const refreshed = ask(service, 'refresh');
    expect(refreshed.error?.message).toContain('This call sent no token request');
    expect(refreshed.error?.retryAfterMs).toBe(60_000);
  });
});

test('a token brings the agent of its credentials, which is released at the end', async () => {
  const { cert: tlsCa } = await authority('a-ca');
  const credentials: CredentialsSource = {
    description: 'a file',
    mayChange: false,
    read: async () => ({ clientId: 'id', clientSecret: 'secret', tlsCa, version: 'v1' }),
  };
  const harness = new Harness({ credentials });
  const { httpsAgent } = await harness.warm();
  expect(httpsAgent?.options).toMatchObject({ keepAlive: true });
  expect(httpsAgent?.maxFreeSockets).toBeGreaterThan(0);
  const renewed = ask(harness.service, 'refresh');
  await settle();
  harness.bank.last.grant();
  expect(renewed.token?.httpsAgent).toBe(httpsAgent);
  harness.service.close();
  expect(httpsAgent?.maxFreeSockets).toBe(0);
});

describe('the log of a token service', () => {
  test('names the merchant, where it is not the provider itself', async () => {
    const { service, bank, clock, logger } = new Harness({ merchant: 'shop-7' });
    bank.fails(rejected);
    ask(service);
    await settle();
    await clock.advance(60_000);
    bank.issues();
    ask(service);
    await settle();
    expect(logger.lines).toEqual([
      expect.stringMatching(
        /^error \[BANK_AUTH_CREDENTIALS_REJECTED\] a-bank \(merchant "shop-7"\): the bank refused the credentials/,
      ),
      expect.stringMatching(
        /^log \[BANK_AUTH_TOKEN_RECOVERED\] a-bank \(merchant "?shop-7"?\): tokens are issued again, after 60 s and 1 failure\.$/,
      ),
    ]);
  });

  test('does not repeat itself where credentials are read again unchanged', async () => {
    const { service, bank, clock, credentials, logger } = new Harness();
    credentials.mayChange = true;
    bank.fails(rejected);
    ask(service);
    await settle();
    const { reads } = credentials;
    await clock.advance(1_000);
    const asked = ask(service);
    await settle();
    expect(credentials.reads).toBe(reads + 1);
    expect(asked.error?.message).toContain('This call sent no token request');
    expect(bank.requests).toBe(1);
    expect(logger.lines).toHaveLength(1);
  });
});

test('getAccessToken judges the token anew in the next millisecond, also within one turn of the event loop', async () => {
  const harness = new Harness();
  await harness.warm();
  harness.bank.issues();
  const first = harness.service.getAccessToken();
  harness.clock.suspend(HOUR);
  const second = harness.service.getAccessToken();
  expect(await Promise.all([first, second])).toEqual(['token-1', 'token-2']);
});
