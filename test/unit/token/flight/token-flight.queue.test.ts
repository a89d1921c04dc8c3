import { describe, expect, test } from '@jest/globals';
import { throwError } from 'rxjs';
import { type TokenFailure, tokenFailure } from '../../../../src/token/token-failure.js';
import { invalid, rejected } from '../../../support/machine.fixtures.js';
import { Market, names, secret } from '../../../support/merchants.harness.js';
import { aBank, ask, type Exchange, Harness } from '../../../support/token-service.harness.js';
import { settle } from '../../../support/virtual-clock.js';

const down: TokenFailure = { kind: 'unavailable', reason: 'ECONNREFUSED' };
const IN_TROUBLE = /^warn \[BANK_AUTH_BANK_UNAVAILABLE\] a-bank: no merchant gets a token/;

/** Flights of one attempt each, so that each failure is one. */
const once = { retry: { attempts: 1, attemptTimeout: 5_000, deadline: 15_000 } };

/** Each of these fails, one after the other, as the function says. */
async function inTurn(
  market: Market,
  keys: string[],
  answer: (exchange: Exchange) => void = (exchange) => exchange.fail(down),
): Promise<void> {
  market.bank.replies(answer);
  market.add(...keys);
  for (const key of keys) {
    market.ask(key);
    await settle();
  }
}

const isInTrouble = ({ logger }: Market) => logger.lines.some((line) => IN_TROUBLE.test(line));

describe('the outcome that a flight reports to the queue', () => {
  test.each<[string, TokenFailure]>([
    ['a connection that is refused', down],
    ['a server’s failure', { kind: 'unavailable', reason: 'HTTP 502', status: 502 }],
    ['a 503 without a time', { kind: 'unavailable', reason: 'HTTP 503', status: 503 }],
  ])('is trouble after three merchants met it: %s', async (_what, failure) => {
    const market = new Market(once);
    await inTurn(market, names(2), (exchange) => exchange.fail(failure));
    expect(isInTrouble(market)).toBe(false);
    await inTurn(market, ['third'], (exchange) => exchange.fail(failure));
    expect(isInTrouble(market)).toBe(true);
  });

  test('is trouble after three merchants had no answer in time', async () => {
    const market = new Market(once);
    await inTurn(market, names(3), () => undefined);
    expect(isInTrouble(market)).toBe(false);
    await market.clock.advance(5_000);
    expect(isInTrouble(market)).toBe(true);
  });

  test('is no trouble if one merchant met it three times', async () => {
    const market = new Market().add('a');
    market.bank.fails(down);
    market.ask('a');
    await market.clock.advance(1_000);
    expect(market.bank.requests).toBe(3);
    expect(isInTrouble(market)).toBe(false);
  });

  test.each<[string, (exchange: Exchange) => void]>([
    ['a token', (exchange) => exchange.grant('token')],
    ['a token that is too short-lived to be used', (exchange) => exchange.grant('token', 0)],
    ['a rejection', (exchange) => exchange.fail(rejected)],
    ['an answer that is no token', (exchange) => exchange.fail(invalid)],
  ])('is no trouble if another merchant had an answer in between: %s', async (_what, answer) => {
    const market = new Market(once);
    await inTurn(market, names(2));
    await inTurn(market, ['answered'], answer);
    await inTurn(market, names(2, 'more'));
    expect(isInTrouble(market)).toBe(false);
    await inTurn(market, ['third']);
    expect(isInTrouble(market)).toBe(true);
    market.bank.replies(answer);
    market.add('last').ask('last');
    await market.clock.advance(1_000);
    expect(market.logger.lines).toContain(
      'log [BANK_AUTH_BANK_RECOVERED] a-bank: token requests are answered again, after 1 s.',
    );
  });

  test.each<[string, TokenFailure]>([
    ['a key that makes no signature', { kind: 'credentials-unreadable', reason: 'the key cannot be used' }],
    ['an answer that is cut short', { kind: 'invalid', reason: 'an answer of too many bytes' }],
  ])('is nothing if the bank did not say it: %s', async (_what, failure) => {
    const market = new Market(once);
    await inTurn(market, names(2));
    await inTurn(market, names(3, 'unreadable'), (exchange) =>
      exchange.subscriber.error(tokenFailure(failure)),
    );
    await inTurn(market, names(3, 'unread'), (exchange) => exchange.fail(failure));
    expect(isInTrouble(market)).toBe(false);
    await inTurn(market, ['third']);
    expect(isInTrouble(market)).toBe(true);
  });

  test('is nothing if a function of the definition throws', async () => {
    const market = new Market(once);
    await inTurn(market, names(4), (exchange) => exchange.subscriber.error(new Error('s3cret')));
    expect(isInTrouble(market)).toBe(false);
    const headers = () => {
      throw new Error('s3cret');
    };
    const other = new Market({ ...once, bank: aBank({ headers }) });
    await inTurn(other, names(4), (exchange) => exchange.grant('token'));
    expect(isInTrouble(other)).toBe(false);
  });

  test('is nothing if the merchant is unknown or its credentials are unreadable', async () => {
    const market = new Market(once);
    market.vault.otherwise = () => throwError(() => new Error('vault down'));
    await inTurn(market, names(2));
    for (const key of names(5, 'unreadable')) await market.outcomes(key);
    market.vault.otherwise = () => undefined;
    for (const key of names(5, 'unknown')) await market.outcomes(key);
    expect(isInTrouble(market)).toBe(false);
    await inTurn(market, ['third']);
    expect(isInTrouble(market)).toBe(true);
  });
});

describe('a flight whose credentials are rejected', () => {
  test('and whose merchant is removed meanwhile reports the rejection', async () => {
    const market = new Market().add('a');
    market.bank.replies((exchange) => {
      market.vault.secrets.delete('a');
      exchange.fail(rejected);
    });
    expect(await market.outcomes('a')).toEqual(['BANK_AUTH_CREDENTIALS_REJECTED']);
    expect([market.bank.requests, market.lookupsOf('a')]).toEqual([1, 2]);
    await market.clock.advance(60_000);
    expect(await market.outcomes('a')).toEqual(['BANK_AUTH_CONFIG']);
  });

  test('does not read credentials again that cannot change', async () => {
    const { service, bank, credentials } = new Harness();
    bank.fails(rejected);
    const asked = ask(service);
    await settle();
    expect(asked.error?.code).toBe('BANK_AUTH_CREDENTIALS_REJECTED');
    expect(credentials.reads).toBe(1);
  });

  test('asks once more with new credentials, in its turn, and not a third time', async () => {
    const market = new Market({ tokenRequests: { concurrency: 1, queue: 0 } });
    let version = 0;
    market.vault.secrets.set('a', () => {
      version += 1;
      return secret('a', `v${version}`);
    });
    market.bank.fails(rejected);
    expect(await market.outcomes('a')).toEqual(['BANK_AUTH_CREDENTIALS_REJECTED']);
    expect(market.bank.exchanges.map(({ clientId }) => clientId)).toEqual(['a@v1', 'a@v2']);
    expect(market.bank.peak).toBe(1);
  });
});

describe('a flight that the queue has refused', () => {
  test('ends with the answer that the bank gave another merchant, and makes no more attempts', async () => {
    const market = new Market().add('a', 'b');
    market.bank.fails({ kind: 'unavailable', reason: 'HTTP 429', status: 429, retryAfterMs: 20_000 });
    market.ask('a');
    await settle();
    const [b] = market.ask('b');
    await settle();
    expect(b?.error).toMatchObject({
      code: 'BANK_AUTH_UNAVAILABLE',
      merchant: 'b',
      status: 429,
      retryAfterMs: 20_000,
    });
    expect(b?.error?.message).toContain('(HTTP 429)');
    await market.clock.advance(19_999);
    expect(market.bank.requests).toBe(1);
  });

  test('because it is full ends at once, however many attempts are left', async () => {
    const market = new Market({ tokenRequests: { concurrency: 1, queue: 0 } }).add('a', 'b');
    market.bank.hangs();
    market.ask('a');
    const [b] = market.ask('b');
    await settle();
    expect(b?.error?.code).toBe('BANK_AUTH_QUEUE_FULL');
    const renewal = ask(market.of('b'), 'refresh');
    expect(renewal.error).toMatchObject({ code: 'BANK_AUTH_QUEUE_FULL', retryAfterMs: 900 });
  });
});
