import { describe, expect, test } from '@jest/globals';
import type { LogFields } from '../../../../src/errors/index.js';
import { type EventSink, NO_EVENTS } from '../../../../src/events/index.js';
import { BankNews } from '../../../../src/token/merchants/bank-news.js';
import { VirtualClock } from '../../../support/virtual-clock.js';

function scene(events: EventSink = NO_EVENTS) {
  const clock = new VirtualClock();
  const lines: (LogFields | undefined)[] = [];
  const note = (_line: string, fields?: LogFields) => void lines.push(fields);
  const news = new BankNews('a-bank', clock, { log: note, warn: note, error: note }, events);
  /** The lines since the last look. */
  const told = () => lines.splice(0);
  return { clock, news, told };
}

describe('a wait that the bank asks for', () => {
  const STILL = 'BANK_AUTH_BANK_STILL_BUSY';

  test('is told again within the minute where it is longer by more than ten seconds than was told', async () => {
    const { clock, news, told } = scene();
    news.busy('HTTP 429', 60_000);
    expect(told()).toEqual([{ code: 'BANK_AUTH_BANK_BUSY', provider: 'a-bank', retryAfterMs: 60_000 }]);
    await clock.advance(30_000);
    // Thirty seconds are left.
    news.busy('HTTP 429', 40_000);
    expect(told()).toEqual([]);
    news.busy('HTTP 429', 40_001);
    expect(told()).toEqual([{ code: STILL, provider: 'a-bank', retryAfterMs: 40_001, outageMs: 30_000 }]);
    await clock.advance(1_000);
    news.busy('HTTP 429', 49_001);
    expect(told()).toEqual([]);
    news.busy('HTTP 429', 49_002);
    expect(told()).toMatchObject([{ code: STILL, outageMs: 31_000 }]);
  });

  test('is told again after a minute only, where the one that was told is over', async () => {
    const { clock, news, told } = scene();
    news.busy('HTTP 429', 20_000);
    told();
    await clock.advance(20_000);
    news.busy('HTTP 429', 30_000);
    await clock.advance(39_999);
    news.busy('HTTP 429', 30_000);
    expect(told()).toEqual([]);
    await clock.advance(1);
    news.busy('HTTP 429', 5_000);
    expect(told()).toMatchObject([{ code: STILL, retryAfterMs: 5_000, outageMs: 60_000 }]);
  });
});

test('two troubles of the bank end as one, which has lasted since the first of them', async () => {
  const { clock, news, told } = scene();
  news.unavailable('HTTP 503');
  await clock.advance(5_000);
  news.busy('HTTP 429', 1_000);
  await clock.advance(2_000);
  told();
  news.answered();
  expect(told()).toEqual([{ code: 'BANK_AUTH_BANK_RECOVERED', provider: 'a-bank', outageMs: 7_000 }]);
  news.answered();
  expect(told()).toEqual([]);
});

test('the bank that stays unavailable is told of once a minute, with the failures since the begin', async () => {
  const { clock, news, told } = scene();
  for (let second = 0; second <= 120; second += 1) {
    news.unavailable('HTTP 503');
    await clock.advance(1_000);
  }
  const still = { code: 'BANK_AUTH_BANK_STILL_UNAVAILABLE', provider: 'a-bank' };
  expect(told()).toEqual([
    { code: 'BANK_AUTH_BANK_UNAVAILABLE', provider: 'a-bank' },
    { ...still, outageMs: 60_000, failures: 61 },
    { ...still, outageMs: 120_000, failures: 121 },
  ]);
});

describe('a line that is full', () => {
  test('is an event at most once a second', async () => {
    const emitted: unknown[] = [];
    const { clock, news } = scene({ ...NO_EVENTS, observed: true, emit: (...all) => void emitted.push(all) });
    const start = clock.wall();
    news.saturated(7);
    await clock.advance(999);
    news.saturated(8);
    await clock.advance(1);
    news.saturated(9);
    expect(emitted).toEqual([
      ['a-bank', '*', start, { type: 'queue.saturated', queued: 7 }],
      ['a-bank', '*', start + 1_000, { type: 'queue.saturated', queued: 9 }],
    ]);
  });

  test('is put together for nobody while nobody listens', () => {
    const emit = () => {
      throw new Error('an event was put together for nobody');
    };
    const { news } = scene({ ...NO_EVENTS, observed: false, emit });
    expect(() => news.saturated(1)).not.toThrow();
  });
});
