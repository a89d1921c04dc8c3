import { describe, expect, test } from '@jest/globals';
import { BehaviorSubject } from 'rxjs';
import { MemoryTokenStore } from '../../../../src/store/index.js';
import { fingerprintOf } from '../../../../src/token/arrival.js';
import { Emitter, Market, names, secret } from '../../../support/merchants.harness.js';
import { Link } from '../../../support/replicas.harness.js';
import { ask, Follower } from '../../../support/token-service.harness.js';
import { settle, VirtualClock } from '../../../support/virtual-clock.js';

describe('an unknown key', () => {
  test('is reported as unknown, and looked up again after a second at the earliest', async () => {
    const market = new Market();
    const [asked] = market.ask('nobody');
    await settle();
    expect(asked?.error).toMatchObject({
      code: 'BANK_AUTH_CONFIG',
      provider: 'a-bank',
      merchant: 'nobody',
      retryable: false,
      requestSent: false,
      retryAfterMs: 1_000,
      message:
        'a-bank (merchant "nobody"): there is no such merchant (the function providers.a-bank.credentials knows no such merchant), so nothing was sent. Correct the key, or add the merchant. It is looked up again in 1 s.',
    });
    await market.clock.advance(999);
    const [again] = market.ask('nobody');
    await settle();
    expect(again?.error).toMatchObject({ code: 'BANK_AUTH_CONFIG', retryable: false, retryAfterMs: 1 });
    expect(market.vault.lookups).toEqual(['nobody']);
    await market.clock.advance(1);
    await market.outcomes('nobody');
    expect(market.vault.lookups).toEqual(['nobody', 'nobody']);
    // However often it has been asked for in vain.
    for (let n = 0; n < 5; n += 1) {
      await market.clock.advance(1_000);
      await market.outcomes('nobody');
    }
    expect(market.lookupsOf('nobody')).toBe(7);
    expect(market.logger.lines).toEqual([]);
    expect(market.bank.requests).toBe(0);
  });

  test('is not looked up by an explicit renewal either within that second', async () => {
    const market = new Market();
    await market.outcomes('nobody');
    const asked = ask(market.of('nobody'), 'refresh');
    await settle();
    expect(asked.error).toMatchObject({ code: 'BANK_AUTH_CONFIG', retryAfterMs: 1_000 });
    expect(market.lookupsOf('nobody')).toBe(1);
  });

  test.each([[undefined], [null]])(
    'is a key for which the function gives %p, or a promise of it',
    async (found) => {
      const market = new Market();
      market.vault.secrets
        .set('a', found)
        .set('b', Promise.resolve(found))
        .set('c', new Emitter(null).changes);
      expect(await market.outcomes('a', 'b', 'c')).toEqual(Array(3).fill('BANK_AUTH_CONFIG'));
      expect(market.of('a').status).toMatchObject({
        state: 'cooling-down',
        lastErrorCode: 'BANK_AUTH_CONFIG',
      });
    },
  );

  test('works a second after the merchant was added', async () => {
    const market = new Market();
    await market.outcomes('new');
    market.add('new');
    expect(await market.outcomes('new')).toEqual(['BANK_AUTH_CONFIG']);
    await market.clock.advance(1_000);
    expect(await market.outcomes('new')).toEqual(['new@v1#1']);
    expect(market.of('new').status).toMatchObject({ state: 'fresh', failures: 0 });
  });

  test('works at once after the merchant was added where an Observable says so', async () => {
    const market = new Market();
    const emitter = new Emitter(null);
    market.vault.secrets.set('new', emitter.changes);
    expect(await market.outcomes('new')).toEqual(['BANK_AUTH_CONFIG']);
    expect(emitter.listeners).toBe(1);
    emitter.emit(secret('new'));
    expect(await market.outcomes('new')).toEqual(['new@v1#1']);
  });

  test('brings its follower a token as soon as the merchant is added', async () => {
    const market = new Market();
    const follower = new Follower(market.of('new'));
    await market.clock.advance(10_500);
    expect(market.lookupsOf('new')).toBe(11);
    market.add('new');
    await market.clock.advance(500);
    expect(follower).toMatchObject({ values: ['new@v1#1'], error: undefined });
    follower.leave();
  });

  test('loses its token where a renewal finds the merchant removed, which is reported once', async () => {
    const market = new Market().add('a', 'b');
    const follower = new Follower(market.of('a'));
    await market.warmAll('b');
    market.vault.secrets.delete('a');
    // Until then nobody knows.
    expect(await market.outcomes('a')).toEqual(['a@v1#1']);
    const renewal = ask(market.of('a'), 'refresh');
    await settle();
    expect(renewal.error).toMatchObject({ code: 'BANK_AUTH_CONFIG', retryable: false });
    expect(await market.outcomes('a', 'b')).toEqual(['BANK_AUTH_CONFIG', 'b@v1#2']);
    await market.clock.advance(10_000);
    expect(market.logger.lines).toEqual([
      expect.stringMatching(/^error \[BANK_AUTH_CONFIG\] a-bank \(merchant "a"\): there is no such merchant/),
    ]);
    market.add('a');
    await market.clock.advance(1_000);
    expect(follower.values).toEqual(['a@v1#1', 'a@v1#3']);
    expect(market.logger.lines.at(-1)).toMatch(
      /^log \[BANK_AUTH_TOKEN_RECOVERED\] a-bank \(merchant "a"\): tokens are issued again/,
    );
    follower.leave();
  });

  test('loses its token in the store too where a renewal finds the merchant removed', async () => {
    const clock = new VirtualClock();
    const shared = new MemoryTokenStore(() => clock.now());
    const market = new Market({ clock, store: new Link(new BehaviorSubject(shared)) }).add('a');
    await market.warmAll('a');
    const key = JSON.stringify(['a-bank', ['a'], market.parts.tokenUrl, [...market.parts.scopes].sort()]);
    expect(await shared.read(key)).toBeDefined();
    market.vault.secrets.delete('a');
    ask(market.of('a'), 'refresh');
    await settle();
    expect(await shared.read(key)).toBeUndefined();
  });
});

describe('unknown keys', () => {
  test('displace no merchant, however many they are', async () => {
    const market = new Market({ limit: 2 }).add('a', 'b');
    await market.warmAll('a', 'b');
    await market.outcomes(...names(200, 'made-up'));
    expect(await market.outcomes('a', 'b')).toEqual(['a@v1#1', 'b@v1#2']);
    expect(market.bank.requests).toBe(2);
  });

  test('are remembered, at most a thousand of them', async () => {
    const market = new Market();
    const many = names(1_001, 'made-up');
    for (const key of many) await market.outcomes(key);
    expect(market.vault.lookups).toHaveLength(1_001);
    await market.outcomes(...many.slice(1));
    expect(market.vault.lookups).toHaveLength(1_001);
    await market.outcomes(many[0] as string);
    expect(market.vault.lookups).toHaveLength(1_002);
  });

  test('leave no subscription behind when they are forgotten', async () => {
    const market = new Market();
    const emitter = new Emitter(null);
    market.vault.otherwise = () => emitter.changes;
    await market.outcomes(...names(1_500, 'made-up'));
    expect(emitter.begun).toBe(1_500);
    expect(emitter.listeners).toBe(1_000);
    market.service.close();
    expect(emitter.listeners).toBe(0);
  });
});

describe('a function that fails', () => {
  test('is called again after a cool-down that grows to three seconds', async () => {
    const market = new Market();
    market.vault.otherwise = () =>
      Promise.reject(Object.assign(new Error('s3cret'), { code: 'ECONNREFUSED' }));
    const times: number[] = [];
    let known = 0;
    for (let ms = 0; ms < 12_000; ms += 100) {
      const [asked] = market.ask('a');
      await settle();
      expect(asked?.error).toMatchObject({ code: 'BANK_AUTH_CONFIG', retryable: true, requestSent: false });
      expect(asked?.error?.message).toContain(
        'the credentials could not be read (the function providers.a-bank.credentials failed (ECONNREFUSED))',
      );
      if (market.vault.lookups.length > known) times.push(ms);
      known = market.vault.lookups.length;
      await market.clock.advance(100);
    }
    // The fixed random makes each a tenth shorter.
    expect(times).toEqual([0, 900, 2_700, 5_400, 8_100, 10_800]);
    expect(market.logger.lines).toHaveLength(1);
    market.add('a');
    await market.clock.advance(3_000);
    expect(await market.outcomes('a')).toEqual(['a@v1#1']);
    expect(market.logger.lines.at(-1)).toMatch(/^log .*tokens are issued again/);
  });

  test('displaces no merchant, whatever keys are asked for meanwhile', async () => {
    const market = new Market({ limit: 3 }).add('a', 'b', 'c');
    await market.warmAll('a', 'b', 'c');
    market.vault.otherwise = () => {
      throw new Error('vault down');
    };
    expect(new Set(await market.outcomes(...names(500)))).toEqual(new Set(['BANK_AUTH_CONFIG']));
    expect(await market.outcomes('a', 'b', 'c')).toEqual(['a@v1#1', 'b@v1#2', 'c@v1#3']);
    expect(market.bank.requests).toBe(3);
  });

  test('leaves merchants with a good token alone, and keeps the others waiting no longer than it is down', async () => {
    const market = new Market().add('a', 'b');
    await market.warmAll('a');
    market.vault.secrets.clear();
    market.vault.otherwise = () => {
      throw new Error('vault down');
    };
    await market.clock.advance(3_500_000);
    expect(await market.outcomes('a', 'b')).toEqual(['a@v1#1', 'BANK_AUTH_CONFIG']);
    market.add('a', 'b');
    await market.clock.advance(1_000);
    expect(await market.outcomes('a', 'b')).toEqual(['a@v1#1', 'b@v1#3']);
    expect(await market.outcomes('a')).toEqual(['a@v1#2']);
  });

  test('without an answer is given up after the deadline, as one that is out of order', async () => {
    const market = new Market({ limit: 1 });
    market.vault.secrets.set('a', new Promise(() => undefined));
    const [asked] = market.ask('a');
    await market.clock.advance(15_000);
    expect(asked?.error).toMatchObject({ code: 'BANK_AUTH_CONFIG', retryable: true });
    expect(asked?.error?.message).toContain(
      '(the function providers.a-bank.credentials: no answer within 15000 ms)',
    );
  });
});

describe('a merchant that was unknown or unreadable, and is known now,', () => {
  /** Known for a stranger: its token was refused, and the function fails. */
  async function returned(found: (name: string) => unknown) {
    const clock = new VirtualClock();
    const shared = new MemoryTokenStore(() => clock.now());
    const store = new Link(new BehaviorSubject(shared));
    const market = new Market({ clock, store });
    await market.outcomes('a');
    market.vault.secrets.set('a', found('a'));
    await clock.advance(1_000);
    expect(await market.outcomes('a')).toEqual(['a@v1#1']);
    const key = JSON.stringify(['a-bank', ['a'], market.parts.tokenUrl, [...market.parts.scopes].sort()]);
    return { market, clock, shared, store, key };
  }

  test('hears what other processes do with its token', async () => {
    const { market, shared, key } = await returned((name) => secret(name));
    await shared.remove(key, fingerprintOf('a@v1#1'), { refused: true });
    await settle();
    expect(market.of('a').status.state).toBe('absent');
    expect(await market.outcomes('a')).toEqual(['a@v1#2']);
  });

  test('listens to the store once', async () => {
    const { store } = await returned((name) => secret(name));
    expect(store.listeners).toBe(1);
  });

  test('goes on listening to an Observable that it has listened to before', async () => {
    const market = new Market();
    const emitter = new Emitter(null);
    market.vault.secrets.set('a', emitter.changes);
    await market.outcomes('a');
    await market.clock.advance(1_000);
    await market.outcomes('a');
    expect(emitter.begun).toBe(1);
    emitter.emit(secret('a'));
    expect(await market.outcomes('a')).toEqual(['a@v1#1']);
    emitter.emit(secret('a', 'v2'));
    await market.clock.advance(1_000);
    expect(await market.outcomes('a')).toEqual(['a@v2#2']);
    expect([emitter.begun, emitter.listeners]).toEqual([1, 1]);
  });
});
