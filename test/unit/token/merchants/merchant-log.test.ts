import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect, test } from '@jest/globals';
import { writeLine } from '../../../../src/errors/index.js';
import { MerchantLog } from '../../../../src/token/merchants/merchant-log.js';
import { LogLines } from '../../../support/token-service.harness.js';
import { VirtualClock } from '../../../support/virtual-clock.js';

const MORE =
  'warn [BANK_AUTH_LINES_OMITTED] a-bank: too many lines on merchants within a minute. At most 20 are written, half of them on trouble that lasts; the others are left out.';

function scene() {
  const clock = new VirtualClock();
  const logger = new LogLines();
  const log = new MerchantLog(logger, clock, 'a-bank');
  const say = (count: number, from = 0) => {
    for (let n = from; n < from + count; n += 1) log.warn(`line ${n}`);
  };
  return { clock, log, say, lines: logger.lines };
}

describe('events of single merchants', () => {
  test('are logged as they come, each at its level', () => {
    const { log, lines } = scene();
    log.log('issued again');
    log.warn('away');
    log.error('refused');
    expect(lines).toEqual(['log issued again', 'warn away', 'error refused']);
  });

  test('keep the fields of their lines', () => {
    const given: unknown[] = [];
    const note = (_text: string, fields?: object) => given.push(fields);
    const logger = { log: note, warn: note, error: note };
    writeLine(new MerchantLog(logger, new VirtualClock(), 'a-bank'), {
      level: 'warn',
      code: 'BANK_AUTH_EXPIRING',
      text: 'it ends',
      fields: { merchant: 'flowers' },
    });
    expect(given).toEqual([{ code: 'BANK_AUTH_EXPIRING', merchant: 'flowers' }]);
  });

  test('are logged twenty times a minute, then one line says that the rest is left out', () => {
    const { say, lines } = scene();
    say(20);
    expect(lines).toEqual(Array.from({ length: 20 }, (_, n) => `warn line ${n}`));
    say(500, 20);
    expect(lines.slice(20)).toEqual([MORE]);
  });

  test('are counted at all levels together', () => {
    const { log, say, lines } = scene();
    say(18);
    log.error('19th');
    log.log('20th');
    log.error('21st');
    expect(lines.slice(18)).toEqual(['error 19th', 'log 20th', MORE]);
  });

  test('are logged again a minute after the first of them, with the number left out', async () => {
    const { clock, say, lines } = scene();
    say(10);
    await clock.advance(59_999);
    say(15, 10);
    expect(lines.slice(20)).toEqual([MORE]);
    await clock.advance(1);
    expect(lines).toHaveLength(21);
    say(21, 100);
    expect(lines.slice(21)).toEqual([
      'warn [BANK_AUTH_LINES_OMITTED] a-bank: 5 lines on merchants were left out.',
      ...Array.from({ length: 20 }, (_, n) => `warn line ${100 + n}`),
      MORE,
    ]);
    await clock.advance(60_000);
    say(1, 200);
    expect(lines.slice(43)).toEqual([
      'warn [BANK_AUTH_LINES_OMITTED] a-bank: 1 line on a merchant was left out.',
      'warn line 200',
    ]);
  });

  test('begin a minute with the first line, not with the last', async () => {
    const { clock, say, lines } = scene();
    for (let second = 0; second < 120; second += 2) {
      say(1, second);
      await clock.advance(2_000);
    }
    // Thirty a minute: ten are left out of each.
    expect(lines.filter((line) => line.startsWith('warn line'))).toHaveLength(40);
  });

  test('are followed by no line on omissions where there were none', async () => {
    const { clock, say, lines } = scene();
    say(20);
    await clock.advance(60_000);
    say(1, 20);
    expect(lines).toHaveLength(21);
    expect(lines.at(-1)).toBe('warn line 20');
  });

  test('are timed by the clock that saw more time', () => {
    const { clock, say, lines } = scene();
    say(30);
    clock.suspend(60_000);
    say(1, 30);
    expect(lines.slice(21)).toEqual([
      'warn [BANK_AUTH_LINES_OMITTED] a-bank: 10 lines on merchants were left out.',
      'warn line 30',
    ]);
  });

  test('do no harm where the logger throws', async () => {
    const clock = new VirtualClock();
    let tried = 0;
    const fail = () => {
      tried += 1;
      throw new Error('disk full');
    };
    const log = new MerchantLog({ log: fail, warn: fail, error: fail }, clock, 'a-bank');
    for (let n = 0; n < 30; n += 1) log.error('line');
    expect(tried).toBe(21);
    await clock.advance(60_000);
    log.warn('line');
    expect(tried).toBe(23);
  });

  test.each(['log', 'warn', 'error'] as const)('are reminders in half of the lines at most: %s', (level) => {
    const { log, say, lines } = scene();
    for (let n = 0; n < 11; n += 1) log.reminders[level](`still ${n}`);
    expect(lines).toEqual([...Array.from({ length: 10 }, (_, n) => `${level} still ${n}`), MORE]);
    say(11);
    expect(lines.slice(11)).toEqual(Array.from({ length: 10 }, (_, n) => `warn line ${n}`));
  });

  test.each([
    ['merchant', undefined],
    ['call', 'request 7'],
  ] as const)('name the request at hand only where they are about it: on a %s', (subject, named) => {
    const atHand = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const note = () => void seen.push(atHand.getStore());
    const log = new MerchantLog(
      { log: note, warn: note, error: note },
      new VirtualClock(),
      'a-bank',
      subject,
    );
    atHand.run('request 7', () => log.warn('line'));
    expect(seen).toEqual([named]);
  });

  test('need no timer', () => {
    const { clock, say } = scene();
    say(30);
    expect(clock.timers).toBe(0);
  });
});
