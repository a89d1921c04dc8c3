import { describe, expect, test } from '@jest/globals';
import { of } from 'rxjs';
import type { TokenFailure } from '../../../../src/token/token-failure.js';
import { invalid, rejected } from '../../../support/machine.fixtures.js';
import { Market, rotating, secret, warmRotating } from '../../../support/merchants.harness.js';
import { ask, Follower, UNUSABLE } from '../../../support/token-service.harness.js';
import { settle } from '../../../support/virtual-clock.js';

const down: TokenFailure = { kind: 'unavailable', reason: 'ECONNREFUSED' };

describe('a failed renewal after new credentials', () => {
  test.each([
    ['rejected', rejected, 60_000],
    ['no token in the answer', invalid, 10_000],
    ['an outage', down, 900],
  ])(
    'keeps the old token in use, and is tried again after its cool-down: %s',
    async (_what, failure, coolDown) => {
      const { market, rotate, a } = await warmRotating();
      market.bank.fails(failure);
      rotate('v2');
      // An outage is tried three times within the flight.
      await market.clock.advance(500);
      const { requests } = market.bank;
      expect(a.status).toMatchObject({ state: 'stale', failures: 1 });
      market.issuesNamed();
      for (let ms = 500; ms < coolDown - 500; ms += 400) {
        expect(await market.outcomes('a')).toEqual(['a@v1#1']);
        await market.clock.advance(Math.min(400, coolDown - ms - 1));
      }
      expect(market.bank.requests).toBe(requests);
      await market.clock.advance(1_000);
      expect(await market.outcomes('a')).toEqual(['a@v1#1']);
      await settle();
      expect(await market.outcomes('a')).toEqual([`a@v2#${requests + 1}`]);
    },
  );

  test('keeps the old token in use until it is unusable, and reports the failure from then on', async () => {
    const { market, rotate, a } = await warmRotating();
    market.bank.fails(rejected);
    rotate('v2');
    await market.clock.advance(UNUSABLE - 600_000 - 1);
    expect(await market.outcomes('a')).toEqual(['a@v1#1']);
    expect(a.status.state).toBe('stale');
    await market.clock.advance(1);
    expect(await market.outcomes('a')).toEqual(['BANK_AUTH_CREDENTIALS_REJECTED']);
  });

  test('is retried on its own where there are followers', async () => {
    const { market, rotate, a } = await warmRotating();
    const follower = new Follower(a);
    market.bank.fails(rejected);
    rotate('v2');
    await market.clock.advance(59_000);
    market.issuesNamed();
    expect(follower.values).toEqual(['a@v1#1']);
    await market.clock.advance(1_000);
    expect(follower.values).toEqual(['a@v1#1', 'a@v2#3']);
    follower.leave();
  });
});

describe('new credentials', () => {
  /** `a` has no token, and a cool-down of this kind. */
  async function cooling(arrange: (scene: ReturnType<typeof rotating>) => void) {
    const scene = rotating();
    arrange(scene);
    const [asked] = scene.market.ask('a');
    await scene.market.clock.advance(800);
    scene.market.issuesNamed();
    return { ...scene, code: asked?.error?.code };
  }

  test.each<[string, string, (scene: ReturnType<typeof rotating>) => void]>([
    ['a rejection', 'BANK_AUTH_CREDENTIALS_REJECTED', ({ market }) => market.bank.fails(rejected)],
    ['nobody of that key', 'BANK_AUTH_CONFIG', ({ emitter }) => emitter.emit(null)],
    ['unreadable ones', 'BANK_AUTH_CONFIG', ({ emitter }) => emitter.emit({ clientId: 'a' })],
  ])('end the cool-down of %s', async (_what, code, arrange) => {
    const scene = await cooling(arrange);
    expect(scene.code).toBe(code);
    expect(scene.a.status.state).toBe('cooling-down');
    scene.rotate('v2');
    // A second after the failure at the latest.
    await scene.market.clock.advance(200);
    expect(scene.a.status.state).toBe('absent');
    expect(await scene.market.outcomes('a')).toEqual([expect.stringMatching(/^a@v2#/)]);
    expect(scene.a.status).toMatchObject({ state: 'fresh', failures: 0 });
  });

  test.each([
    ['an outage', { ...down, retryAfterMs: 60_000 }, 'BANK_AUTH_UNAVAILABLE'],
    ['an answer that is no token', invalid, 'BANK_AUTH_INVALID_RESPONSE'],
  ])('do not end the cool-down of %s', async (_what, failure, code) => {
    const scene = await cooling(({ market }) => market.bank.fails(failure));
    expect(scene.code).toBe(code);
    const { requests } = scene.market.bank;
    scene.rotate('v2');
    await scene.market.clock.advance(5_000);
    expect(await scene.market.outcomes('a')).toEqual([code]);
    expect(scene.market.bank.requests).toBe(requests);
  });

  test('end the wait of followers', async () => {
    const { market, rotate, a } = rotating();
    market.bank.fails(rejected);
    const follower = new Follower(a);
    await market.clock.advance(10_000);
    market.issuesNamed();
    rotate('v2');
    await settle();
    expect(follower.values).toEqual(['a@v2#2']);
    follower.leave();
    expect(market.bank.requests).toBe(2);
  });

  test('end the wait of followers of a key that was unknown so far', async () => {
    const { market, rotate, emitter, a } = rotating();
    emitter.last = null;
    const follower = new Follower(a);
    await market.clock.advance(10_400);
    rotate('v1');
    await market.clock.advance(600);
    expect(follower.values).toEqual(['a@v1#1']);
    follower.leave();
  });
});

describe('a rejection', () => {
  test('reads the source again, and tries once with another version', async () => {
    const market = new Market();
    const versions = ['v1', 'v2', 'v3'];
    market.vault.secrets.set('a', () => secret('a', versions.shift()));
    market.bank.replies((exchange) =>
      exchange.clientId === 'a@v1' ? exchange.fail(rejected) : exchange.grant(exchange.clientId),
    );
    expect(await market.outcomes('a')).toEqual(['a@v2']);
    expect(market.lookupsOf('a')).toBe(2);
  });

  test('of the new credentials too is final, and is remembered as theirs', async () => {
    const market = new Market();
    const versions = ['v1', 'v2'];
    market.vault.secrets.set('a', () => secret('a', versions.length > 1 ? versions.shift() : versions[0]));
    market.bank.fails(rejected);
    expect(await market.outcomes('a')).toEqual(['BANK_AUTH_CREDENTIALS_REJECTED']);
    expect(market.bank.exchanges.map(({ clientId }) => clientId)).toEqual(['a@v1', 'a@v2']);
    await market.clock.advance(30_000);
    expect(await market.outcomes('a')).toEqual(['BANK_AUTH_CREDENTIALS_REJECTED']);
    expect(market.bank.requests).toBe(2);
  });

  test('cools down, and the source is read once a second at most', async () => {
    const market = new Market().add('a');
    market.bank.fails(rejected);
    await market.outcomes('a');
    const before = market.lookupsOf('a');
    for (let ms = 0; ms < 59_000; ms += 100) {
      expect(await market.outcomes('a', 'a')).toEqual(Array(2).fill('BANK_AUTH_CREDENTIALS_REJECTED'));
      await market.clock.advance(100);
    }
    expect(market.lookupsOf('a') - before).toBe(58);
    expect(market.bank.requests).toBe(1);
  });

  test('ends when the source gives other credentials', async () => {
    const market = new Market().add('a');
    market.bank.fails(rejected);
    await market.outcomes('a');
    market.vault.secrets.set('a', secret('a', 'v2'));
    market.issuesNamed();
    await market.clock.advance(999);
    expect(await market.outcomes('a')).toEqual(['BANK_AUTH_CREDENTIALS_REJECTED']);
    await market.clock.advance(1);
    expect(await market.outcomes('a')).toEqual(['a@v2#2']);
    expect(market.of('a').status).toMatchObject({ state: 'fresh', failures: 0 });
  });

  test('does not end because the source is unreadable for a moment', async () => {
    const market = new Market().add('a');
    market.bank.fails(rejected);
    await market.outcomes('a');
    for (const found of [Promise.reject(new Error()), { clientId: 'a' }]) {
      market.vault.secrets.set('a', found);
      await market.clock.advance(1_000);
      expect(await market.outcomes('a')).toEqual(['BANK_AUTH_CREDENTIALS_REJECTED']);
    }
    expect(market.bank.requests).toBe(1);
  });
});

describe('an Observable of credentials', () => {
  test('that completes is subscribed to again at the next renewal', async () => {
    const { market, emitter, rotate } = await warmRotating();
    rotate('v2');
    await market.clock.advance(1_000);
    emitter.complete();
    emitter.last = secret('a', 'v3');
    expect(await market.outcomes('a')).toEqual(['a@v2#2']);
    expect(market.lookupsOf('a')).toBe(1);
    const renewal = ask(market.of('a'), 'refresh');
    await settle();
    expect(renewal.token?.value).toBe('a@v3#3');
    expect([market.lookupsOf('a'), emitter.begun, emitter.listeners]).toEqual([2, 2, 1]);
  });

  test('that gives one value and completes is subscribed to at each renewal', async () => {
    const market = new Market();
    let version = 0;
    market.vault.secrets.set('a', () => {
      version += 1;
      return of(secret('a', `v${version}`));
    });
    await market.warmAll('a');
    const renewal = ask(market.of('a'), 'refresh');
    await settle();
    expect(renewal.token?.value).toBe('a@v2#2');
  });

  test('that fails keeps the token, and is subscribed to again at the next renewal', async () => {
    const { market, emitter, a } = await warmRotating();
    emitter.fail(new Error('s3cret'));
    await settle();
    expect(a.status).toMatchObject({ state: 'fresh', failures: 0 });
    expect([market.bank.requests, emitter.listeners]).toEqual([1, 0]);
    const renewal = ask(a, 'refresh');
    await settle();
    expect(renewal.token?.value).toBe('a@v1#2');
    expect(emitter.listeners).toBe(1);
  });

  test('that fails at first leaves the credentials unread for a moment', async () => {
    const { market, emitter, a } = rotating();
    emitter.last = undefined;
    const [asked] = market.ask('a');
    await settle();
    emitter.fail(Object.assign(new Error('s3cret'), { code: 'ECONNRESET' }));
    await settle();
    expect(asked?.error).toMatchObject({ code: 'BANK_AUTH_CONFIG', retryable: true });
    expect(asked?.error?.message).toContain('failed (ECONNRESET)');
    emitter.last = secret('a');
    await market.clock.advance(1_000);
    expect(await a.getAccessToken()).toBe('a@v1#1');
  });

  test('that emits no credentials makes a renewal fail, and the token stays', async () => {
    const { market, emitter, rotate, a } = await warmRotating();
    emitter.emit({ clientId: 'a' });
    await settle();
    expect(a.status).toMatchObject({ state: 'stale', lastErrorCode: 'BANK_AUTH_CONFIG' });
    expect(await market.outcomes('a')).toEqual(['a@v1#1']);
    expect(market.bank.requests).toBe(1);
    rotate('v2');
    expect(await market.outcomes('a')).toEqual(['a@v1#1']);
    expect(await market.outcomes('a')).toEqual(['a@v2#2']);
  });

  test('is subscribed to once, however often the token is renewed', async () => {
    const { market, emitter, a } = await warmRotating();
    for (let n = 0; n < 5; n += 1) {
      ask(a, 'refresh');
      await market.clock.advance(10_000);
    }
    expect([market.bank.requests, emitter.begun, emitter.listeners, market.lookupsOf('a')]).toEqual([
      6, 1, 1, 1,
    ]);
  });
});
