import { createHash } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import type { BankAuthError } from '../../../../src/errors/index.js';
import type { TokenService } from '../../../../src/token/token.service.js';
import type { TokenFailure } from '../../../../src/token/token-failure.js';
import { invalid, rejected, unavailable } from '../../../support/machine.fixtures.js';
import { Market, secret } from '../../../support/merchants.harness.js';
import { ask, Follower, Harness, outcome } from '../../../support/token-service.harness.js';
import { settle } from '../../../support/virtual-clock.js';

const KEY = 'sensitive-key-4111';
const LABEL = createHash('sha256').update(KEY).digest('base64url').slice(0, 16);
const labelOf = () => LABEL;

/** All that can be read of something that is told. */
const shown = (thing: unknown) =>
  [
    inspect(thing, { depth: 20, showHidden: true, getters: true }),
    JSON.stringify(thing),
    String(thing),
    thing instanceof Error ? `${thing.stack}` : '',
  ].join('\n');

/** A flight of this merchant fails with this. */
async function failing(failure: TokenFailure, parts: ConstructorParameters<typeof Market>[0] = {}) {
  const market = new Market({ labelOf, ...parts }).add(KEY);
  market.bank.fails(failure);
  const asked = ask(market.of(KEY));
  await market.clock.advance(20_000);
  return { market, error: asked.error as BankAuthError };
}

describe('a merchant is named by its label', () => {
  test.each([
    ['rejected', rejected, `a-bank (merchant "${LABEL}"): the bank refused the credentials`],
    ['invalid', invalid, `a-bank (merchant "${LABEL}"): https://bank.example/oauth/token answered something`],
    ['unavailable', unavailable, `a-bank (merchant "${LABEL}"): no token from https://bank.example/`],
  ])('in errors and in the log: %s', async (_what, failure, message) => {
    const { market, error } = await failing(failure);
    expect(error.merchant).toBe(LABEL);
    expect(error.message).toMatch(new RegExp(`^${message.replace(/[()]/g, '\\$&')}`));
    expect(market.logger.lines).toHaveLength(1);
    expect(market.logger.lines[0]).toContain(`a-bank (merchant "${LABEL}")`);
    market.issuesNamed();
    await market.clock.advance(60_000);
    await market.warmAll(KEY);
    expect(market.logger.lines).toHaveLength(2);
    expect(market.logger.lines[1]).toContain(`a-bank (merchant "${LABEL}"): tokens are issued again`);
    expect(shown([error, market.logger.lines])).not.toContain(KEY);
  });

  test('in errors of an unknown key, of unreadable credentials and of a full queue', async () => {
    const market = new Market({ labelOf, tokenRequests: { concurrency: 1, queue: 0 } });
    const [unknown] = market.ask(KEY);
    await settle();
    market.vault.secrets.set(KEY, () => {
      throw new Error(KEY);
    });
    await market.clock.advance(1_000);
    const [unreadable] = market.ask(KEY);
    await settle();
    market.add(KEY, 'other').bank.hangs();
    await market.clock.advance(3_000);
    market.ask('other');
    const [full] = market.ask(KEY);
    await settle();
    const errors = [unknown, unreadable, full].map((asked) => asked?.error);
    expect(errors.map((error) => error?.code)).toEqual([
      'BANK_AUTH_CONFIG',
      'BANK_AUTH_CONFIG',
      'BANK_AUTH_QUEUE_FULL',
    ]);
    for (const error of errors) {
      expect(error?.merchant).toBe(LABEL);
      expect(error?.message).toMatch(new RegExp(`^a-bank \\(merchant "${LABEL}"\\): `));
    }
    expect(shown([errors, market.logger.lines])).not.toContain(KEY);
  });

  test('in errors of a caller that stopped waiting, of the end and of a disabled provider', async () => {
    const market = new Market({ labelOf }).add(KEY);
    market.bank.hangs();
    const late = outcome(market.of(KEY).getAccessToken({ timeout: 100 }));
    await market.clock.advance(100);
    const ended = outcome(market.of(KEY).getAccessToken());
    market.service.close();
    const off = new Market({ labelOf, disabled: true }).of(KEY);
    const errors = await Promise.all([late, ended, outcome(off.getAccessToken())]);
    for (const error of errors) expect(error).toMatchObject({ merchant: LABEL });
    expect(shown(errors)).not.toContain(KEY);
  });

  test('in its status and wherever it is printed', async () => {
    const market = new Market({ labelOf }).add(KEY);
    const service = market.of(KEY);
    const seen = () => [
      service.status,
      inspect(service),
      inspect({ service }, { depth: 10 }),
      inspect(market.directory, { depth: 20, showHidden: true, getters: true }),
      inspect(market.directory.find(KEY), { depth: 20, showHidden: true }),
    ];
    expect(inspect(service)).toBe(`TokenService(a-bank, ${LABEL}, absent)`);
    expect(shown(seen())).not.toContain(KEY);
    const follower = new Follower(service);
    await settle();
    expect(service.status.merchant).toBe(LABEL);
    expect(inspect(market.directory.find(KEY))).toBe(`MerchantTokens(a-bank, "${LABEL}", fresh)`);
    expect(shown(seen())).not.toContain(KEY);
    follower.leave();
    expect(shown([...seen(), service.acquire()])).not.toContain(KEY);
  });

  test('but not in warnings of queue and limit, which name no merchant', async () => {
    const market = new Market({ labelOf, limit: 1 }).add(KEY, 'b', 'c', 'd');
    await market.warmAll(KEY, 'b');
    expect(market.logger.lines).toHaveLength(1);
    await market.clock.advance(3_600_000);
    market.bank.fails({ kind: 'unavailable', reason: 'HTTP 500', status: 500 });
    const asked = market.ask(KEY, 'b', 'c', 'd');
    await market.clock.advance(20_000);
    expect(asked.every(({ error }) => error?.merchant === LABEL)).toBe(true);
    market.bank.fails({ ...unavailable, retryAfterMs: 60_000 });
    market.ask(KEY);
    await market.clock.advance(20_000);
    expect(market.logger.lines.join('\n')).toMatch(/dropped.*no merchant gets a token.*left alone/s);
    expect(shown(market.logger.lines)).not.toContain(KEY);
  });

  test('though its handle knows the key', async () => {
    const market = new Market({ labelOf });
    expect(market.of(KEY).merchant).toBe(KEY);
    expect(market.of(KEY).label).toBe(LABEL);
  });
});

describe('the provider’s own credentials', () => {
  const labels = (service: TokenService) => [service.merchant, service.label, service.status.merchant];

  test('are called default, whatever the labels of merchants', async () => {
    const market = new Market({ own: true, labelOf });
    expect(labels(market.service)).toEqual(['default', 'default', 'default']);
    expect(inspect(market.service)).toBe('TokenService(a-bank, default, absent)');
  });

  test('are distinguished in words from a merchant called default', async () => {
    const market = new Market({ own: true });
    market.vault.secrets.set('default', secret('a'));
    market.bank.fails(rejected);
    const [own, merchant] = [ask(market.service), ask(market.of('default'))];
    await settle();
    expect(own.error?.message).toMatch(/^a-bank: the bank refused/);
    expect(merchant.error?.message).toMatch(/^a-bank \(merchant "default"\): the bank refused/);
    expect(own.error?.message).toContain('Check BANK_CLIENT_ID and BANK_CLIENT_SECRET,');
    expect(merchant.error?.message).toContain('Check the function providers.a-bank.credentials,');
  });

  test('are all there is without a function, and the error says so by label', async () => {
    const said = expect.objectContaining({
      code: 'BANK_AUTH_CONFIG',
      merchant: LABEL,
      message: `a-bank: merchant "${LABEL}" is unknown, because this provider has one set of credentials only; nothing was sent. Leave the merchant out, or give the provider a \`credentials\` function (docs/merchants.md).`,
    });
    expect(() => new Harness({ labelOf }).service.forMerchant(KEY)).toThrow(said);
    expect(() => new Harness().service.forMerchant('a')).toThrow(/: merchant "a" is unknown,/);
  });

  test('are disabled as merchants are, and the error says so by label', async () => {
    const off = new Harness({ labelOf, disabled: true }).service.forMerchant(KEY);
    const error = await outcome(off.getAccessToken());
    expect(error).toMatchObject({ code: 'BANK_AUTH_CONFIG', merchant: LABEL });
    expect(shown([error, off.status])).not.toContain(KEY);
  });
});

describe('a logger that throws', () => {
  const throws = () => {
    throw new Error('disk full');
  };
  const logger = { log: throws, warn: throws, error: throws };

  test('harms no merchant whose token request fails or that is let go', async () => {
    const market = new Market({ logger, limit: 1 }).add('a', 'b', 'c');
    market.bank.fails(rejected);
    expect(await market.outcomes('a')).toEqual(['BANK_AUTH_CREDENTIALS_REJECTED']);
    market.issuesNamed();
    expect(await market.outcomes('b', 'c', 'b')).toEqual(['b@v1#2', 'c@v1#3', 'b@v1#2']);
  });

  test('does not change whether the bank counts as in trouble', async () => {
    const market = new Market({ logger }).add('a', 'b', 'c', 'd');
    market.bank.fails({ kind: 'unavailable', reason: 'HTTP 500', status: 500 });
    const asked = market.ask('a', 'b', 'c', 'd');
    await market.clock.advance(20_000);
    expect(asked.map(({ error }) => error?.code)).toEqual(Array(4).fill('BANK_AUTH_UNAVAILABLE'));
    market.issuesNamed();
    await market.clock.advance(5_000);
    const outcomes = await market.outcomes('a', 'b', 'c', 'd');
    expect(outcomes.map((value) => value?.split('#')[0])).toEqual(['a@v1', 'b@v1', 'c@v1', 'd@v1']);
  });

  test('does not change how long the bank is left alone', async () => {
    const market = new Market({ logger }).add('a', 'b');
    market.bank.fails({ ...unavailable, retryAfterMs: 60_000 });
    const [asked] = market.ask('a');
    await settle();
    expect(asked?.error).toMatchObject({ code: 'BANK_AUTH_UNAVAILABLE', retryAfterMs: 60_000 });
  });
});
