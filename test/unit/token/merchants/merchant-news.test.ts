import { describe, expect, test } from '@jest/globals';
import type { LogFields } from '../../../../src/errors/index.js';
import type { EventSink } from '../../../../src/events/index.js';
import type { TokenFailure } from '../../../../src/token/token-failure.js';
import { ask, Harness, HOUR, STALE, UNUSABLE } from '../../../support/token-service.harness.js';
import { settle } from '../../../support/virtual-clock.js';

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
    service.refused(first);
    expect(events.news).toEqual([]);
    service.refused(await harness.warm());
    const second = await harness.warm();
    events.all.length = 0;
    service.refused(second);
    expect(events.news).toEqual([
      { at: 0, type: 'token.refused' },
      { at: 0, type: 'token.braked', until: START + 60_000 },
    ]);
    // The brake is one, for as long as it holds.
    await clock.advance(1_000);
    service.refused(second);
    expect(events.news).toEqual([{ at: 1_000, type: 'token.refused' }]);
  });

  test('are put together for nobody while nobody listens', async () => {
    const { events, bank, clock, service, harness } = observed();
    events.observed = false;
    service.refused(await harness.warm());
    bank.fails(rejected);
    ask(service);
    await clock.advance(HOUR);
    expect(events.all).toEqual([]);
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
  test('makes two lines a minute', async () => {
    const { logger, clock, service, harness } = observed();
    for (let call = 0; call < 300; call += 1) {
      const token = await harness.warm();
      service.accepted(token, false);
      service.refused(token);
      await clock.advance(1_000);
    }
    const codes = logger.lines.map((line) => /\[(\w+)\]/.exec(line)?.[1]);
    expect(codes.slice(0, 5)).toEqual([
      'BANK_AUTH_TOKEN_REFUSED',
      'BANK_AUTH_TOKEN_BRAKED',
      'BANK_AUTH_TOKEN_ACCEPTED',
      'BANK_AUTH_TOKEN_BRAKED',
      'BANK_AUTH_TOKEN_ACCEPTED',
    ]);
    expect(codes).toHaveLength(10);
  });
});
