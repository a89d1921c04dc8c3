import { describe, expect, test } from '@jest/globals';
import type { LogFields } from '../../../../src/errors/index.js';
import type { EventSink } from '../../../../src/events/index.js';
import { MemoryTokenStore } from '../../../../src/store/index.js';
import type { AccessToken } from '../../../../src/token/access-token.js';
import type { TokenFailure } from '../../../../src/token/token-failure.js';
import { TokenMachine } from '../../../../src/token/token-machine.js';
import { cooldownPolicy, refreshPolicy } from '../../../support/machine.fixtures.js';
import { Emitter, Market, names, secret } from '../../../support/merchants.harness.js';
import { ask, Harness, HOUR, STALE, UNUSABLE } from '../../../support/token-service.harness.js';
import { settle, VirtualClock } from '../../../support/virtual-clock.js';

const START = Date.UTC(2026, 0, 1);
const down: TokenFailure = { kind: 'unavailable', reason: 'HTTP 503', status: 503 };
const rejected: TokenFailure = { kind: 'rejected', reason: 'HTTP 401', status: 401 };

/** All that is emitted, while somebody listens. */
class Recorder implements EventSink {
  readonly application = 1;
  observed = true;
  readonly all: Record<string, unknown>[] = [];

  emit: EventSink['emit'] = (provider, merchant, at, details) => {
    if (!this.observed) throw new Error('an event was put together for nobody');
    this.all.push({ provider, merchant, at: at - START, ...details });
  };

  /** Those since the last look, without what all have in common. */
  get news(): Record<string, unknown>[] {
    return this.all.splice(0).map(({ provider: _provider, merchant: _merchant, ...event }) => event);
  }
}

function observed(parts: ConstructorParameters<typeof Harness>[0] = {}) {
  const events = new Recorder();
  const fields: (LogFields | undefined)[] = [];
  const harness = new Harness({ events, ...parts });
  for (const level of ['log', 'warn', 'error'] as const) {
    const write = harness.logger[level];
    harness.logger[level] = (line: unknown, more?: LogFields) => {
      fields.push(more);
      write(line);
    };
  }
  return { events, fields, ...harness, ask: () => ask(harness.service), harness };
}

function observedMarket(parts: ConstructorParameters<typeof Market>[0] = {}) {
  const events = new Recorder();
  const market = new Market({ events, ...parts });
  return { events, market };
}

const codesOf = (lines: readonly string[]) => lines.map((line) => /\[(\w+)\]/.exec(line)?.[1]);

/** The bank refuses a call with the token of this merchant. */
async function refusedOf(market: Market, key: string): Promise<void> {
  const service = market.of(key);
  await service.getAccessToken();
  service.forCall().refused(service.acquire() as AccessToken);
}

describe('the events of a token', () => {
  test('that is obtained, and renewed, say from where, how long it took and when it is renewed', async () => {
    const { events, bank, clock, service } = observed();
    bank.hangs();
    ask(service);
    await settle();
    await clock.advance(300);
    bank.last.grant();
    await settle();
    expect(events.all).toEqual([
      {
        provider: 'a-bank',
        merchant: 'default',
        at: 300,
        type: 'token.obtained',
        source: 'bank',
        durationMs: 300,
        attempts: 1,
        expiresAt: START + HOUR,
        refreshAt: START + STALE,
        afterFailures: 0,
      },
    ]);
    expect(events.all[0]).not.toHaveProperty('outageMs');
    events.all.length = 0;
    await clock.advance(STALE);
    bank.issues();
    ask(service);
    await settle();
    expect(events.news).toMatchObject([{ type: 'token.renewed', durationMs: 0, attempts: 1 }]);
    await clock.advance(HOUR);
    ask(service);
    await settle();
    expect(events.news).toMatchObject([{ type: 'token.obtained' }]);
  });

  test('that fails say the code, the attempts, and when the bank is asked again', async () => {
    const { events, bank, clock, service, harness } = observed();
    harness.randoms = [1];
    bank.fails(down);
    ask(service);
    await clock.advance(2_000);
    // Pauses of 250 and 500 ms between the attempts, and a cool-down of 1100.
    expect(events.news).toEqual([
      {
        at: 750,
        type: 'token.failed',
        code: 'BANK_AUTH_UNAVAILABLE',
        status: 503,
        durationMs: 750,
        attempts: 3,
        failures: 1,
        retryAt: START + 1_850,
      },
      { at: 750, type: 'cooldown.started', code: 'BANK_AUTH_UNAVAILABLE', until: START + 1_850 },
    ]);
    bank.issues();
    ask(service);
    await settle();
    expect(events.news).toMatchObject([{ type: 'token.obtained', afterFailures: 1, outageMs: 1_250 }]);
  });

  test('whose renewal fails say until when payments go on', async () => {
    const { events, bank, clock, service, harness } = observed();
    await harness.warm();
    await clock.advance(STALE);
    events.all.length = 0;
    bank.fails(down);
    ask(service);
    await clock.advance(1_000);
    const [renewal] = events.news;
    expect(renewal).toMatchObject({ type: 'token.renewal-failed', usableUntil: START + UNUSABLE });
    await clock.advance(UNUSABLE - STALE);
    ask(service);
    await settle();
    const [failed] = events.news;
    expect(failed).toMatchObject({ type: 'token.failed', failures: 2 });
    expect(failed).not.toHaveProperty('usableUntil');
  });

  test.each([
    [UNUSABLE - 1, 'token.renewed'],
    [UNUSABLE, 'token.obtained'],
  ])(
    'tell a renewal from a new token by whether the old one is used still: after %d ms',
    async (age, type) => {
      const { events, bank, clock, service, harness } = observed();
      await harness.warm();
      await clock.advance(age);
      events.all.length = 0;
      bank.issues();
      ask(service);
      await settle();
      expect(events.news).toMatchObject([{ type }]);
    },
  );

  test('have no moment of the next request where it may be made at once, and no status where there was none', async () => {
    const { events, bank, service } = observed();
    const common = { at: 0, type: 'token.failed', durationMs: 0, attempts: 1 };
    // As of a cool-down of another process that has just ended.
    bank.fails({ ...rejected, coolForMs: 0 });
    ask(service);
    await settle();
    const code = 'BANK_AUTH_CREDENTIALS_REJECTED';
    expect(events.news).toStrictEqual([
      { ...common, code, status: 401, failures: 1 },
      { at: 0, type: 'credentials.rejected' },
    ]);
    bank.fails({ kind: 'unavailable', reason: 'ECONNREFUSED', coolForMs: 0 });
    ask(service);
    await settle();
    expect(events.news).toStrictEqual([{ ...common, code: 'BANK_AUTH_UNAVAILABLE', failures: 2 }]);
  });

  test('say that credentials are rejected, and that others have come', async () => {
    const { events, bank, credentials, clock, service } = observed();
    bank.fails(rejected);
    ask(service);
    await settle();
    expect(events.news.map(({ type }) => type)).toEqual([
      'token.failed',
      'credentials.rejected',
      'cooldown.started',
    ]);
    credentials.mayChange = true;
    await clock.advance(60_000);
  });

  test('say that it is refused, dropped by the application, and that new ones are refused too', async () => {
    const { events, clock, service, harness } = observed();
    const first = await harness.warm();
    events.all.length = 0;
    service.invalidate(first);
    expect(events.news).toEqual([{ at: 0, type: 'token.invalidated' }]);
    service.invalidate(first);
    service.forCall().refused(first);
    expect(events.news).toEqual([]);
    service.forCall().refused(await harness.warm());
    const second = await harness.warm();
    events.all.length = 0;
    service.forCall().refused(first);
    expect(events.news).toEqual([]);
    service.forCall().refused(second);
    expect(events.news).toEqual([
      { at: 0, type: 'token.refused' },
      { at: 0, type: 'token.braked', until: START + 60_000 },
    ]);
    // The brake is one, for as long as it holds.
    await clock.advance(1_000);
    service.forCall().refused(second);
    expect(events.news).toEqual([{ at: 1_000, type: 'token.refused' }]);
  });

  test.each([
    ['refused', 'token.refused'],
    ['invalidated', 'token.invalidated'],
  ])('say that another process has seen it %s', async (how, type) => {
    const clock = new VirtualClock();
    const store = new MemoryTokenStore(() => clock.now());
    const { events, harness } = observed({ clock, store });
    const token = await harness.warm();
    const { service } = new Harness({ clock, store });
    await service.getAccessToken();
    events.all.length = 0;
    if (how === 'refused') service.forCall().refused(service.acquire() as AccessToken);
    else service.invalidate(token);
    await settle();
    expect(events.news).toEqual([{ at: 0, type }]);
  });

  test('are put together for nobody while nobody listens', async () => {
    const { events, bank, clock, service, harness } = observed();
    events.observed = false;
    service.forCall().refused(await harness.warm());
    bank.fails(rejected);
    ask(service);
    await clock.advance(HOUR);
    expect(events.all).toEqual([]);
  });

  test('say that there are other credentials, if they can be used', async () => {
    const { events, market } = observedMarket();
    const emitter = new Emitter(secret('a'));
    market.vault.secrets.set('a', emitter.changes);
    await market.warmAll('a');
    events.all.length = 0;
    emitter.emit({ clientId: '' });
    expect(events.news).toEqual([]);
    emitter.emit(secret('a', 'v2'));
    expect(events.news).toEqual([{ at: 0, type: 'credentials.rotated' }]);
  });

  test('name the merchant by its label', async () => {
    const { events, harness } = observed({ merchant: 'shop-7', labelOf: () => 'a shop' });
    await harness.warm();
    expect(events.all).toMatchObject([{ provider: 'a-bank', merchant: 'a shop', type: 'token.obtained' }]);
  });
});

test("the bank's clock is news where it differs by more than half a minute, and again after it agreed", async () => {
  const { events, bank, clock, service } = observed();
  const asked = async (aheadMs: number | undefined) => {
    bank.replies(({ subscriber }) => {
      const grant = { value: `token-${clock.wall()}`, lifetime: 1_000, scopes: undefined };
      subscriber.next({ grant, sentAt: clock.now(), aheadMs });
      subscriber.complete();
    });
    await clock.advance(1_000);
    ask(service);
    await settle();
    return events.news.filter(({ type }) => type === 'clock.skewed').map(({ byMs }) => byMs);
  };
  expect(await asked(30_000)).toEqual([]);
  expect(await asked(-45_000)).toEqual([-45_000]);
  expect(await asked(-46_000)).toEqual([]);
  expect(await asked(undefined)).toEqual([]);
  expect(await asked(0)).toEqual([]);
  expect(await asked(31_000)).toEqual([31_000]);
});

describe('a line of the log has, for loggers that write JSON,', () => {
  test('its code, the provider, the merchant, and since when', async () => {
    const { fields, bank, clock, service } = observed({ merchant: 'shop-7' });
    bank.fails(rejected);
    ask(service);
    await clock.advance(61_000);
    ask(service);
    await settle();
    bank.issues();
    await clock.advance(61_000);
    ask(service);
    await settle();
    const common = { provider: 'a-bank', merchant: 'shop-7' };
    expect(fields).toEqual([
      {
        ...common,
        code: 'BANK_AUTH_CREDENTIALS_REJECTED',
        failures: 1,
        since: START,
        status: 401,
        retryAt: START + 60_000,
      },
      {
        ...common,
        code: 'BANK_AUTH_TOKEN_STILL_FAILING',
        failures: 2,
        since: START,
        status: 401,
        outageMs: 61_000,
        retryAt: START + 121_000,
      },
      { ...common, code: 'BANK_AUTH_TOKEN_RECOVERED', failures: 2, outageMs: 122_000 },
    ]);
  });
});

describe('a bank that ends each token after one call', () => {
  test('makes one line a minute', async () => {
    const { logger, clock, service, harness } = observed();
    for (let call = 0; call < 300; call += 1) {
      const token = await harness.warm();
      service.forCall().accepted(token, false);
      service.forCall().refused(token);
      await clock.advance(1_000);
    }
    expect(codesOf(logger.lines)).toEqual([
      'BANK_AUTH_TOKEN_REFUSED',
      'BANK_AUTH_TOKEN_BRAKED',
      'BANK_AUTH_TOKEN_STILL_BRAKED',
      'BANK_AUTH_TOKEN_STILL_BRAKED',
      'BANK_AUTH_TOKEN_STILL_BRAKED',
    ]);
    expect(logger.lines[1]).toContain('accepts new tokens for some calls and refuses them for others');
    expect(logger.lines.at(-1)).toContain(
      'still refuses tokens for some calls, for 3 min and 181 calls now.',
    );
  });

  test('is told to accept tokens again two minutes after the last refusal, as of that refusal', async () => {
    const { logger, clock, service, harness } = observed();
    let calls = 0;
    const call = async (isRefused: boolean) => {
      const token = await harness.warm();
      service.forCall().accepted(token, false);
      if (isRefused) service.forCall().refused(token);
      calls += 1;
      await clock.advance(1_000);
    };
    while (calls < 100) await call(true);
    while (calls < 219) await call(false);
    expect(codesOf(logger.lines)).not.toContain('BANK_AUTH_TOKEN_ACCEPTED');
    await call(false);
    expect(logger.lines.at(-1)).toBe(
      'log [BANK_AUTH_TOKEN_ACCEPTED] a-bank: the bank accepts tokens again, after 34 s and 35 refused calls.',
    );
  });
});

describe('a token that is refused now and then', () => {
  test('makes one line a minute, though calls get through in between, and is forgotten after that', async () => {
    const { logger, clock, service, harness } = observed();
    const { directory } = harness;
    const refuse = async () => service.forCall().refused(await harness.warm());
    const accept = async () => service.forCall().accepted(await harness.warm(), false);
    await refuse();
    await accept();
    await clock.advance(59_999);
    await accept();
    await refuse();
    expect(codesOf(logger.lines)).toEqual(['BANK_AUTH_TOKEN_REFUSED']);
    expect(logger.lines[0]).toContain('the bank refused a token 1 h before its expiry');
    expect(directory.find(undefined).trouble).toBeDefined();
    await accept();
    await clock.advance(1);
    await accept();
    expect(directory.find(undefined).trouble).toBeUndefined();
    await refuse();
    expect(codesOf(logger.lines)).toEqual(['BANK_AUTH_TOKEN_REFUSED', 'BANK_AUTH_TOKEN_REFUSED']);
  });
});

describe('a brake', () => {
  test('is told to have ended, also where a renewal failed and recovered meanwhile', async () => {
    const { logger, bank, clock, service, harness } = observed();
    service.forCall().refused(await harness.warm());
    service.forCall().refused(await harness.warm());
    bank.fails(rejected);
    ask(service, 'refresh');
    await settle();
    await clock.advance(60_000);
    bank.issues();
    const renewed = ask(service, 'refresh');
    await settle();
    service.forCall().accepted(renewed.token as AccessToken, false);
    expect(codesOf(logger.lines)).toEqual([
      'BANK_AUTH_TOKEN_REFUSED',
      'BANK_AUTH_TOKEN_BRAKED',
      'BANK_AUTH_CREDENTIALS_REJECTED',
      'BANK_AUTH_TOKEN_RECOVERED',
      'BANK_AUTH_TOKEN_ACCEPTED',
    ]);
    expect(logger.lines.at(-1)).toContain('after 60 s and 1 refused call.');
    expect(harness.directory.find(undefined).trouble).toBeUndefined();
  });

  test('of some calls has ended with the call that gets through where it was refused before', async () => {
    const { logger, service, harness } = observed();
    for (let call = 0; call < 100; call += 1) {
      const token = await harness.warm();
      service.forCall().accepted(token, false);
      service.forCall().refused(token);
      await harness.clock.advance(1_000);
    }
    const last = await harness.warm();
    service.forCall().accepted(last, false);
    logger.lines.length = 0;
    service.forCall().accepted(last, true);
    expect(codesOf(logger.lines)).toEqual(['BANK_AUTH_TOKEN_ACCEPTED']);
    // A refused token is replaced again.
    service.forCall().refused(last);
    expect(service.status.state).toBe('absent');
  });

  test('that is over, and has a line, has another one a minute later where a token is refused still', async () => {
    const { logger, clock, service, harness } = observed();
    service.forCall().refused(await harness.warm());
    const braked = await harness.warm();
    service.forCall().refused(braked);
    await clock.advance(61_000);
    logger.lines.length = 0;
    service.forCall().refused(braked);
    expect(codesOf(logger.lines)).toEqual(['BANK_AUTH_TOKEN_STILL_BRAKED']);
    expect(service.status.state).toBe('absent');
  });

  test('that is over has no line on how long it holds, where a younger token is refused', async () => {
    const { logger, events, bank, clock, service, harness } = observed();
    service.forCall().refused(await harness.warm());
    const braked = await harness.warm();
    service.forCall().refused(braked);
    service.forCall().accepted(braked, false);
    logger.lines.length = 0;
    await clock.advance(61_000);
    bank.issues();
    const renewed = ask(service, 'refresh');
    await settle();
    events.all.length = 0;
    service.forCall().refused(renewed.token as AccessToken);
    expect(logger.lines).toEqual([]);
    expect(events.news).toEqual([{ at: 61_000, type: 'token.refused' }]);
  });

  test.each([
    ['what is left of it', 0, '240 s'],
    ['all of it at most, where the clock was set back', 7_200_000, '300 s'],
  ])('whose line comes late says %s', async (_what, backMs, left) => {
    const machine = new TokenMachine(refreshPolicy, { ...cooldownPolicy, rejected: 300_000 });
    const { market } = observedMarket({ machine });
    const keys = names(21);
    market.add(...keys);
    const refuse = (key: string) => refusedOf(market, key);
    for (const key of keys.slice(0, 20)) await refuse(key);
    const late = keys[20] as string;
    await refuse(late);
    await refuse(late);
    market.logger.lines.length = 0;
    await market.clock.advance(60_000);
    market.clock.setWall(market.clock.wall() - backMs);
    await refuse(late);
    expect(market.logger.lines.at(-1)).toContain(`For ${left}, no 401 renews it`);
  });

  test('is an event only while it holds, not where the next token is bought', async () => {
    const { events, clock, service, harness } = observed();
    for (let call = 0; call < 30; call += 1) {
      service.forCall().refused(await harness.warm());
      await clock.advance(7_000);
    }
    const brakes = events.news.filter(({ type }) => type === 'token.braked');
    expect(brakes.map(({ at, until }) => [at, (until as number) - START])).toEqual([
      [7_000, 67_000],
      [77_000, 137_000],
      [147_000, 207_000],
    ]);
  });
});

describe('a trouble', () => {
  /** Calls every five seconds. */
  const met = async ({ clock, service }: ReturnType<typeof observed>, milliseconds: number) => {
    for (let passed = 0; passed < milliseconds; passed += 5_000) {
      ask(service);
      await settle();
      await clock.advance(5_000);
    }
  };

  test('that becomes another has a line that says what to do about that, once, and the later ones refer to it', async () => {
    const scene = observed();
    const { bank, logger } = scene;
    bank.fails(down);
    await met(scene, 30_000);
    bank.fails(rejected);
    await met(scene, 60_000);
    bank.fails(down);
    await met(scene, 30_000);
    bank.fails(rejected);
    await met(scene, 60_000);
    expect(codesOf(logger.lines)).toEqual([
      'BANK_AUTH_UNAVAILABLE',
      'BANK_AUTH_CREDENTIALS_REJECTED',
      'BANK_AUTH_TOKEN_STILL_FAILING',
      'BANK_AUTH_TOKEN_STILL_FAILING',
    ]);
    expect(logger.lines[2]).toContain('The line of 2026-01-01T00:00:00Z says where to look.');
    expect(logger.lines[3]).toContain('The line of 2026-01-01T00:00:30Z says where to look.');
  });

  test('that ends with other credentials has had as many failures as were counted', async () => {
    const { events, market } = observedMarket();
    const emitter = new Emitter({ clientId: '' });
    market.vault.secrets.set('a', emitter.changes);
    for (let failures = 0; failures < 3; failures += 1) {
      await market.outcomes('a');
      await market.clock.advance(5_000);
    }
    emitter.emit(secret('a', 'v2'));
    await market.outcomes('a');
    expect(events.news.at(-1)).toMatchObject({
      type: 'token.obtained',
      afterFailures: 3,
      outageMs: 15_000,
    });
    expect(market.logger.lines.at(-1)).toContain('after 15 s and 3 failures.');
  });

  test('that is another one with other credentials began with the first, and has had the failures of both', async () => {
    const { market } = observedMarket();
    const emitter = new Emitter({ clientId: '' });
    market.vault.secrets.set('a', emitter.changes);
    const fields: unknown[] = [];
    market.logger.error = (_line: unknown, more?: LogFields) => {
      fields.push(more);
    };
    for (let failures = 0; failures < 3; failures += 1) {
      await market.outcomes('a');
      await market.clock.advance(5_000);
    }
    market.bank.fails(rejected);
    emitter.emit(secret('a', 'v2'));
    await market.outcomes('a');
    expect(fields).toMatchObject([
      { failures: 1, since: START },
      { code: 'BANK_AUTH_CREDENTIALS_REJECTED', failures: 4, since: START },
    ]);
  });

  test('of a merchant that has gone is told once a minute, and that of a key nobody had never', async () => {
    const { market } = observedMarket();
    market.add('a');
    await market.warmAll('a');
    await market.clock.advance(STALE);
    market.vault.secrets.delete('a');
    for (let passed = 0; passed < 70_000; passed += 5_000) {
      await market.outcomes('a', 'made-up');
      await market.clock.advance(5_000);
    }
    expect(codesOf(market.logger.lines)).toEqual(['BANK_AUTH_CONFIG', 'BANK_AUTH_TOKEN_STILL_FAILING']);
  });

  test('that has two lines is referred to by the first of them', async () => {
    const scene = observed();
    const { bank, clock, harness, logger } = scene;
    await harness.warm();
    await clock.advance(STALE);
    bank.fails(rejected);
    await met(scene, 70_000);
    // It fails for the third time, and there is no token any more.
    await met(scene, 60_000);
    await met(scene, 65_000);
    const [first, ...others] = codesOf(logger.lines);
    expect([first, others.filter((code) => code === first)]).toEqual([
      'BANK_AUTH_CREDENTIALS_REJECTED',
      ['BANK_AUTH_CREDENTIALS_REJECTED'],
    ]);
    expect(logger.lines.at(-1)).toContain('No payment leaves. The line of 2026-01-01T00:58:00Z says where');
  });

  test('of the line to the bank is a warning', async () => {
    const { bank, logger, service } = observed();
    bank.fails({ kind: 'queue-full', reason: '10 token requests are waiting' });
    ask(service);
    await settle();
    expect(logger.lines).toEqual([expect.stringMatching(/^warn \[BANK_AUTH_QUEUE_FULL\]/)]);
  });

  test("of one merchant that is not the bank's is told also while the bank is in trouble", async () => {
    const { market } = observedMarket();
    const keys = names(4);
    market.add(...keys);
    market.bank.fails(down);
    await market.outcomes(...keys);
    market.logger.lines.length = 0;
    market.vault.secrets.set('unreadable', () => {
      throw new Error('ENOENT');
    });
    await market.outcomes('unreadable');
    expect(market.logger.lines).toEqual([expect.stringContaining('merchant "unreadable"')]);
  });

  test('of the bank that this merchant outlives is referred to by the line on the merchant', async () => {
    const { market } = observedMarket();
    const keys = names(4);
    market.add(...keys);
    market.bank.fails(down);
    await market.outcomes(...keys);
    await market.clock.advance(20_000);
    const { bank } = market;
    bank.replies((asked) =>
      asked.clientId.startsWith('shop-3') ? asked.fail(down) : asked.grant(`token-${asked.number}`),
    );
    for (let passed = 0; passed < 70_000; passed += 5_000) {
      await market.outcomes(...keys);
      await market.clock.advance(5_000);
    }
    const [told, still] = market.logger.lines.filter((line) => line.includes('shop-3'));
    expect(told).toContain('[BANK_AUTH_UNAVAILABLE]');
    const toldAt = /The line of (\S+) says/.exec(String(still))?.[1];
    expect(toldAt).toBe('2026-01-01T00:00:20Z');
  });
});

describe('where more merchants are in trouble than there are lines in a minute,', () => {
  /** Which merchants have a line, and which. */
  const told = (lines: readonly string[], code: string) =>
    lines.filter((line) => line.includes(code)).map((line) => /merchant "(.+?)"/.exec(line)?.[1]);

  test('half of the lines are for news, so that each trouble is told, and none is referred to or ended before', async () => {
    const { market } = observedMarket();
    const keys = names(25);
    market.add(...keys);
    market.bank.fails(rejected);
    await market.outcomes(...keys);
    const first = market.logger.lines.splice(0);
    expect(told(first, 'CREDENTIALS_REJECTED')).toEqual(keys.slice(0, 20));
    await market.clock.advance(60_000);
    await market.outcomes(...keys);
    const second = market.logger.lines.splice(0);
    expect(told(second, 'STILL_FAILING')).toEqual(keys.slice(0, 10));
    expect(told(second, 'CREDENTIALS_REJECTED')).toEqual(keys.slice(20));
  });

  test('the end of a trouble that was not told is not told either', async () => {
    const { market } = observedMarket();
    const keys = names(25);
    market.add(...keys);
    market.bank.fails(rejected);
    await market.outcomes(...keys);
    market.issuesNamed();
    await market.clock.advance(60_000);
    await market.outcomes(...keys.slice(20), ...keys.slice(0, 20));
    expect(told(market.logger.lines, 'TOKEN_RECOVERED')).toEqual(keys.slice(0, 20));
  });

  test('a trouble without a line is tried to be told once a minute', async () => {
    const { market } = observedMarket();
    const keys = names(21);
    market.add(...keys);
    market.bank.fails({ kind: 'invalid', reason: 'no token' });
    await market.outcomes(...keys);
    await market.clock.advance(10_000);
    await market.outcomes('shop-20');
    market.logger.lines.length = 0;
    await market.clock.advance(50_000);
    await market.outcomes('shop-0');
    expect(market.logger.lines[0]).toContain('1 line on a merchant was left out.');
  });

  test("those on the provider's own credentials are written nevertheless", async () => {
    const { market } = observedMarket({ own: true });
    const keys = names(21);
    market.add(...keys);
    market.bank.fails(rejected);
    await market.outcomes(...keys);
    ask(market.service);
    await settle();
    expect(market.logger.lines.at(-1)).toContain('[BANK_AUTH_CREDENTIALS_REJECTED] a-bank: the bank');
  });

  test('the end of a brake that was not told is not told either', async () => {
    const { market } = observedMarket();
    const keys = names(21);
    market.add(...keys);
    const refuse = (key: string) => refusedOf(market, key);
    for (const key of keys) await refuse(key);
    await refuse('shop-20');
    market.logger.lines.length = 0;
    await market.clock.advance(60_000);
    const service = market.of('shop-20');
    expect(service.status.state).toBe('fresh');
    service.forCall().accepted(service.acquire() as AccessToken, false);
    expect(codesOf(market.logger.lines)).toEqual([]);
  });

  test('a brake is told as soon as there is room', async () => {
    const { market } = observedMarket();
    const keys = names(22);
    market.add(...keys);
    const refuse = async () => {
      for (const key of keys) await refusedOf(market, key);
    };
    await refuse();
    await market.clock.advance(60_000);
    market.logger.lines.length = 0;
    await refuse();
    expect(told(market.logger.lines.splice(0), 'TOKEN_BRAKED')).toEqual(keys.slice(0, 20));
    await market.clock.advance(60_000);
    await refuse();
    await refuse();
    expect(told(market.logger.lines, 'TOKEN_BRAKED')).toEqual(keys.slice(20));
  });
});
