import { createHook } from 'node:async_hooks';
import { describe, expect, test } from '@jest/globals';
import { type Observable, Subject } from 'rxjs';
import {
  MemoryTokenStore,
  type StoredToken,
  type TokenChange,
  type TokenStore,
} from '../../../src/store/index.js';
import type { TokenService } from '../../../src/token/token.service.js';
import { as, become, ContextualClock, heard, here } from '../../support/contexts.harness.js';
import { rejected, unavailable } from '../../support/machine.fixtures.js';
import { Emitter, Market, secret } from '../../support/merchants.harness.js';
import { aBank, Harness, HOUR, STALE } from '../../support/token-service.harness.js';
import { settle } from '../../support/virtual-clock.js';

/** A store of the user's that notes in whose context it is asked, and tells its news in one of its own. */
class ContextualStore implements TokenStore {
  readonly asked = new Set<string>();
  readonly news = new Subject<TokenChange>();
  /** Of the token that was written last. */
  fingerprint = '';
  readonly #store = new MemoryTokenStore();

  read(key: string) {
    return this.#note('read', () => this.#store.read(key));
  }

  writeIfNewer(key: string, token: StoredToken) {
    this.fingerprint = token.fingerprint;
    return this.#note('write', () => this.#store.writeIfNewer(key, token));
  }

  remove(key: string, fingerprint: string) {
    return this.#note('remove', () => this.#store.remove(key, fingerprint));
  }

  changes(): Observable<TokenChange> {
    return this.#note('changes', () => this.news);
  }

  async close() {
    this.#note('close', () => undefined);
  }

  #note<T>(what: string, go: () => T): T {
    this.asked.add(`${what} as ${here()}`);
    // As an APM agent may do, which must not reach the flight.
    become('store');
    return go();
  }
}

/** Where everything that a flight calls notes in whose context that happens. */
function scene(parts: ConstructorParameters<typeof Harness>[0] = {}) {
  const clock = new ContextualClock();
  /** In whose context the bank is asked, by each request. */
  const requests: (string | undefined)[] = [];
  const harness: Harness = new Harness({
    clock,
    client: {
      request: (credentials, scopes) => {
        requests.push(here());
        return harness.bank.request(credentials, scopes);
      },
    },
    ...parts,
  });
  return { harness, clock, requests, bank: harness.bank, service: harness.service };
}

const get = (service: TokenService) => service.getToken();
const refresh = (service: TokenService) => service.refresh();
const follow = (service: TokenService) => service.token$;

describe('the context of a subscriber', () => {
  test.each([
    ['getToken()', get],
    ['refresh()', refresh],
  ])(
    'is restored where %s brings it the token of a flight that another caller started',
    async (_, method) => {
      const { bank, service } = scene();
      const calls = ['a', 'b'].map((who) => heard(who, method(service)));
      await settle();
      expect(bank.requests).toBe(1);
      as('bank', () => bank.last.grant());
      expect(calls).toEqual([
        ['token-1 as a', 'end as a'],
        ['token-1 as b', 'end as b'],
      ]);
    },
  );

  test.each([
    ['getToken()', get],
    ['refresh()', refresh],
  ])('is restored where %s fails because a flight of another caller fails', async (_, method) => {
    const { bank, service } = scene();
    const calls = ['a', 'b'].map((who) => heard(who, method(service)));
    await settle();
    as('bank', () => bank.last.fail(rejected));
    expect(calls).toEqual(['a', 'b'].map((who) => [`BANK_AUTH_CREDENTIALS_REJECTED as ${who}`]));
    const late = heard('c', method(service));
    expect(late).toEqual(['BANK_AUTH_CREDENTIALS_REJECTED as c']);
  });

  test('is restored where getToken() brings a cached token', async () => {
    const { harness, service } = scene();
    await as('first', () => harness.warm());
    expect(heard('a', service.getToken())).toEqual(['token-1 as a', 'end as a']);
  });

  test('is restored where getAccessToken() goes on, with a signal and a time-out too', async () => {
    const { bank, clock, service } = scene();
    const none = new AbortController();
    const gone = new AbortController();
    const wait = (who: string, options?: { timeout?: number; signal?: AbortSignal }) =>
      as(who, async () => {
        const result = await service.getAccessToken(options).catch(({ name }) => name);
        return `${result} as ${here()}`;
      });
    const results = [
      wait('a'),
      wait('b', { timeout: 5_000, signal: none.signal }),
      wait('c', { timeout: 5 }),
      wait('d', { signal: gone.signal }),
    ];
    await settle();
    as('elsewhere', () => gone.abort());
    await clock.advance(5);
    as('bank', () => bank.last.grant());
    expect(await Promise.all(results)).toEqual([
      'token-1 as a',
      'token-1 as b',
      'TokenEndpointUnavailableError as c',
      'AbortError as d',
    ]);
  });

  test('is restored where token$ brings the first token and each renewal, whatever causes it, and completes', async () => {
    const { bank, clock, service } = scene();
    const calls = ['a', 'b'].map((who) => heard(who, service.token$));
    await settle();
    as('bank', () => bank.last.grant());
    bank.issues();
    await clock.advance(STALE);
    as('c', () => service.refresh().subscribe());
    await settle();
    as('shutdown', () => service.close());
    expect(calls).toEqual(
      ['a', 'b'].map((who) => [...[1, 2, 3].map((n) => `token-${n} as ${who}`), `end as ${who}`]),
    );
  });

  test('is restored where it hears of the end of the application', async () => {
    const { service } = scene();
    const calls = [get, refresh, follow].map((method, index) => heard(`caller ${index}`, method(service)));
    await settle();
    as('shutdown', () => service.close());
    expect(calls).toEqual([
      ['BANK_AUTH_UNAVAILABLE as caller 0'],
      ['BANK_AUTH_UNAVAILABLE as caller 1'],
      ['end as caller 2'],
    ]);
  });
});

describe('a flight runs in no context of a caller', () => {
  test('when a caller starts it: not its requests, its retries and its timers', async () => {
    const { bank, clock, requests, service } = scene();
    for (const [method, who] of [[get, 'a'] as const, [refresh, 'b'] as const, [follow, 'c'] as const])
      heard(who, method(service));
    await settle();
    bank.last.fail({ kind: 'unavailable', reason: 'ECONNREFUSED' });
    await clock.advance(5_000);
    bank.last.grant();
    await settle();
    expect(requests).toEqual([undefined, undefined]);
    expect(clock.setBy).toEqual(new Set([undefined]));
  });

  test('when it renews in the background of a caller, or because token$ is subscribed to', async () => {
    const { bank, clock, harness, requests, service } = scene();
    await harness.warm();
    await clock.advance(STALE);
    const served = heard('a', service.getToken());
    expect(served[0]).toBe('token-1 as a');
    await settle();
    bank.last.grant();
    bank.issues();
    heard('b', service.token$);
    await clock.advance(STALE);
    // Renewals are put off after a failure, which looks anew at the timer.
    bank.fails(unavailable);
    await clock.advance(STALE + 500);
    expect(service.status.lastErrorCode).toBe('BANK_AUTH_UNAVAILABLE');
    as('c', () => service.invalidate('token-3'));
    bank.issues();
    await clock.advance(5_000);
    expect(requests.length).toBeGreaterThan(4);
    expect(new Set(requests)).toEqual(new Set([undefined]));
    expect(clock.setBy).toEqual(new Set([undefined]));
  });

  test('when the warm-up or keepWarm starts it', async () => {
    const { bank, clock, requests, service } = scene();
    bank.issues();
    as('start', () => {
      service.warmUp();
      service.keepWarm();
    });
    await clock.advance(STALE);
    expect(requests).toEqual([undefined, undefined]);
    expect(clock.setBy).toEqual(new Set([undefined]));
  });

  test('when it calls a function of the definition, or writes a line to the log', async () => {
    const seen: string[] = [];
    const line = (text: unknown) => seen.push(`${String(text).split(':')[0]} as ${here()}`);
    const { bank, clock, service } = scene({
      bank: aBank({
        headers: ({ value }) => {
          seen.push(`headers as ${here()}`);
          return { Authorization: `Bearer ${value}` };
        },
      }),
      logger: { log: line, warn: line, error: line },
    });
    heard('a', service.getToken());
    await settle();
    bank.last.fail(rejected);
    await clock.advance(60_000);
    heard('b', service.getToken());
    await settle();
    bank.last.grant();
    expect(seen).toEqual([
      '[BANK_AUTH_CREDENTIALS_REJECTED] a-bank as undefined',
      'headers as undefined',
      '[BANK_AUTH_TOKEN_RECOVERED] a-bank as undefined',
    ]);
  });

  test('when it has waited for payments under way with a token that a new one ends', async () => {
    const { bank, clock, harness, requests, service } = scene({ bank: aBank({ singleActiveToken: true }) });
    const token = await harness.warm();
    const answered = service.forCall().sending(token);
    heard('a', service.refresh());
    await settle();
    expect(requests).toHaveLength(1);
    as('payment', () => answered?.());
    await settle();
    bank.last.grant();
    expect(requests).toEqual([undefined, undefined]);
    expect(clock.setBy).toEqual(new Set([undefined]));
  });

  test('when it waited for its turn behind the flight of another merchant, or reads credentials', async () => {
    const clock = new ContextualClock();
    const lookups: string[] = [];
    const market = new Market({ clock, tokenRequests: { concurrency: 1, queue: 10 } });
    for (const key of ['flowers', 'books'])
      market.vault.secrets.set(key, () => {
        lookups.push(`${key} as ${here()}`);
        // A function of the user's that enters a context has one of its own.
        become(`vault of ${key}`);
        return secret(key);
      });
    market.bank.hangs();
    const calls = ['flowers', 'books'].map((key) => heard(key, market.of(key).getToken()));
    await settle();
    for (const name of ['f', 'b']) {
      market.bank.last.grant(name);
      await settle();
    }
    expect(calls).toEqual([
      ['f as flowers', 'end as flowers'],
      ['b as books', 'end as books'],
    ]);
    expect(lookups).toEqual(['flowers as undefined', 'books as undefined']);
    expect(clock.setBy).toEqual(new Set([undefined]));
  });

  test('when an Observable of credentials starts it by emitting in a context', async () => {
    const clock = new ContextualClock();
    const market = new Market({ clock });
    const emitter = new Emitter(secret('a'));
    const ends: (string | undefined)[] = [];
    const { changes } = emitter;
    market.vault.secrets.set('a', changes);
    emitter.ended = () => ends.push(here());
    await as('first', () => market.warmAll('a'));
    const calls = heard('follower', market.of('a').token$);
    await clock.advance(600_000);
    for (const version of ['v2', 'v3']) {
      as('administrator', () => emitter.emit(secret('a', version)));
      await settle();
    }
    // Renewals are a second apart.
    await clock.advance(5_000);
    expect(calls).toEqual(['a@v1#1', 'a@v2#2', 'a@v3#3'].map((value) => `${value} as follower`));
    expect(clock.setBy).toEqual(new Set([undefined]));
    as('shutdown', () => market.service.close());
    expect(ends).toEqual([undefined]);
  });

  test('nor does the timer that lets go of idle merchants, nor its log lines', async () => {
    const clock = new ContextualClock();
    const lines: string[] = [];
    const line = (text: unknown) => lines.push(`${String(text).split(':')[0]} as ${here()}`);
    const logger = { log: line, warn: line, error: line };
    const market = new Market({ clock, limit: 1, idleTime: HOUR, logger }).add('a', 'b');
    const subscriptions = ['a', 'b'].map((key) => as(key, () => market.of(key).token$.subscribe()));
    await settle();
    // Idle from here on, one more than are kept.
    for (const subscription of subscriptions) as('last', () => subscription.unsubscribe());
    expect(clock.timers).toBe(1);
    expect(clock.setBy).toEqual(new Set([undefined]));
    expect(lines).toEqual(['[BANK_AUTH_MERCHANTS_EVICTED] a-bank as undefined']);
  });

  test('nor does the timer that keeps the process alive for waiting callers', async () => {
    const { bank, service } = scene();
    const timers: (string | undefined)[] = [];
    const hook = createHook({
      init: (_id, type) => {
        if (type === 'Timeout') timers.push(here());
      },
    }).enable();
    try {
      const calls = heard('a', service.getToken());
      await settle();
      bank.last.grant();
      expect(calls).toEqual(['token-1 as a', 'end as a']);
    } finally {
      hook.disable();
    }
    expect(timers).toEqual([undefined]);
  });
});

describe('a token store is used in no context of a caller', () => {
  test('when a caller waits for a token or invalidates one, or the application ends', async () => {
    const store = new ContextualStore();
    const { bank, clock, harness, requests, service } = scene({ store });
    bank.issues();
    const calls = heard('a', service.token$);
    await settle();
    as('b', () => service.invalidate('token-1'));
    await settle();
    await as('shutdown', () => harness.store?.close());
    expect([...store.asked].sort()).toEqual(
      ['changes', 'close', 'read', 'remove', 'write'].map((what) => `${what} as undefined`),
    );
    expect(calls).toEqual(['token-1 as a', 'token-2 as a']);
    expect(requests).toEqual([undefined, undefined]);
    expect(clock.setBy).toEqual(new Set([undefined]));
  });

  test('and its news bring no subscriber and no flight into its own context', async () => {
    const store = new ContextualStore();
    const { bank, clock, harness, requests, service } = scene({ store });
    await harness.warm();
    bank.issues();
    const calls = heard('a', service.token$);
    const { fingerprint } = store;
    as('news', () => store.news.next({ type: 'removed', fingerprint, refused: false }));
    as('news', () => store.news.next({ type: 'written', fingerprint: 'of-another' }));
    as('news', () => store.news.next({ type: 'resumed' }));
    await clock.advance(5_000);
    expect(calls).toEqual(['token-1 as a', 'token-2 as a']);
    expect(requests).toEqual([undefined, undefined]);
    expect(clock.setBy).toEqual(new Set([undefined]));
  });

  test('when it fails and is checked until it is healthy again', async () => {
    const store = new ContextualStore();
    const lines: string[] = [];
    const line = (text: unknown) => lines.push(`${String(text).split(' is ')[0]} as ${here()}`);
    const { bank, clock, service } = scene({ store, logger: { log: line, warn: line, error: line } });
    bank.issues();
    await as('first', () => service.getAccessToken());
    const remove = store.remove.bind(store);
    store.remove = async () => {
      throw new Error('away');
    };
    as('b', () => service.invalidate('token-1'));
    await settle();
    store.remove = remove;
    await clock.advance(5_000);
    expect(lines).toEqual([
      '[BANK_AUTH_STORE_UNAVAILABLE] The token store as undefined',
      '[BANK_AUTH_STORE_RECOVERED] The token store as undefined',
    ]);
    expect(clock.setBy).toEqual(new Set([undefined]));
  });
});
