import { mkdtemp, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { ResolvedCredentials, ResolvedProvider } from '../../../src/config/index.js';
import { createCredentialsSource } from '../../../src/credentials/index.js';
import { rejected, unavailable } from '../../support/machine.fixtures.js';
import { fromEnvironment } from '../../support/resolved-options.js';
import {
  type Asked,
  ask,
  Follower,
  Harness,
  HOUR,
  outcome,
  STALE,
} from '../../support/token-service.harness.js';
import { settle } from '../../support/virtual-clock.js';

const rotating = () => {
  const harness = new Harness();
  harness.credentials.mayChange = true;
  // The bank knows one version only.
  let known = 'v2';
  harness.bank.replies((exchange) =>
    exchange.clientId === `id-${known}` ? exchange.grant() : exchange.fail(rejected),
  );
  return Object.assign(harness, {
    rotate: (version: string) => {
      known = version;
    },
  });
};

describe('changeable credentials', () => {
  test('that are rejected and unchanged are not tried again before the cool-down is over', async () => {
    const { service, bank, clock, credentials } = rotating();
    ask(service);
    await settle();
    // Once for the request, once more after its rejection.
    expect([bank.requests, credentials.reads]).toEqual([1, 2]);
    for (let ms = 0; ms < 59_900; ms += 100) {
      ask(service);
      await clock.advance(100);
    }
    expect(bank.requests).toBe(1);
    // Read again once a second, however many ask.
    expect(credentials.reads).toBeGreaterThanOrEqual(58);
    expect(credentials.reads).toBeLessThanOrEqual(62);
    await clock.advance(100);
    ask(service);
    await settle();
    expect(bank.requests).toBe(2);
  });

  test('end the cool-down within a second when another version turns up', async () => {
    const { service, bank, clock, credentials } = rotating();
    ask(service);
    await clock.advance(500);
    credentials.version = 'v2';
    expect(ask(service).error?.code).toBe('BANK_AUTH_CREDENTIALS_REJECTED');
    await clock.advance(500);
    expect(await service.getAccessToken()).toBe('token-2');
    expect(bank.exchanges.map(({ clientId }) => clientId)).toEqual(['id-v1', 'id-v2']);
  });

  test('are looked for by a subscription to token$ too', async () => {
    const { service, bank, clock, credentials } = rotating();
    const follower = new Follower(service);
    await clock.advance(10_500);
    expect(credentials.reads).toBe(2 + 10);
    expect(bank.requests).toBe(1);
    credentials.version = 'v2';
    await clock.advance(500);
    expect(follower.values).toEqual(['token-2']);
    follower.leave();
  });

  test('that were rotated while the request was under way get one try within the same flight', async () => {
    const { service, bank, credentials } = rotating();
    bank.hangs();
    const asked = ask(service);
    await settle();
    credentials.version = 'v2';
    const first = bank.last;
    bank.issues();
    first.fail(rejected);
    await settle();
    expect(asked.token?.value).toBe('token-2');
    expect(service.status.failures).toBe(0);
    expect(bank.exchanges.map(({ clientId }) => clientId)).toEqual(['id-v1', 'id-v2']);
  });

  test('that were rotated while the request was under way wait as long as the bank asks for', async () => {
    const { service, bank, clock, credentials } = rotating();
    bank.hangs();
    const asked = ask(service);
    await settle();
    credentials.version = 'v2';
    const first = bank.last;
    bank.issues();
    first.fail({ ...rejected, retryAfterMs: 30_000 });
    await settle();
    expect(asked.error?.code).toBe('BANK_AUTH_CREDENTIALS_REJECTED');
    await clock.advance(29_900);
    ask(service);
    await settle();
    expect(bank.requests).toBe(1);
    await clock.advance(100);
    expect(await service.getAccessToken()).toBe('token-2');
    expect(bank.exchanges.map(({ clientId }) => clientId)).toEqual(['id-v1', 'id-v2']);
  });

  test('get one try only, even if they change with each read', async () => {
    const { service, bank, clock, credentials } = rotating();
    credentials.read = async () => {
      credentials.reads += 1;
      const version = `r${credentials.reads}`;
      return { clientId: `id-${version}`, clientSecret: 's', version };
    };
    const asked = ask(service);
    await settle();
    expect(asked.error?.code).toBe('BANK_AUTH_CREDENTIALS_REJECTED');
    expect(bank.requests).toBe(2);
    for (let ms = 0; ms < 10_000; ms += 100) {
      ask(service);
      await clock.advance(100);
    }
    expect(bank.requests).toBeLessThanOrEqual(2 + 2 * 10);
  });

  test('are checked while a caller gets the rejection with the time that is left', async () => {
    const { service, clock, bank } = rotating();
    ask(service);
    await clock.advance(5_000);
    const asked = ask(service);
    await settle();
    expect(asked.error).toMatchObject({
      code: 'BANK_AUTH_CREDENTIALS_REJECTED',
      retryAfterMs: 55_000,
      status: 401,
    });
    expect(asked.error?.message).toContain('This call sent no token request');
    expect(bank.requests).toBe(1);
    expect(service.status).toMatchObject({ state: 'cooling-down', failures: 1 });
  });

  test('are tried again at once by refresh, after a second', async () => {
    const { service, clock, bank } = rotating();
    ask(service);
    await clock.advance(1_000);
    const asked = ask(service, 'refresh');
    await settle();
    expect(bank.requests).toBe(2);
    expect(asked.error).toMatchObject({ code: 'BANK_AUTH_CREDENTIALS_REJECTED', retryAfterMs: 60_000 });
  });

  test('rotated behind a good token are used at its renewal, without a gap', async () => {
    const harness = rotating();
    const { service, clock, credentials, bank } = harness;
    harness.rotate('v1');
    expect(await service.getAccessToken()).toBe('token-1');
    harness.rotate('v2');
    credentials.version = 'v2';
    await clock.advance(STALE);
    expect(await service.getAccessToken()).toBe('token-1');
    await settle();
    expect(await service.getAccessToken()).toBe('token-2');
    expect(bank.requests).toBe(2);
  });
});

describe('unreadable credentials', () => {
  test('are an error that may be retried, and no request is sent', async () => {
    const { service, bank, clock, credentials, logger } = new Harness();
    credentials.unreadable = new Error('/run/secrets/bank: ENOENT');
    const asked = ask(service);
    await settle();
    expect(asked.error).toMatchObject({
      code: 'BANK_AUTH_CONFIG',
      retryable: true,
      requestSent: false,
      provider: 'a-bank',
      message: expect.stringContaining('/run/secrets/bank: ENOENT'),
    });
    expect(asked.error?.retryAfterMs).toBeLessThanOrEqual(1_000);
    expect(service.status).toMatchObject({ state: 'cooling-down', lastErrorCode: 'BANK_AUTH_CONFIG' });
    expect(bank.requests).toBe(0);
    expect(logger.lines).toEqual([
      expect.stringMatching(/^error \[BANK_AUTH_CONFIG\] a-bank: the credentials could not be read/),
    ]);
    credentials.unreadable = undefined;
    bank.issues();
    await clock.advance(1_000);
    expect(await service.getAccessToken()).toBe('token-1');
  });

  test('amid a rejection buy no other try with the rejected ones', async () => {
    const { service, bank, clock, credentials } = rotating();
    ask(service);
    await clock.advance(5_000);
    credentials.unreadable = new Error('/run/secrets/bank: ENOENT');
    ask(service);
    await settle();
    credentials.unreadable = undefined;
    for (let ms = 0; ms < 50_000; ms += 500) {
      ask(service);
      await clock.advance(500);
    }
    expect(bank.requests).toBe(1);
  });
});

describe('credentials in a file', () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'credentials-'));
    path = join(folder, 'secret');
    await writeFile(path, 'first-secret\n');
  });
  afterEach(() => rm(folder, { recursive: true }));

  const ofFile = () => {
    const variables: Record<string, string> = {
      BANK_AUTH_ENVIRONMENT: 'sandbox',
      BOG_PAYMENTS_CLIENT_ID: 'the-id',
      BOG_PAYMENTS_CLIENT_SECRET_FILE: path,
    };
    const { credentials } = fromEnvironment(variables, 'bog-payments').providers.get(
      'bog-payments',
    ) as ResolvedProvider;
    return new Harness({ credentials: createCredentialsSource(credentials as ResolvedCredentials) });
  };
  /** Reading a file takes real time. */
  const settled = async (...asked: Asked[]) => {
    while (asked.some((each) => each.settled === 0)) await settle();
    expect(asked.map((each) => each.settled)).toEqual(asked.map(() => 1));
  };

  test('end the cool-down of rejected ones within a second when they are rotated', async () => {
    const { service, bank, clock } = ofFile();
    bank.fails(rejected);
    const first = ask(service);
    await settled(first);
    expect(first.error?.code).toBe('BANK_AUTH_CREDENTIALS_REJECTED');
    bank.issues();
    await clock.advance(1_000);
    const same = ask(service);
    await settled(same);
    expect(same.error?.code).toBe('BANK_AUTH_CREDENTIALS_REJECTED');
    expect(bank.requests).toBe(1);
    await writeFile(path, 'second-secret\n');
    await clock.advance(1_000);
    const other = ask(service);
    await settled(other);
    expect(other.token?.value).toBe('token-2');
  });

  test('that are unreadable are a typed error which names the file and shows none of its content', async () => {
    const { service, bank, clock, logger } = ofFile();
    bank.issues();
    const good = ask(service);
    await settled(good);
    await unlink(path);
    await clock.advance(HOUR);
    const asked = ask(service);
    await settled(asked);
    expect(asked.error).toMatchObject({ code: 'BANK_AUTH_CONFIG', retryable: true });
    expect(asked.error?.message).toContain(`${path}: ENOENT`);
    const shown = inspect([asked.error, logger.lines, service.status, service], {
      depth: 20,
      showHidden: true,
    });
    expect(shown).not.toMatch(/first-secret|read-at-start|token-1/);
    await writeFile(path, 'second-secret');
    await clock.advance(1_000);
    const again = ask(service);
    await settled(again);
    expect(again.token?.value).toBe('token-2');
  });

  test.each<[string, string | Buffer, string]>([
    ['is being replaced', '', 'empty'],
    ['holds UTF-16', Buffer.from('\ufeffsecond-secret\r\n', 'utf16le'), 'UTF-16: save it as UTF-8'],
    ['holds two lines', 'second-secret\n\n', 'clientSecret must be a string on one line'],
    ['holds a NUL', 'second-secret\0', 'clientSecret must not contain NUL or another control character'],
    ['holds quotes', '"second-secret"', 'clientSecret must not be in quotes'],
  ])(
    'that the start would refuse send no request and leave the token: the file %s',
    async (_what, content, rule) => {
      const { service, bank, clock, logger } = ofFile();
      bank.issues();
      await settled(ask(service));
      await writeFile(path, content);
      const refreshed = ask(service, 'refresh');
      await settled(refreshed);
      expect(refreshed.error).toMatchObject({ code: 'BANK_AUTH_CONFIG', retryable: true });
      expect(refreshed.error?.message).toContain(`${path}: ${rule}`);
      expect(await outcome(service.getAccessToken())).toBe('token-1');
      expect(bank.requests).toBe(1);
      expect(inspect([refreshed.error, logger.lines], { depth: 20, showHidden: true })).not.toContain(
        'second-secret',
      );
      await writeFile(path, '\ufeffsecond-secret\r\n');
      await clock.advance(2_000);
      const again = ask(service, 'refresh');
      await settled(again);
      expect(again.token?.value).toBe('token-2');
    },
  );

  test('that are unreadable do not harm a stale token', async () => {
    const { service, bank, clock } = ofFile();
    bank.issues();
    await settled(ask(service));
    await unlink(path);
    await clock.advance(STALE);
    for (let n = 0; n < 10; n += 1) {
      expect(await outcome(service.getAccessToken())).toBe('token-1');
      await clock.advance(1_000);
    }
    expect(bank.requests).toBe(1);
    service.close();
  });
});

test('a rejection after an outage is reported as a rejection', async () => {
  const { service, bank, clock } = new Harness();
  bank.fails(unavailable);
  ask(service);
  await clock.advance(2_000);
  bank.fails(rejected);
  const asked = ask(service);
  await settle();
  expect(asked.error).toMatchObject({ code: 'BANK_AUTH_CREDENTIALS_REJECTED', retryAfterMs: 60_000 });
  expect(service.status.failures).toBe(2);
});
