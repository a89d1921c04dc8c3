import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { isBankAuthError } from '../../../src/errors/index.js';
import { TokenEndpointClient } from '../../../src/token/endpoint/token-endpoint.client.js';
import { invalid, rejected, unavailable } from '../../support/machine.fixtures.js';
import {
  type Asked,
  aBank,
  ask,
  Harness,
  HOUR,
  outcome,
  STALE,
  UNUSABLE,
} from '../../support/token-service.harness.js';
import { settle, VirtualClock } from '../../support/virtual-clock.js';

const DAY = 24 * HOUR;

describe('getToken', () => {
  test('is cold: only a subscription asks, and each one asks again', async () => {
    const { service, bank, clock } = new Harness();
    bank.issues();
    const tokens = service.getToken();
    await clock.advance(60_000);
    expect(bank.requests).toBe(0);
    const seen: string[] = [];
    tokens.subscribe(({ value }) => seen.push(value));
    await settle();
    await clock.advance(HOUR);
    tokens.subscribe(({ value }) => seen.push(value));
    await settle();
    expect(seen).toEqual(['token-1', 'token-2']);
    expect(bank.requests).toBe(2);
  });

  test('emits one token and completes', async () => {
    const { service, bank } = new Harness();
    bank.issues();
    const asked = ask(service);
    await settle();
    expect(asked).toMatchObject({ settled: 1, token: { value: 'token-1' } });
    // From the cache it does so at once.
    expect(ask(service)).toMatchObject({ settled: 1, token: { value: 'token-1' } });
  });

  test('counts the lifetime from the sending of the request', async () => {
    const { service, bank, clock } = new Harness();
    const issuedAt = clock.wall();
    const asked = ask(service);
    await settle();
    await clock.advance(4_000);
    bank.last.grant('slow', HOUR);
    expect(asked.token).toMatchObject({ value: 'slow', issuedAt, expiresAt: issuedAt + HOUR });
    await clock.advance(UNUSABLE - 4_000 - 1);
    expect(ask(service).settled).toBe(1);
    await clock.advance(1);
    expect(ask(service).settled).toBe(0);
  });

  test('gives the granted scopes, or else the requested ones', async () => {
    const { service, bank } = new Harness();
    bank.replies((exchange) => exchange.grant('a', HOUR, ['read']));
    expect((await outcome(service.getAccessToken())) as string).toBe('a');
    expect(ask(service).token?.scopes).toEqual(['read']);
    bank.issues();
    const renewed = ask(service, 'refresh');
    await settle();
    expect(renewed.token?.scopes).toEqual(['read', 'write']);
    expect(bank.last.scopes).toEqual(['read', 'write']);
  });

  test('gives the headers of the definition, or else Bearer', async () => {
    const { service, bank } = new Harness();
    bank.issues();
    const asked = ask(service);
    await settle();
    expect(asked.token?.headers).toEqual({ Authorization: 'Bearer token-1' });
  });
});

describe('the cached token', () => {
  test('is served without a request until it is stale', async () => {
    const { service, bank, clock } = new Harness();
    bank.issues();
    await service.getAccessToken();
    await clock.advance(STALE - 1);
    for (let n = 0; n < 100; n += 1) expect(await service.getAccessToken()).toBe('token-1');
    await settle();
    expect(bank.requests).toBe(1);
  });

  test('is served while it is stale, and renewed once in the background', async () => {
    const { service, bank, clock, warm } = await warmed();
    await clock.advance(STALE);
    for (let n = 0; n < 100; n += 1) expect(ask(service).token).toBe(warm);
    expect(await service.getAccessToken()).toBe('token-1');
    await settle();
    expect(bank.requests).toBe(2);
    bank.last.grant();
    expect(await service.getAccessToken()).toBe('token-2');
    expect(ask(service).token?.value).toBe('token-2');
    expect(bank.requests).toBe(2);
  });

  test('is served while its renewal fails, each try after its cool-down, until it is unusable', async () => {
    const { service, bank, clock, logger } = await warmed();
    await clock.advance(STALE);
    bank.fails(unavailable);
    const failures: Asked[] = [];
    for (let ms = 0; ms < 100_000; ms += 500) {
      failures.push(ask(service));
      await clock.advance(500);
    }
    expect(new Set(failures.map(({ token }) => token?.value))).toEqual(new Set(['token-1']));
    // The first flight has three attempts, each later one a single one: after 1, 2, 3, 3, … seconds.
    expect(bank.requests).toBeGreaterThan(3 + 30);
    expect(bank.requests).toBeLessThanOrEqual(3 + 2 + 100 / 3 + 1);
    expect(service.status.state).toBe('stale');
    expect(logger.lines.slice(1)).toEqual([expect.stringContaining('[BANK_AUTH_TOKEN_STILL_FAILING]')]);
    await clock.advance(10_000);
    bank.hangs();
    expect(ask(service).token).toBeUndefined();
  });

  test('is not served from the moment it is unusable', async () => {
    const { service, bank, clock } = await warmed();
    await clock.advance(UNUSABLE - 1);
    expect(await service.getAccessToken()).toBe('token-1');
    await clock.advance(1);
    const waiting = outcome(service.getAccessToken());
    const asked = ask(service);
    await settle();
    expect(asked.settled).toBe(0);
    bank.last.grant();
    expect(await waiting).toBe('token-2');
    expect(asked.token?.value).toBe('token-2');
    expect(bank.requests).toBe(2);
  });

  test('is renewed earlier by the jitter', async () => {
    const harness = new Harness();
    harness.randoms = [1];
    await harness.warm();
    await harness.clock.advance(HOUR - 132_000 - 1);
    ask(harness.service);
    await settle();
    expect(harness.bank.requests).toBe(1);
    await harness.clock.advance(1);
    ask(harness.service);
    await settle();
    expect(harness.bank.requests).toBe(2);
  });

  test('is not rejuvenated by a wall clock set back', async () => {
    const { service, bank, clock } = await warmed();
    clock.setWall(clock.wall() - DAY);
    expect(await service.getAccessToken()).toBe('token-1');
    await clock.advance(UNUSABLE);
    expect(ask(service).settled).toBe(0);
    const waiting = service.getAccessToken();
    await settle();
    bank.last.grant();
    expect(await waiting).toBe('token-2');
  });

  test('is not rejuvenated while the machine is suspended', async () => {
    const { service, bank, clock } = await warmed();
    clock.suspend(UNUSABLE);
    const waiting = service.getAccessToken();
    expect(ask(service).settled).toBe(0);
    await settle();
    bank.last.grant();
    expect(await waiting).toBe('token-2');
  });

  test('is not renewed before it is unusable at a bank that allows one live token', async () => {
    const harness = new Harness({ bank: aBank({ singleActiveToken: true }) });
    const { service, bank, clock } = harness;
    await harness.warm();
    await clock.advance(UNUSABLE - 1);
    expect(ask(service).token?.value).toBe('token-1');
    await settle();
    expect(bank.requests).toBe(1);
    expect(service.status).toMatchObject({
      state: 'fresh',
      refreshAt: (service.status.expiresAt as number) - 10_000,
    });
    await clock.advance(1);
    const asked = ask(service);
    await settle();
    bank.last.grant();
    expect(asked.token?.value).toBe('token-2');
  });
});

describe('a flight', () => {
  test('is shared by a thousand cold callers of every kind', async () => {
    const { service, bank } = new Harness();
    const observed: Asked[] = [];
    const promised: Promise<string>[] = [];
    for (let n = 0; n < 1_000; n += 1) {
      if (n % 3 === 0) observed.push(ask(service));
      else if (n % 3 === 1) observed.push(ask(service, 'refresh'));
      else promised.push(service.getAccessToken());
    }
    await settle();
    expect(bank.requests).toBe(1);
    bank.last.grant();
    expect(new Set(await Promise.all(promised))).toEqual(new Set(['token-1']));
    expect(observed.every(({ settled, token }) => settled === 1 && token === observed[0]?.token)).toBe(true);
    expect(bank.requests).toBe(1);
  });

  test('that fails rejects all waiting callers, each once', async () => {
    const { service, bank } = new Harness();
    const observed = Array.from({ length: 50 }, (_, n) => ask(service, n % 2 === 0 ? 'getToken' : 'refresh'));
    const promised = Array.from({ length: 50 }, () => outcome(service.getAccessToken()));
    await settle();
    bank.last.fail(rejected);
    const errors = [...(await Promise.all(promised)), ...observed.map(({ error }) => error)];
    expect(errors.every((error) => isBankAuthError(error, 'BANK_AUTH_CREDENTIALS_REJECTED'))).toBe(true);
    expect(observed.every(({ settled }) => settled === 1)).toBe(true);
    expect(bank.requests).toBe(1);
  });

  test('goes on when the caller that started it leaves', async () => {
    const { service, bank } = new Harness();
    const first = ask(service);
    const second = ask(service);
    await settle();
    first.leave();
    expect(bank.last.state).toBe('open');
    second.leave();
    expect(bank.last.state).toBe('open');
    bank.last.grant();
    expect(first.settled).toBe(0);
    expect(ask(service).token?.value).toBe('token-1');
    expect(bank.requests).toBe(1);
  });

  test('reads the credentials anew and uses them', async () => {
    const harness = new Harness();
    await harness.warm();
    harness.credentials.version = 'v2';
    harness.bank.issues();
    ask(harness.service, 'refresh');
    await settle();
    expect(harness.bank.exchanges.map(({ clientId }) => clientId)).toEqual(['id-v1', 'id-v2']);
  });

  test('makes three attempts at an unavailable endpoint, with backoff and full jitter between them', async () => {
    const harness = new Harness();
    const { service, bank, clock } = harness;
    harness.randoms = [0.5, 1, 0];
    bank.fails(unavailable);
    const asked = ask(service);
    await settle();
    const counts: number[] = [];
    for (const ms of [0, 124, 1, 499, 1]) {
      await clock.advance(ms);
      counts.push(bank.requests);
    }
    // Half of 250 ms, then all of 500 ms.
    expect(counts).toEqual([1, 1, 2, 2, 3]);
    expect(asked.error).toMatchObject({ code: 'BANK_AUTH_UNAVAILABLE', retryable: true, status: 503 });
    expect(asked.settled).toBe(1);
  });

  test.each([
    [0.25, 950],
    [0.5, 1_000],
    [1, 1_100],
  ])(
    'is followed by a second without another one where it failed, a tenth less or more at random: %d',
    async (random, forMs) => {
      const harness = new Harness({ retry: { attempts: 1, attemptTimeout: 5_000, deadline: 15_000 } });
      harness.randoms = [random];
      harness.bank.fails(unavailable);
      const asked = ask(harness.service);
      await settle();
      expect(asked.error?.retryAfterMs).toBe(forMs);
    },
  );

  test('succeeds with any of its attempts, and forgets the failed ones', async () => {
    const { service, bank, clock, logger } = new Harness();
    bank.replies((exchange) => (exchange.number < 3 ? exchange.fail(unavailable) : exchange.grant()));
    const asked = ask(service);
    await clock.advance(1_000);
    expect(asked.token?.value).toBe('token-3');
    expect(service.status).toMatchObject({ state: 'fresh', failures: 0 });
    expect(logger.lines).toEqual([]);
  });

  test.each([
    ['a rejection', rejected, 'BANK_AUTH_CREDENTIALS_REJECTED'],
    ['an answer that is no token', invalid, 'BANK_AUTH_INVALID_RESPONSE'],
  ])('makes no second attempt after %s', async (_name, failure, code) => {
    const { service, bank, clock } = new Harness();
    bank.fails(failure);
    const asked = ask(service);
    await clock.advance(900);
    expect(asked.error).toMatchObject({ code, retryable: false });
    expect(bank.requests).toBe(1);
  });

  test('gives each attempt 5 s and all of them 15 s, so that a hanging endpoint recovers', async () => {
    const harness = new Harness();
    const { service, bank, clock } = harness;
    harness.randoms = [1];
    const asked = ask(service);
    await settle();
    await clock.advance(4_999);
    expect(bank.exchanges.map(({ state }) => state)).toEqual(['open']);
    await clock.advance(1);
    expect(bank.exchanges.map(({ state }) => state)).toEqual(['aborted']);
    await clock.advance(250);
    expect(bank.exchanges.map(({ state }) => state)).toEqual(['aborted', 'open']);
    await clock.advance(5_500);
    expect(bank.exchanges.map(({ state }) => state)).toEqual(['aborted', 'aborted', 'open']);
    // What is left for the third is 4.25 s.
    await clock.advance(4_249);
    expect(asked.settled).toBe(0);
    await clock.advance(1);
    expect(asked).toMatchObject({ settled: 1, error: { code: 'BANK_AUTH_UNAVAILABLE', requestSent: false } });
    expect(asked.error?.message).toMatch(/no answer within \d+ ms/);
    expect(bank.open).toEqual([]);
    bank.issues();
    await clock.advance(1_100);
    expect(await service.getAccessToken()).toBe('token-4');
  });

  test('that follows a failed one makes one attempt', async () => {
    const { service, bank, clock } = new Harness();
    bank.fails(unavailable);
    ask(service);
    await clock.advance(1_000);
    expect(bank.requests).toBe(3);
    await clock.advance(1_000);
    const second = ask(service);
    await clock.advance(500);
    expect(second.error?.code).toBe('BANK_AUTH_UNAVAILABLE');
    expect(bank.requests).toBe(4);
    bank.issues();
    await clock.advance(3_000);
    expect(await service.getAccessToken()).toBe('token-5');
    bank.fails(unavailable);
    await clock.advance(STALE);
    ask(service);
    await clock.advance(1_000);
    // After a success there are three again.
    expect(bank.requests).toBe(5 + 3);
  });

  test('waits as long as the bank asks, if that is within its deadline', async () => {
    const { service, bank, clock } = new Harness();
    bank.fails({ ...unavailable, retryAfterMs: 7_000 });
    const asked = ask(service);
    await settle();
    bank.issues();
    await clock.advance(6_999);
    expect(bank.requests).toBe(1);
    await clock.advance(1);
    expect(asked.token?.value).toBe('token-2');
  });

  test('ends where the bank asks for more, and the next one waits that long', async () => {
    const { service, bank, clock } = new Harness();
    bank.fails({ ...unavailable, retryAfterMs: 90_000 });
    const asked = ask(service);
    await settle();
    expect(asked.error).toMatchObject({ code: 'BANK_AUTH_UNAVAILABLE', retryAfterMs: 90_000 });
    bank.issues();
    await clock.advance(89_999);
    expect(ask(service).error).toMatchObject({ retryAfterMs: 1 });
    expect(ask(service, 'refresh').error).toMatchObject({ retryAfterMs: 1 });
    expect(bank.requests).toBe(1);
    await clock.advance(1);
    expect(await service.getAccessToken()).toBe('token-2');
  });

  test('obeys a Retry-After for at most 5 min', async () => {
    const { service, bank, clock } = new Harness();
    bank.fails({ ...unavailable, retryAfterMs: 1e15 });
    expect(await outcome(service.getAccessToken())).toMatchObject({ retryAfterMs: 300_000 });
    bank.issues();
    await clock.advance(299_999);
    expect(ask(service).error).toBeDefined();
    await clock.advance(1);
    expect(await service.getAccessToken()).toBe('token-2');
  });

  test('that hangs ends at the deadline even if the credentials are unreadable', async () => {
    const harness = new Harness();
    harness.credentials.read = () => new Promise(() => undefined);
    const asked = ask(harness.service);
    await harness.clock.advance(14_999);
    expect(asked.settled).toBe(0);
    await harness.clock.advance(1);
    expect(asked.error).toMatchObject({ code: 'BANK_AUTH_CONFIG', retryable: true });
    expect(asked.error?.message).toContain(
      'the credentials could not be read (BANK_CLIENT_ID and BANK_CLIENT_SECRET: no answer within 15000 ms)',
    );
    expect(harness.bank.requests).toBe(0);
    expect(harness.clock.timers).toBe(0);
  });
});

describe('a cool-down', () => {
  test.each([
    ['rejected', rejected, 60_000, 'BANK_AUTH_CREDENTIALS_REJECTED', 'error'],
    ['invalid', invalid, 10_000, 'BANK_AUTH_INVALID_RESPONSE', 'error'],
    ['unavailable', { ...unavailable, retryAfterMs: 20_000 }, 20_000, 'BANK_AUTH_UNAVAILABLE', 'warn'],
  ])(
    'fails each caller at once with the time left and sends nothing: %s',
    async (_name, failure, duration, code, level) => {
      const { service, bank, clock, logger } = new Harness();
      bank.fails(failure);
      const first = ask(service);
      await settle();
      expect(first.error).toMatchObject({
        code,
        retryAfterMs: duration,
        provider: 'a-bank',
        merchant: 'default',
        requestSent: false,
      });
      await clock.advance(2_500.5);
      for (let n = 0; n < 20; n += 1) {
        const asked = ask(service);
        expect(asked).toMatchObject({
          settled: 1,
          error: { code, retryAfterMs: duration - 2_500, status: failure.status },
        });
        expect(asked.error?.message).toMatch(/^a-bank: .*This call sent no token request/s);
      }
      expect(await outcome(service.getAccessToken())).toMatchObject({ code });
      await clock.advance(duration - 2_501);
      expect(ask(service).error).toMatchObject({ retryAfterMs: 1 });
      expect(bank.requests).toBe(1);
      await clock.advance(1);
      bank.issues();
      expect(await service.getAccessToken()).toBe('token-2');
      expect(logger.lines).toHaveLength(2);
      expect(logger.lines[0]).toMatch(new RegExp(`^${level} \\[${code}\\] a-bank: `));
      expect(logger.lines[1]).toMatch(
        /^log \[BANK_AUTH_TOKEN_RECOVERED\] a-bank: tokens are issued again, after \d+ s and 1 failure\.$/,
      );
    },
  );

  test('gives each caller an error of its own, so that none keeps the time of another', async () => {
    const { service, bank, clock } = new Harness();
    bank.fails(rejected);
    const first = ask(service);
    await clock.advance(1_000);
    const second = ask(service);
    expect(second.error).not.toBe(first.error);
    expect([first.error?.retryAfterMs, second.error?.retryAfterMs]).toEqual([60_000, 59_000]);
  });

  test('of ours is shortened to a second by refresh, which then sends one request', async () => {
    const { service, bank, clock } = new Harness();
    bank.fails(rejected);
    ask(service);
    await clock.advance(999);
    expect(ask(service, 'refresh').error).toMatchObject({
      code: 'BANK_AUTH_CREDENTIALS_REJECTED',
      retryAfterMs: 1,
    });
    expect(bank.requests).toBe(1);
    bank.hangs();
    await clock.advance(1);
    const joined = [ask(service, 'refresh'), ask(service, 'refresh'), ask(service)];
    await settle();
    expect(bank.requests).toBe(2);
    bank.last.grant();
    expect(joined.map(({ token }) => token?.value)).toEqual(['token-2', 'token-2', 'token-2']);
  });

  test('logs until when payments go on where a renewal fails, and once more when they stop', async () => {
    const { service, bank, clock, logger } = new Harness();
    bank.issues(100_000);
    await service.getAccessToken();
    await clock.advance(85_000);
    bank.fails({ ...rejected, credentialsVersion: undefined });
    expect(await service.getAccessToken()).toBe('token-1');
    await settle();
    const goesOn = 'Payments go on with the current token for 10 s, until 2026-01-01T00:01:35Z.';
    expect(logger.lines).toEqual([expect.stringContaining(goesOn)]);
    expect(ask(service, 'refresh').error?.message).toContain(goesOn);
    // Within the cool-down, that is no news.
    await clock.advance(5_000);
    expect(await service.getAccessToken()).toBe('token-1');
    await clock.advance(60_000);
    ask(service);
    await settle();
    expect(logger.lines.slice(1)).toEqual([
      expect.stringMatching(/^error \[BANK_AUTH_CREDENTIALS_REJECTED\] a-bank: /),
    ]);
    expect(logger.lines[1]).not.toContain('Payments go on');
    await clock.advance(120_000);
    ask(service);
    await settle();
    expect(logger.lines.slice(2)).toEqual([
      'error [BANK_AUTH_TOKEN_STILL_FAILING] a-bank: still no new token, for 3 min and 3 failures now (HTTP 401). ' +
        'No payment leaves. The line of 2026-01-01T00:01:25Z says where to look.',
    ]);
  });

  test('logs an outage when it begins, once a minute for as long as it is met, and when it ends', async () => {
    const { service, bank, clock, logger } = new Harness();
    bank.fails(unavailable);
    for (let n = 0; n < 200; n += 1) {
      ask(service);
      await clock.advance(1_000);
    }
    const stills = logger.lines.slice(1);
    expect(stills).toHaveLength(3);
    expect(stills[2]).toMatch(
      /^warn \[BANK_AUTH_TOKEN_STILL_FAILING\] a-bank: still no new token, for 3 min and \d\d failures now \(/,
    );
    await clock.advance(3_600_000);
    expect(logger.lines).toHaveLength(4);
    bank.issues();
    await clock.advance(3_000);
    await service.getAccessToken();
    expect(logger.lines.at(-1)).toMatch(
      /^log \[BANK_AUTH_TOKEN_RECOVERED\] a-bank: tokens are issued again, after 1 h 3 min and \d\d failures\.$/,
    );
    expect(logger.lines).toHaveLength(5);
  });

  test('lets at most about one request a second reach a failing bank, whatever callers do', async () => {
    const { service, bank, clock } = new Harness();
    bank.fails(unavailable);
    for (let ms = 0; ms < 60_000; ms += 50) {
      ask(service);
      ask(service, 'refresh');
      await clock.advance(50);
    }
    expect(bank.requests).toBeGreaterThan(20);
    expect(bank.requests).toBeLessThanOrEqual(63);
  });
});

describe('an unusable token', () => {
  test('that arrived too late for its lifetime is replaced, and never served', async () => {
    const { service, bank, clock } = new Harness();
    const asked = ask(service);
    await settle();
    await clock.advance(2_850);
    bank.last.grant('late', 3_000);
    await settle();
    expect(asked.settled).toBe(0);
    await clock.advance(500);
    bank.last.grant('in-time', 3_000);
    expect(asked.token?.value).toBe('in-time');
    expect(bank.requests).toBe(2);
  });

  test.each([
    ['undefined', undefined],
    ['null', null],
    ['none', {}],
    ['a value that is not a string', { Authorization: 7 }],
    ['an empty value', { Authorization: '' }],
    ['a line break', { Authorization: 'the-secret\r\nX-Evil: 1' }],
    ['something not of ASCII', { Authorization: 'the-secrét' }],
  ])('of which the definition makes %s gives a typed error that does not show it', async (_name, headers) => {
    const { service, bank } = new Harness({ bank: aBank({ headers: () => headers as never }) });
    bank.issues();
    const asked = ask(service);
    await settle();
    expect(asked.error).toMatchObject({ code: 'BANK_AUTH_INVALID_RESPONSE', retryable: false });
    expect(asked.error?.message).toContain('"headers" of the bank definition');
    expect(asked.error?.message).not.toContain('the-secr');
    expect(service.status.state).toBe('cooling-down');
  });
});

test('a logger that throws harms no caller', async () => {
  const throws = () => {
    throw new Error('the disk is full');
  };
  const { service, bank, clock } = new Harness({ logger: { log: throws, warn: throws, error: throws } });
  for (const failure of [rejected, unavailable]) {
    bank.fails(failure);
    const asked = ask(service);
    await clock.advance(1_000);
    expect(asked).toMatchObject({ settled: 1, error: { provider: 'a-bank' } });
    bank.issues();
    await clock.advance(60_000);
    expect(await service.getAccessToken()).toMatch(/^token-/);
    await clock.advance(HOUR);
  }
});

describe('refresh', () => {
  test('renews a fresh token', async () => {
    const { service, bank } = await warmed();
    bank.issues();
    const asked = ask(service, 'refresh');
    await settle();
    expect(asked.token?.value).toBe('token-2');
    expect(await service.getAccessToken()).toBe('token-2');
  });

  test('leaves the old token to others meanwhile, also if it fails', async () => {
    const { service, bank, warm } = await warmed();
    const asked = ask(service, 'refresh');
    expect(ask(service).token).toBe(warm);
    await settle();
    bank.last.fail(rejected);
    expect(asked.error?.code).toBe('BANK_AUTH_CREDENTIALS_REJECTED');
    expect(ask(service).token).toBe(warm);
    expect(await service.getAccessToken()).toBe('token-1');
  });

  test('is cold and joins a flight under way', async () => {
    const { service, bank, clock } = await warmed();
    const renewal = service.refresh();
    await settle();
    expect(bank.requests).toBe(1);
    await clock.advance(STALE);
    ask(service);
    const seen: string[] = [];
    renewal.subscribe(({ value }) => seen.push(value));
    await settle();
    expect(bank.requests).toBe(2);
    bank.last.grant();
    expect(seen).toEqual(['token-2']);
  });
});

describe('getAccessToken', () => {
  test('rejects with the reason of an aborted signal, and sends nothing', async () => {
    const reason = new Error('gone');
    const cold = new Harness();
    await expect(cold.service.getAccessToken({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    await settle();
    expect(cold.bank.requests).toBe(0);
    const { service } = await warmed();
    await expect(service.getAccessToken({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  test('ends the wait of one caller at its signal, and the flight goes on for all', async () => {
    const { service, bank } = new Harness();
    const controller = new AbortController();
    const leaving = outcome(service.getAccessToken({ signal: controller.signal }));
    const staying = service.getAccessToken();
    await settle();
    const reason = new Error('gone');
    controller.abort(reason);
    expect(await leaving).toBe(reason);
    expect(bank.last.state).toBe('open');
    bank.last.grant();
    expect(await staying).toBe('token-1');
  });

  test('goes on with the flight though the only caller aborts', async () => {
    const { service, bank } = new Harness();
    const controller = new AbortController();
    const leaving = outcome(service.getAccessToken({ signal: controller.signal }));
    await settle();
    controller.abort();
    expect(await leaving).toMatchObject({ name: 'AbortError' });
    bank.last.grant();
    expect(await service.getAccessToken()).toBe('token-1');
    expect(bank.requests).toBe(1);
  });

  test('ends the wait of one caller at its time-out, with an error that may be retried', async () => {
    const { service, bank, clock } = new Harness();
    const leaving = outcome(service.getAccessToken({ timeout: 200 }));
    const staying = service.getAccessToken({ timeout: 4_000 });
    await settle();
    let left = false;
    void leaving.then(() => {
      left = true;
    });
    await clock.advance(199);
    expect(left).toBe(false);
    await clock.advance(1);
    expect(await leaving).toMatchObject({
      code: 'BANK_AUTH_UNAVAILABLE',
      retryable: true,
      requestSent: false,
      message: expect.stringContaining('200 ms'),
    });
    bank.last.grant();
    expect(await staying).toBe('token-1');
    expect(clock.timers).toBe(0);
  });

  test('ignores signal and time-out where there is a token', async () => {
    const { service, clock } = await warmed();
    expect(await service.getAccessToken({ timeout: 0, signal: new AbortController().signal })).toBe(
      'token-1',
    );
    expect(clock.timers).toBe(0);
  });

  test('leaves no listener on a signal and no timer', async () => {
    const { service, bank, clock } = new Harness();
    const { signal } = new AbortController();
    let listeners = 0;
    const { addEventListener, removeEventListener } = signal;
    signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
      listeners += 1;
      addEventListener.apply(signal, args);
    };
    signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
      listeners -= 1;
      removeEventListener.apply(signal, args);
    };
    const waiting = service.getAccessToken({ signal, timeout: 10_000 });
    expect(listeners).toBe(1);
    await settle();
    bank.last.grant();
    await waiting;
    expect(listeners).toBe(0);
    expect(clock.timers).toBe(0);
  });

  test('reports a failure of the flight before its own time-out', async () => {
    const { service, bank } = new Harness();
    const { signal } = new AbortController();
    const waiting = outcome(service.getAccessToken({ signal, timeout: 10_000 }));
    await settle();
    bank.last.fail(invalid);
    expect(await waiting).toMatchObject({ code: 'BANK_AUTH_INVALID_RESPONSE' });
  });

  test('never answers with an earlier token, even within the same millisecond', async () => {
    const { service, bank } = await warmed();
    expect(await service.getAccessToken()).toBe('token-1');
    bank.issues();
    ask(service, 'refresh');
    await settle();
    expect(await service.getAccessToken()).toBe('token-2');
    bank.hangs();
    service.invalidate('token-2');
    const waiting = service.getAccessToken();
    await settle();
    bank.last.grant();
    expect(await waiting).toBe('token-3');
  });
});

describe('invalidate', () => {
  test('drops the current token, given as an object or as a string', async () => {
    for (const asString of [false, true]) {
      const { service, bank, warm } = await warmed();
      service.invalidate(asString ? warm.value : warm);
      expect(service.status.state).toBe('absent');
      const waiting = service.getAccessToken();
      await settle();
      bank.last.grant();
      expect(await waiting).toBe('token-2');
    }
  });

  test('leaves a newer token', async () => {
    const { service, bank, warm } = await warmed();
    bank.issues();
    ask(service, 'refresh');
    await settle();
    service.invalidate(warm);
    service.invalidate('token-1');
    service.invalidate('unknown');
    expect(await service.getAccessToken()).toBe('token-2');
    expect(bank.requests).toBe(2);
  });

  test('ignores any other argument', async () => {
    const { service } = await warmed();
    for (const nothing of [undefined, null, 7, {}, '']) service.invalidate(nothing as never);
    expect(await service.getAccessToken()).toBe('token-1');
  });

  test('causes no second request during a renewal', async () => {
    const { service, bank, clock, warm } = await warmed();
    await clock.advance(STALE);
    ask(service);
    await settle();
    service.invalidate(warm);
    const asked = ask(service);
    await settle();
    expect(bank.requests).toBe(2);
    bank.last.grant();
    expect(asked.token?.value).toBe('token-2');
  });
});

describe('a 401 on a resource call', () => {
  test('buys one token, however many calls return with the old one, at once or late', async () => {
    const { service, bank, warm } = await warmed();
    service.forCall().accepted(warm, false);
    for (let n = 0; n < 500; n += 1) expect(service.forCall().refused(warm)).toBe(true);
    const waiting = Array.from({ length: 500 }, () => service.getAccessToken());
    await settle();
    expect(bank.requests).toBe(2);
    bank.last.grant();
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(['token-2']));
    for (let n = 0; n < 500; n += 1) expect(service.forCall().refused(warm)).toBe(true);
    expect(await service.getAccessToken()).toBe('token-2');
    expect(bank.requests).toBe(2);
  });

  test('keeps a replacement that never worked, and reports that another is not worth a try', async () => {
    const { service, bank, clock, warm } = await warmed();
    service.forCall().refused(warm);
    bank.issues();
    const second = ask(service);
    await settle();
    for (let n = 0; n < 100; n += 1) {
      expect(service.forCall().refused(second.token as never)).toBe(false);
      expect(await service.getAccessToken()).toBe('token-2');
      await clock.advance(500);
    }
    expect(bank.requests).toBe(2);
  });

  test('sends no second request to a bank that returns the same token', async () => {
    const { service, bank, clock, warm } = await warmed();
    service.forCall().accepted(warm, false);
    expect(service.forCall().refused(warm)).toBe(true);
    bank.replies((exchange) => exchange.grant('token-1'));
    const same = ask(service);
    await settle();
    expect(same.token?.value).toBe('token-1');
    for (let n = 0; n < 100; n += 1) {
      expect(service.forCall().refused(n % 2 === 0 ? warm : (same.token as never))).toBe(false);
      expect(await service.getAccessToken()).toBe('token-1');
      await clock.advance(500);
    }
    expect(bank.requests).toBe(2);
  });

  test('buys another token after the replacement has worked', async () => {
    const { service, bank, warm } = await warmed();
    service.forCall().refused(warm);
    bank.issues();
    const second = ask(service);
    await settle();
    service.forCall().accepted(second.token as never, false);
    expect(service.forCall().refused(second.token as never)).toBe(true);
    expect(await service.getAccessToken()).toBe('token-3');
  });
});

describe('a disabled provider', () => {
  test('answers every use with an error that says so, and sends nothing', async () => {
    const { service, bank, clock, credentials } = new Harness({ disabled: true });
    const disabled = {
      code: 'BANK_AUTH_CONFIG',
      provider: 'a-bank',
      retryable: false,
      requestSent: false,
      message: expect.stringContaining('disabled'),
    };
    expect(ask(service).error).toMatchObject(disabled);
    expect(ask(service, 'refresh').error).toMatchObject(disabled);
    expect(await outcome(service.getAccessToken())).toMatchObject(disabled);
    let error: unknown;
    service.token$.subscribe({
      error: (thrown: unknown) => {
        error = thrown;
      },
    });
    expect(error).toMatchObject(disabled);
    service.keepWarm();
    await clock.advance(HOUR);
    expect([bank.requests, credentials.reads, clock.timers]).toEqual([0, 0, 0]);
    expect(service.status.state).toBe('absent');
    service.close();
  });
});

describe('a definition whose functions throw', () => {
  const secret = 'the-secret-in-the-message';
  const thrown: [string, unknown][] = [
    ['an error', new Error(secret)],
    ['an error with a code', Object.assign(new Error(secret), { code: 'ESECRET', reason: secret })],
    ['something that looks like a failure of ours', { kind: 'unavailable', reason: secret, retryAfterMs: 0 }],
    ['something that looks like a failure of no kind', { kind: 'odd', reason: secret }],
    ['a string', secret],
    ['undefined', undefined],
    ['null', null],
  ];

  test.each(thrown)(
    'in the headers of a token causes a typed error that does not show it: %s',
    async (_name, error) => {
      const { service, bank, clock, logger } = new Harness({
        bank: aBank({
          headers: () => {
            throw error;
          },
        }),
      });
      bank.issues();
      const asked = ask(service);
      await clock.advance(15_000);
      expect(asked.settled).toBe(1);
      expect(asked.error).toMatchObject({
        code: 'BANK_AUTH_INVALID_RESPONSE',
        provider: 'a-bank',
        retryable: false,
      });
      expect(asked.error?.message).toContain('a function of the bank definition threw');
      expect(bank.requests).toBe(1);
      expect(
        inspect([asked.error, asked.error?.message, asked.error?.cause, logger.lines, service.status], {
          depth: 9,
          showHidden: true,
        }),
      ).not.toContain(secret);
    },
  );

  test.each(thrown)('in the reading of an answer causes one likewise: %s', async (_name, error) => {
    const { service, bank, clock, logger } = new Harness();
    bank.replies((exchange) => exchange.subscriber.error(error));
    const asked = ask(service);
    await clock.advance(15_000);
    expect(asked.error).toMatchObject({ code: 'BANK_AUTH_INVALID_RESPONSE' });
    expect(bank.requests).toBe(1);
    expect(
      inspect([asked.error, asked.error?.message, logger.lines], { depth: 9, showHidden: true }),
    ).not.toContain(secret);
  });

  test.each(thrown)('in the headers of the token request causes one likewise: %s', async (_name, error) => {
    const clock = new VirtualClock();
    const bank = aBank({
      tokenRequest: {
        headers: () => {
          throw error;
        },
      },
    });
    const client = new TokenEndpointClient(
      bank,
      { tokenUrl: 'http://127.0.0.1:1/token', environment: 'sandbox' },
      {},
      clock,
    );
    const { service, logger } = new Harness({ bank, clock, client });
    const asked = ask(service);
    await clock.advance(15_000);
    expect(asked.error).toMatchObject({ code: 'BANK_AUTH_INVALID_RESPONSE' });
    expect(
      inspect([asked.error, asked.error?.message, logger.lines], { depth: 9, showHidden: true }),
    ).not.toContain(secret);
  });
});

/** A service with a token of an hour and a bank that hangs from now on. */
async function warmed() {
  const harness = new Harness();
  const warm = await harness.warm();
  const { service, bank, clock, logger, credentials } = harness;
  return { service, bank, clock, logger, credentials, warm };
}
