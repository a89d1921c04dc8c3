import { describe, expect, test } from '@jest/globals';
import { of } from 'rxjs';
import type { AccessToken } from '../../../src/token/access-token.js';
import type { TokenFailure } from '../../../src/token/token-failure.js';
import { settle } from '../../support/virtual-clock.js';
import { invalid, rejected } from './machine.fixtures.js';
import { Emitter, Market, secret } from './merchants.harness.js';
import { aBank, ask, Follower, HOUR, UNUSABLE } from './token-service.harness.js';

const down: TokenFailure = { kind: 'unavailable', reason: 'ECONNREFUSED' };

/** A merchant `a` whose credentials are told by an Observable that stays open. */
function rotating(parts: ConstructorParameters<typeof Market>[0] = {}) {
  const market = new Market(parts);
  const emitter = new Emitter(secret('a'));
  market.vault.secrets.set('a', emitter.changes);
  const rotate = (version: string) => emitter.emit(secret('a', version));
  const clients = () => market.bank.exchanges.map(({ clientId }) => clientId);
  const times = () => market.bank.exchanges.map(({ sentAt }) => sentAt.monotonic);
  return { market, emitter, rotate, clients, times, a: market.of('a') };
}

/** The same with a token that is ten minutes old. */
async function warm(parts: ConstructorParameters<typeof Market>[0] = {}) {
  const scene = rotating(parts);
  await scene.market.warmAll('a');
  await scene.market.clock.advance(600_000);
  return scene;
}

describe('new credentials that are emitted', () => {
  test('renew at once, and the old token is served until the new one is there', async () => {
    const { market, rotate, a, clients } = await warm();
    market.bank.hangs();
    rotate('v2');
    await settle();
    expect(clients()).toEqual(['a@v1', 'a@v2']);
    expect(a.status).toMatchObject({ state: 'stale', failures: 0 });
    expect(await market.outcomes('a', 'a')).toEqual(['a@v1#1', 'a@v1#1']);
    market.bank.last.grant('new');
    expect(await market.outcomes('a')).toEqual(['new']);
    expect(a.status.state).toBe('fresh');
    await market.clock.advance(HOUR - 200_000);
    expect(market.bank.requests).toBe(2);
  });

  test('bring followers the new token', async () => {
    const { market, rotate, a } = rotating();
    const follower = new Follower(a);
    await settle();
    await market.clock.advance(10_000);
    rotate('v2');
    await settle();
    expect(follower.values).toEqual(['a@v1#1', 'a@v2#2']);
    await market.clock.advance(HOUR);
    expect(follower.values).toEqual(['a@v1#1', 'a@v2#2', 'a@v2#3']);
    follower.leave();
  });

  test('are of no use before anybody wants a token', async () => {
    const { market, rotate, emitter, a } = rotating();
    rotate('v2');
    await settle();
    expect([market.bank.requests, emitter.listeners]).toEqual([0, 0]);
    expect(await a.getAccessToken()).toBe('a@v2#1');
  });

  test('replace a token that was dropped only when one is wanted', async () => {
    const { market, rotate, a } = await warm();
    a.invalidate('a@v1#1');
    rotate('v2');
    await market.clock.advance(10_000);
    expect(market.bank.requests).toBe(1);
    expect(await market.outcomes('a')).toEqual(['a@v2#2']);
  });

  test('that are the same do nothing', async () => {
    const { market, rotate, a } = await warm();
    for (let n = 0; n < 10; n += 1) {
      rotate('v1');
      await market.clock.advance(1_000);
    }
    expect(market.bank.requests).toBe(1);
    expect(a.status.state).toBe('fresh');
  });

  test('that are the same but for their version renew, and without a version it is what they hold that counts', async () => {
    const { market, emitter, clients } = await warm();
    emitter.emit({ ...secret('a'), version: 'other' });
    await market.clock.advance(1_000);
    expect(clients()).toEqual(['a@v1', 'a@v1']);
    const plain = { clientId: 'a', clientSecret: 'one' };
    emitter.emit(plain);
    await market.clock.advance(1_000);
    emitter.emit({ ...plain });
    await market.clock.advance(1_000);
    expect(market.bank.requests).toBe(3);
    emitter.emit({ ...plain, clientSecret: 'two' });
    await market.clock.advance(1_000);
    expect(market.bank.requests).toBe(4);
  });

  test('are those of one merchant', async () => {
    const { market, rotate } = rotating();
    const other = new Emitter(secret('b'));
    market.vault.secrets.set('b', other.changes);
    await market.warmAll('a', 'b');
    await market.clock.advance(10_000);
    rotate('v2');
    expect(await market.outcomes('b')).toEqual(['b@v1#2']);
    expect(await market.outcomes('a')).toEqual(['a@v2#3']);
    expect(market.of('b').status.state).toBe('fresh');
  });

  test('wait for the requests with the old token where the new one ends it', async () => {
    const { market, rotate, a } = await warm({ bank: aBank({ singleActiveToken: true }) });
    const answered = a.sending(a.acquire() as AccessToken);
    rotate('v2');
    await market.clock.advance(3_000);
    expect(market.bank.requests).toBe(1);
    answered?.();
    await settle();
    expect(market.bank.requests).toBe(2);
    expect(await market.outcomes('a')).toEqual(['a@v2#2']);
  });

  test('do not wake one that was let go', async () => {
    const { market, emitter, rotate } = await warm({ limit: 1 });
    await market.add('b').warmAll('b');
    expect(emitter.listeners).toBe(0);
    rotate('v2');
    await market.clock.advance(10_000);
    expect(market.requestsOf('a')).toBe(1);
    expect(await market.outcomes('a')).toEqual(['a@v2#3']);
  });

  test('are no use of a merchant: who is not used otherwise is let go as if there were none', async () => {
    const { market, emitter, rotate } = rotating({ idleTime: HOUR });
    await market.warmAll('a');
    for (const version of ['v2', 'v3', 'v4']) {
      await market.clock.advance(25 * 60_000);
      rotate(version);
    }
    await market.clock.advance(60_000);
    expect(emitter.listeners).toBe(0);
    expect(market.requestsOf('a')).toBe(3);
  });
});

describe('new credentials that are emitted during a flight', () => {
  test('cost one flight more', async () => {
    const { market, rotate, clients, a } = rotating();
    market.bank.hangs();
    const [asked] = market.ask('a');
    await settle();
    await market.clock.advance(3_000);
    rotate('v2');
    market.bank.last.grant('first');
    expect(asked?.token?.value).toBe('first');
    await settle();
    expect(clients()).toEqual(['a@v1', 'a@v2']);
    expect(await market.outcomes('a')).toEqual(['first']);
    market.bank.last.grant('second');
    await market.clock.advance(60_000);
    expect(await market.outcomes('a')).toEqual(['second']);
    expect(market.bank.requests).toBe(2);
    expect(a.status.state).toBe('fresh');
  });

  test('cost one flight more, however many they were, with the last of them', async () => {
    const { market, rotate, clients } = rotating();
    market.bank.hangs();
    market.ask('a');
    await settle();
    for (const version of ['v2', 'v3', 'v4']) rotate(version);
    await market.clock.advance(1_000);
    market.issuesNamed();
    market.bank.last.grant('first');
    await market.clock.advance(60_000);
    expect(clients()).toEqual(['a@v1', 'a@v4']);
    expect(await market.outcomes('a')).toEqual(['a@v4#2']);
  });

  test('cost none where they were taken back meanwhile', async () => {
    const { market, rotate } = rotating();
    market.bank.hangs();
    market.ask('a');
    await settle();
    rotate('v2');
    rotate('v1');
    market.bank.last.grant('first');
    await market.clock.advance(60_000);
    expect(market.bank.requests).toBe(1);
    expect(await market.outcomes('a')).toEqual(['first']);
  });

  test('cost none where the flight has used them: after a rejection', async () => {
    const { market, rotate, clients } = rotating();
    market.bank.replies((exchange) => {
      if (exchange.clientId !== 'a@v1') return exchange.grant(exchange.clientId);
      rotate('v2');
      return exchange.fail(rejected);
    });
    expect(await market.outcomes('a')).toEqual(['a@v2']);
    await market.clock.advance(60_000);
    expect(clients()).toEqual(['a@v1', 'a@v2']);
  });

  test('cost none where the flight has used them: it waited for its turn when it read them', async () => {
    const { market, rotate, clients } = rotating({ tokenRequests: { concurrency: 1, queue: 10 } });
    market.add('b').bank.hangs();
    market.ask('b');
    await settle();
    const [asked] = market.ask('a');
    await settle();
    rotate('v2');
    market.issuesNamed();
    market.bank.last.grant('token-of-b');
    await market.clock.advance(60_000);
    // Those that it has read before are as good as gone: the next flight has the new ones.
    expect(asked?.token?.value.split('#')[0]).toMatch(/^a@v[12]$/);
    expect(await market.outcomes('a')).toEqual([expect.stringMatching(/^a@v2#/)]);
    expect(clients().filter((client) => client === 'a@v2')).toHaveLength(1);
  });

  test('that fails are tried at once where the old ones were the trouble', async () => {
    const { market, rotate, clients, a } = await warm();
    market.bank.hangs();
    const renewal = ask(a, 'refresh');
    await settle();
    rotate('v2');
    market.bank.last.fail(down);
    market.issuesNamed();
    await market.clock.advance(1_000);
    // The same flight tries again, with what it has read.
    expect(renewal.token?.value).toBe('a@v1#3');
    await market.clock.advance(1_000);
    expect(clients()).toEqual(['a@v1', 'a@v1', 'a@v1', 'a@v2']);
    expect(await market.outcomes('a')).toEqual(['a@v2#4']);
  });
});

describe('emissions faster than the bank should be asked', () => {
  test('cost a token a second at most, and the last one wins', async () => {
    const { market, rotate, times, clients } = await warm();
    for (let n = 2; n < 202; n += 1) {
      rotate(`v${n}`);
      await market.clock.advance(50);
    }
    await market.clock.advance(2_000);
    const sent = times();
    for (const [index, at] of sent.entries()) {
      if (index > 0) expect(at - (sent[index - 1] as number)).toBeGreaterThanOrEqual(1_000);
    }
    expect(sent.length).toBeLessThanOrEqual(1 + 12);
    expect(clients().at(-1)).toBe('a@v201');
    expect(await market.outcomes('a')).toEqual([`a@v201#${sent.length}`]);
    await market.clock.advance(60_000);
    expect(market.bank.requests).toBe(sent.length);
  });

  test('cost a token a second at most also with followers and callers', async () => {
    const { market, rotate, times, a } = await warm();
    const follower = new Follower(a);
    for (let n = 2; n < 102; n += 1) {
      rotate(`v${n}`);
      market.ask('a', 'a');
      await market.clock.advance(50);
    }
    await market.clock.advance(2_000);
    const sent = times();
    for (const [index, at] of sent.entries()) {
      if (index > 0) expect(at - (sent[index - 1] as number)).toBeGreaterThanOrEqual(1_000);
    }
    expect(follower.values.at(-1)).toMatch(/^a@v101#/);
    follower.leave();
  });

  test.each([
    ['behind nobody’s back', false],
    ['with callers', true],
  ])('cost a request a second at most where the bank refuses them all, %s', async (_how, called) => {
    const { market, rotate, times } = await warm();
    market.bank.fails(rejected);
    for (let n = 2; n < 102; n += 1) {
      rotate(`v${n}`);
      if (called) market.ask('a');
      await market.clock.advance(100);
    }
    expect(times().filter((at) => at >= 600_000).length).toBeLessThanOrEqual(2 * 11);
    expect(await market.outcomes('a')).toEqual(['a@v1#1']);
  });

  test('cost a request a second at most where there is no token, and callers', async () => {
    const { market, rotate, times } = rotating();
    market.bank.fails(rejected);
    for (let n = 2; n < 102; n += 1) {
      market.ask('a');
      rotate(`v${n}`);
      await market.clock.advance(100);
    }
    expect(times().length).toBeLessThanOrEqual(2 * 11);
  });

  test('leave no timer when all is done', async () => {
    const { market, rotate, times } = await warm({ idleTime: 4_000 });
    market.bank.replies((exchange) => exchange.grant(exchange.clientId, 24 * HOUR));
    await market.outcomes('a');
    for (const version of ['v2', 'v3', 'v4']) rotate(version);
    await market.clock.advance(10_000);
    expect(market.clock.timers).toBe(0);
    expect(times()).toHaveLength(3);
  });
});

describe('a renewal after new credentials that fails', () => {
  test.each([
    ['rejected', rejected, 60_000],
    ['no token in the answer', invalid, 10_000],
    ['an outage', down, 900],
  ])(
    'keeps the old token in use, and is tried again after its cool-down: %s',
    async (_what, failure, coolDown) => {
      const { market, rotate, a } = await warm();
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

  test('keeps the old token in use until it is unusable, and tells the failure from then on', async () => {
    const { market, rotate, a } = await warm();
    market.bank.fails(rejected);
    rotate('v2');
    await market.clock.advance(UNUSABLE - 600_000 - 1);
    expect(await market.outcomes('a')).toEqual(['a@v1#1']);
    expect(a.status.state).toBe('stale');
    await market.clock.advance(1);
    expect(await market.outcomes('a')).toEqual(['BANK_AUTH_CREDENTIALS_REJECTED']);
  });

  test('is tried again on its own where there are followers', async () => {
    const { market, rotate, a } = await warm();
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

describe('what new credentials end', () => {
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
  ])('is the cool-down of %s', async (_what, code, arrange) => {
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
  ])('is not the cool-down of %s', async (_what, failure, code) => {
    const scene = await cooling(({ market }) => market.bank.fails(failure));
    expect(scene.code).toBe(code);
    const { requests } = scene.market.bank;
    scene.rotate('v2');
    await scene.market.clock.advance(5_000);
    expect(await scene.market.outcomes('a')).toEqual([code]);
    expect(scene.market.bank.requests).toBe(requests);
  });

  test('is the wait of followers', async () => {
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

  test('is the wait of followers of a key that nobody has had so far', async () => {
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
  test('reads the source again, and tries once with a version that is another', async () => {
    const market = new Market();
    const versions = ['v1', 'v2', 'v3'];
    market.vault.secrets.set('a', () => secret('a', versions.shift()));
    market.bank.replies((exchange) =>
      exchange.clientId === 'a@v1' ? exchange.fail(rejected) : exchange.grant(exchange.clientId),
    );
    expect(await market.outcomes('a')).toEqual(['a@v2']);
    expect(market.lookupsOf('a')).toBe(2);
  });

  test('of the new ones as well is final, and is remembered as theirs', async () => {
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

  test('is over when the source gives other credentials', async () => {
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

  test('is not over because the source cannot be read for a moment', async () => {
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

describe('an Observable', () => {
  test('that completes is read again at the next renewal', async () => {
    const { market, emitter, rotate } = await warm();
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

  test('that gives one and is done is asked for at each renewal', async () => {
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

  test('that fails keeps the token, and is read again at the next renewal', async () => {
    const { market, emitter, a } = await warm();
    emitter.fail(new Error('s3cret'));
    await settle();
    expect(a.status).toMatchObject({ state: 'fresh', failures: 0 });
    expect([market.bank.requests, emitter.listeners]).toEqual([1, 0]);
    const renewal = ask(a, 'refresh');
    await settle();
    expect(renewal.token?.value).toBe('a@v1#2');
    expect(emitter.listeners).toBe(1);
  });

  test('that fails at first leaves the credentials unread, for a moment', async () => {
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

  test('that emits what is no credentials is heard: the token is renewed in vain, and stays', async () => {
    const { market, emitter, rotate, a } = await warm();
    emitter.emit({ clientId: 'a' });
    await settle();
    expect(a.status).toMatchObject({ state: 'stale', lastErrorCode: 'BANK_AUTH_CONFIG' });
    expect(await market.outcomes('a')).toEqual(['a@v1#1']);
    expect(market.bank.requests).toBe(1);
    rotate('v2');
    expect(await market.outcomes('a')).toEqual(['a@v1#1']);
    expect(await market.outcomes('a')).toEqual(['a@v2#2']);
  });

  test('is listened to once, however often its token is renewed', async () => {
    const { market, emitter, a } = await warm();
    for (let n = 0; n < 5; n += 1) {
      ask(a, 'refresh');
      await market.clock.advance(10_000);
    }
    expect([market.bank.requests, emitter.begun, emitter.listeners, market.lookupsOf('a')]).toEqual([
      6, 1, 1, 1,
    ]);
  });
});
