import { describe, expect, test } from '@jest/globals';
import {
  type LeaseAnswer,
  MemoryTokenStore,
  type StoredFailure,
  type StoredToken,
  type TokenChange,
  type TokenLease,
  type TokenStore,
} from 'nestjs-bank-auth';
import { tokenStoreContract } from 'nestjs-bank-auth/testing';
import { filter, map, type Observable, Subject } from 'rxjs';

type How = Parameters<TokenStore['writeIfNewer']>[2];
type Outcome = { readonly failure: StoredFailure; readonly forMs: number };

/** A sound store, for others to break. */
class Sound implements Required<Omit<TokenStore, 'description'>> {
  protected readonly inner: MemoryTokenStore;

  constructor(one?: Sound) {
    this.inner = one?.inner ?? new MemoryTokenStore();
  }

  read(key: string) {
    return this.inner.read(key);
  }
  writeIfNewer(key: string, token: StoredToken, how?: How) {
    return this.inner.writeIfNewer(key, token, how);
  }
  remove(key: string, fingerprint: string, how?: { readonly refused?: boolean }) {
    return this.inner.remove(key, fingerprint, how);
  }
  lease(key: string, durationMs: number, how?: { readonly despiteFailure?: boolean }): Promise<LeaseAnswer> {
    return this.inner.lease(key, durationMs, how);
  }
  changes(key: string): Observable<TokenChange> {
    return this.inner.changes(key);
  }
  async check(_key: string): Promise<void> {}
  async close(): Promise<void> {}
}

/** One whose leases are changed on their way. */
abstract class Leasing extends Sound {
  override async lease(...asked: Parameters<Sound['lease']>): Promise<LeaseAnswer> {
    const answer = await super.lease(...asked);
    return answer.kind === 'acquired'
      ? { kind: 'acquired', lease: Object.assign(answer.lease, this.changed(answer.lease, asked[0])) }
      : answer;
  }

  protected abstract changed(lease: TokenLease, key: string): Partial<TokenLease>;
}

/** One that takes some keys for the same. */
abstract class Mixing extends Sound {
  protected abstract name(key: string): string;

  override read(key: string) {
    return super.read(this.name(key));
  }
  override writeIfNewer(key: string, token: StoredToken, how?: How) {
    return super.writeIfNewer(this.name(key), token, how);
  }
  override remove(key: string, fingerprint: string, how?: { readonly refused?: boolean }) {
    return super.remove(this.name(key), fingerprint, how);
  }
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** What is wrong with a store, the case that has to find it, and the store. */
const broken: readonly [string, string, new (one?: Sound) => TokenStore][] = [
  [
    'makes something up',
    'finds nothing where nothing was written',
    class extends Sound {
      override async read(key: string) {
        return (await super.read(key)) ?? { token: {} as StoredToken, ageMs: 0 };
      }
    },
  ],
  [
    'forgets with which credentials a token was obtained',
    'gives all of a token back, to every instance',
    class extends Sound {
      override writeIfNewer(key: string, token: StoredToken, how?: How) {
        return super.writeIfNewer(key, { ...token, credentialsVersion: '' }, how);
      }
    },
  ],
  [
    'keeps a token for itself',
    'gives all of a token back, to every instance',
    class extends Sound {
      protected override readonly inner = new MemoryTokenStore();
    },
  ],
  [
    'cuts long tokens off',
    'keeps every visible character, tokens of 60 KiB, no scopes and many',
    class extends Sound {
      override writeIfNewer(key: string, token: StoredToken, how?: How) {
        return super.writeIfNewer(key, { ...token, value: token.value.slice(0, 32_768) }, how);
      }
    },
  ],
  [
    'joins scopes with commas',
    'keeps every visible character, tokens of 60 KiB, no scopes and many',
    class extends Sound {
      override writeIfNewer(key: string, token: StoredToken, how?: How) {
        return super.writeIfNewer(key, { ...token, scopes: token.scopes.join(',').split(',') }, how);
      }
    },
  ],
  [
    'counts the age from when a token was kept',
    'counts the age of a token from when it was asked for, as `ageMs` says',
    class extends Sound {
      override writeIfNewer(key: string, token: StoredToken) {
        return super.writeIfNewer(key, token, { ageMs: 0 });
      }
    },
  ],
  [
    'does not count on',
    'counts the age of a token from when it was asked for, as `ageMs` says',
    class extends Sound {
      readonly #ages = new Map<string, number>();
      override writeIfNewer(key: string, token: StoredToken, how?: How) {
        this.#ages.set(key, how?.ageMs ?? 0);
        return super.writeIfNewer(key, token, how);
      }
      override async read(key: string) {
        const found = await super.read(key);
        return found && { ...found, ageMs: this.#ages.get(key) ?? 0 };
      }
    },
  ],
  [
    'takes every token for new of which no age is told',
    'counts the age of a token by `issuedAt` where nothing else says it',
    class extends Sound {
      override writeIfNewer(key: string, token: StoredToken, how?: How) {
        return super.writeIfNewer(key, token, { ageMs: 0, ...how });
      }
    },
  ],
  [
    'looks at `issuedAt` alone',
    'believes `ageMs` rather than `issuedAt`, in what order tokens were asked for too',
    class extends Sound {
      override writeIfNewer(key: string, token: StoredToken) {
        return super.writeIfNewer(key, token);
      }
    },
  ],
  [
    'gives tokens that will be asked for tomorrow',
    'takes a token from a clock that is ahead for a new one',
    class extends Sound {
      override async read(key: string) {
        const found = await super.read(key);
        return found && { ...found, ageMs: Date.now() - found.token.issuedAt };
      }
    },
  ],
  [
    'keeps tokens for ever',
    'gives no token whose lifetime is over',
    class extends Sound {
      override async writeIfNewer(key: string, token: StoredToken, how?: How) {
        return super.writeIfNewer(key, { ...token, lifetime: Number.MAX_SAFE_INTEGER }, how);
      }
    },
  ],
  [
    'keeps a token for its lifetime, however old it is',
    'gives no token that had expired when it came',
    class extends Sound {
      override writeIfNewer(key: string, token: StoredToken, how?: How) {
        const age = how?.ageMs ?? Date.now() - token.issuedAt;
        return super.writeIfNewer(key, { ...token, lifetime: token.lifetime + age }, how);
      }
    },
  ],
  [
    'never takes a token that was asked for before another one ever was',
    'lets no expired token stand in the way of another',
    class extends Sound {
      readonly #newest = new Map<string, number>();
      override async writeIfNewer(key: string, token: StoredToken, how?: How) {
        const asked = performance.now() - (how?.ageMs ?? 0);
        if (asked < (this.#newest.get(key) ?? -Number.MAX_VALUE)) return false;
        this.#newest.set(key, asked);
        return super.writeIfNewer(key, token, how);
      }
    },
  ],
  [
    'keeps what comes last',
    'keeps the token that was asked for later, whichever comes first',
    class extends Sound {
      override async writeIfNewer(key: string, token: StoredToken, how?: How) {
        const kept = await super.read(key);
        if (kept !== undefined) await super.remove(key, kept.token.fingerprint);
        return super.writeIfNewer(key, token, how);
      }
    },
  ],
  [
    'keeps what comes first',
    'keeps the token that was asked for later, whichever comes first',
    class extends Sound {
      override async writeIfNewer(key: string, token: StoredToken, how?: How) {
        return (await super.read(key)) === undefined && super.writeIfNewer(key, token, how);
      }
    },
  ],
  [
    'looks first and writes afterwards',
    'keeps the newest token of many that come at once',
    class extends Sound {
      override async writeIfNewer(key: string, token: StoredToken, how?: How) {
        const kept = await super.read(key);
        if (kept !== undefined && kept.ageMs < (how?.ageMs ?? 0)) return false;
        await turn();
        const now = await super.read(key);
        if (now !== undefined) await super.remove(key, now.token.fingerprint);
        return super.writeIfNewer(key, token, how);
      }
    },
  ],
  [
    'wants no token twice',
    'takes the same token again',
    class extends Sound {
      override async writeIfNewer(key: string, token: StoredToken, how?: How) {
        const kept = await super.read(key);
        return kept?.token.fingerprint !== token.fingerprint && super.writeIfNewer(key, token, how);
      }
    },
  ],
  [
    'removes whatever there is',
    'removes the token with the fingerprint, and no other',
    class extends Sound {
      override async remove(key: string) {
        const kept = await super.read(key);
        await super.remove(key, kept?.token.fingerprint ?? '');
      }
    },
  ],
  [
    'removes nothing',
    'removes the token with the fingerprint, and no other',
    class extends Sound {
      override async remove() {}
    },
  ],
  [
    'is blind to capital letters',
    'tells keys apart that look alike',
    class extends Mixing {
      protected name(key: string) {
        return key.toLowerCase();
      }
    },
  ],
  [
    'takes letters apart from their accents',
    'tells keys apart that look alike',
    class extends Mixing {
      protected name(key: string) {
        return key.normalize('NFC');
      }
    },
  ],
  [
    'looks at the first 255 characters',
    'tells keys apart that look alike',
    class extends Mixing {
      protected name(key: string) {
        return key.slice(0, 255);
      }
    },
  ],
  [
    'drops blanks at the end',
    'tells keys apart that look alike',
    class extends Mixing {
      protected name(key: string) {
        return key.trimEnd();
      }
    },
  ],
  [
    'takes what is in braces for the key',
    'tells keys apart that look alike',
    class extends Mixing {
      protected name(key: string) {
        return /\{([^}]+)\}/.exec(key)?.[1] ?? key;
      }
    },
  ],
  [
    'shows that it can write by writing',
    'shows by check() that it works, and changes nothing by that',
    class extends Sound {
      override async check(key: string) {
        await super.lease(key, 10_000);
      }
    },
  ],
  [
    'cannot be opened again',
    'works again after close()',
    class extends Sound {
      #closed = false;
      override async close() {
        this.#closed = true;
      }
      override async read(key: string) {
        if (this.#closed) throw new Error('closed');
        return super.read(key);
      }
    },
  ],
  [
    'looks first and takes the lease afterwards',
    'gives the lease to one of many who ask at once',
    class Slow extends Sound {
      static readonly held = new Set<string>();
      override async lease(key: string, durationMs: number): Promise<LeaseAnswer> {
        if (Slow.held.has(key)) return { kind: 'held', forMs: durationMs };
        await turn();
        Slow.held.add(key);
        const release = async () => void Slow.held.delete(key);
        return { kind: 'acquired', lease: { release, extend: async () => true } };
      }
    },
  ],
  [
    'says that others have it for as long as one would like to have it',
    'says for how long at most somebody has the lease',
    class extends Sound {
      override async lease(...asked: Parameters<Sound['lease']>): Promise<LeaseAnswer> {
        const answer = await super.lease(...asked);
        return answer.kind === 'held' ? { ...answer, forMs: asked[1] } : answer;
      }
    },
  ],
  [
    'waits for ever for a holder that died',
    'gives the lease to the next one when its time is over',
    class extends Sound {
      override lease(key: string, _durationMs: number, how?: { readonly despiteFailure?: boolean }) {
        return super.lease(key, 600_000, how);
      }
    },
  ],
  [
    'extends no lease, and says it did',
    'extends a lease, counting from then on, to more than it had and to less',
    class extends Leasing {
      protected changed(): Partial<TokenLease> {
        return { extend: async () => true };
      }
    },
  ],
  [
    'never makes a lease shorter',
    'extends a lease, counting from then on, to more than it had and to less',
    class extends Leasing {
      protected changed({ extend }: TokenLease): Partial<TokenLease> {
        return { extend: (durationMs) => extend(Math.max(durationMs, 60_000)) };
      }
    },
  ],
  [
    'extends what was lost',
    'extends no lease that was lost, and says so',
    class extends Leasing {
      protected changed({ extend }: TokenLease, key: string): Partial<TokenLease> {
        return {
          extend: async (durationMs) =>
            (await extend(durationMs)) || (await this.inner.lease(key, durationMs)).kind === 'acquired',
        };
      }
    },
  ],
  [
    'frees no lease before its time',
    'frees the lease when it is released',
    class extends Leasing {
      protected changed(): Partial<TokenLease> {
        return { release: async () => {} };
      }
    },
  ],
  [
    "releases whoever's lease it is",
    "leaves the next holder's lease alone when one that was lost is released",
    class extends Leasing {
      static readonly holders = new Map<string, () => Promise<void>>();
      protected changed({ release }: TokenLease, key: string): Partial<TokenLease> {
        const { holders } = this.constructor as unknown as { holders: Map<string, () => Promise<void>> };
        holders.set(key, release);
        return { release: async () => holders.get(key)?.() };
      }
    },
  ],
  [
    'has one lease for many keys',
    'keeps the leases and failures of keys apart that look alike',
    class extends Sound {
      override lease(key: string, durationMs: number, how?: { readonly despiteFailure?: boolean }) {
        return super.lease(key.slice(0, 255), durationMs, how);
      }
    },
  ],
  [
    'lets nobody write but the holder of the lease',
    'lets tokens be read, written and removed while somebody has the lease',
    class extends Sound {
      override async writeIfNewer(key: string, token: StoredToken, how?: How) {
        if (how?.lease !== undefined) return super.writeIfNewer(key, token, how);
        const answer = await super.lease(key, 1);
        return answer.kind !== 'held' && super.writeIfNewer(key, token, how);
      }
    },
  ],
  [
    'goes by clocks alone',
    'takes the token of a later lease for the newer one, whatever clocks say',
    class extends Sound {
      override writeIfNewer(key: string, token: StoredToken, how?: How) {
        return super.writeIfNewer(key, token, how?.ageMs === undefined ? undefined : { ageMs: how.ageMs });
      }
    },
  ],
  [
    'believes every holder of a lease',
    'refuses the token of an earlier lease that comes late, whatever clocks say',
    class extends Sound {
      override writeIfNewer(key: string, token: StoredToken, how?: How) {
        return super.writeIfNewer(key, token, how?.lease === undefined ? how : { ageMs: 0 });
      }
    },
  ],
  [
    'takes nothing from one who has lost the lease',
    'keeps the token of a lost lease as long as there is no other',
    class extends Sound {
      override async writeIfNewer(key: string, token: StoredToken, how?: How) {
        if (how?.lease !== undefined && !(await how.lease.extend(1_000))) return false;
        return super.writeIfNewer(key, token, how);
      }
    },
  ],
  [
    'forgets whose credentials were rejected',
    'tells all of a failure to whoever asks for the lease, and how long it has to wait',
    class extends Leasing {
      protected changed({ release }: TokenLease): Partial<TokenLease> {
        return {
          release: (outcome) =>
            release(
              outcome && { ...outcome, failure: { ...outcome.failure, credentialsVersion: undefined } },
            ),
        };
      }
    },
  ],
  [
    'makes everybody wait for the whole time',
    'tells all of a failure to whoever asks for the lease, and how long it has to wait',
    class extends Sound {
      override async lease(...asked: Parameters<Sound['lease']>): Promise<LeaseAnswer> {
        const answer = await super.lease(...asked);
        return answer.kind === 'cooling-down' ? { ...answer, forMs: 30_000 } : answer;
      }
    },
  ],
  [
    'never forgets a failure',
    'forgets a failure when its time is over',
    class extends Leasing {
      protected changed({ release }: TokenLease): Partial<TokenLease> {
        return { release: (outcome) => release(outcome && { ...outcome, forMs: 600_000 }) };
      }
    },
  ],
  [
    'lets nobody try in spite of a failure',
    'gives the lease despite a failure to one who asks for that, and tells the others of it still',
    class extends Sound {
      override lease(key: string, durationMs: number) {
        return super.lease(key, durationMs);
      }
    },
  ],
  [
    'forgets a failure as soon as one tries in spite of it',
    'gives the lease despite a failure to one who asks for that, and tells the others of it still',
    class extends Leasing {
      protected changed({ release }: TokenLease): Partial<TokenLease> {
        return {
          release: (outcome: Outcome = { failure: {} as StoredFailure, forMs: 0 }) => release(outcome),
        };
      }
    },
  ],
  [
    'remembers a failure although there is a token',
    'forgets a failure once a token is kept, and not when one is refused',
    class extends Leasing {
      readonly #failures = new Map<string, Outcome>();
      protected changed({ release }: TokenLease, key: string): Partial<TokenLease> {
        return {
          release: (outcome) => {
            if (outcome !== undefined) this.#failures.set(key, outcome);
            return release(outcome);
          },
        };
      }
      override async lease(...asked: Parameters<Sound['lease']>): Promise<LeaseAnswer> {
        const failure = this.#failures.get(asked[0]);
        return failure === undefined ? super.lease(...asked) : { kind: 'cooling-down', ...failure };
      }
    },
  ],
  [
    'forgets a failure for any token that comes',
    'forgets a failure once a token is kept, and not when one is refused',
    class extends Sound {
      override async writeIfNewer(key: string, token: StoredToken, how?: How) {
        const answer = await super.lease(key, 1_000, { despiteFailure: true });
        if (answer.kind === 'acquired')
          await answer.lease.release({ failure: {} as StoredFailure, forMs: 0 });
        return super.writeIfNewer(key, token, how);
      }
    },
  ],
  [
    'names each who asks instead of the one who has it',
    'names whoever has the lease the same for as long as it is that lease, if at all',
    class extends Sound {
      #asked = 0;
      override async lease(...asked: Parameters<Sound['lease']>) {
        const answer = await super.lease(...asked);
        this.#asked += 1;
        return answer.kind === 'held' ? { ...answer, owner: `${this.#asked}` } : answer;
      }
    },
  ],
  [
    'names all holders alike',
    'names whoever has the lease the same for as long as it is that lease, if at all',
    class extends Sound {
      override async lease(...asked: Parameters<Sound['lease']>) {
        const answer = await super.lease(...asked);
        return answer.kind === 'held' ? { ...answer, owner: 'somebody' } : answer;
      }
    },
  ],
  [
    'names holders by more than it takes to tell them apart',
    'names whoever has the lease the same for as long as it is that lease, if at all',
    class extends Sound {
      override async lease(...asked: Parameters<Sound['lease']>) {
        const answer = await super.lease(...asked);
        return answer.kind === 'held' ? { ...answer, owner: `${answer.owner}`.padEnd(1_000) } : answer;
      }
    },
  ],
  [
    'forgets which process met a failure, and whether it was confirmed',
    'tells all of a failure to whoever asks for the lease, and how long it has to wait',
    class extends Leasing {
      protected changed({ release }: TokenLease) {
        return {
          release: (outcome?: Outcome) => {
            if (outcome === undefined) return release();
            const { by: _by, confirmed: _confirmed, ...failure } = outcome.failure;
            return release({ ...outcome, failure: failure as StoredFailure });
          },
        };
      }
    },
  ],
  [
    'wants whole milliseconds',
    'takes fractions of milliseconds',
    class extends Sound {
      override async lease(...asked: Parameters<Sound['lease']>) {
        if (!Number.isInteger(asked[1])) throw new Error('ERR value is not an integer');
        return super.lease(...asked);
      }
    },
  ],
  [
    'tells of a token before it is there',
    'tells other instances that a token was written, once it can be read',
    class Hasty extends Sound {
      static readonly news = new Subject<{ readonly key: string; readonly change: TokenChange }>();
      override async writeIfNewer(key: string, token: StoredToken, how?: How) {
        Hasty.news.next({ key, change: { type: 'written', fingerprint: token.fingerprint } });
        await turn();
        return super.writeIfNewer(key, token, how);
      }
      override changes(key: string): Observable<TokenChange> {
        return Hasty.news.pipe(
          filter((news) => news.key === key),
          map(({ change }) => change),
        );
      }
    },
  ],
  [
    'tells of no token',
    'tells other instances that a token was written, once it can be read',
    class extends Sound {
      override changes(key: string): Observable<TokenChange> {
        return super.changes(key).pipe(filter(({ type }) => type !== 'written'));
      }
    },
  ],
  [
    'tells of another token than was written',
    'tells other instances that a token was written, once it can be read',
    class extends Sound {
      override changes(key: string): Observable<TokenChange> {
        return super
          .changes(key)
          .pipe(map((change) => (change.type === 'written' ? { ...change, fingerprint: 'x' } : change)));
      }
    },
  ],
  [
    'does not say that a token had been refused',
    'tells other instances which token was removed, and whether it had been refused',
    class extends Sound {
      override remove(key: string, fingerprint: string) {
        return super.remove(key, fingerprint);
      }
    },
  ],
  [
    'tells of no released lease',
    'tells other instances that the lease was released',
    class extends Sound {
      override changes(key: string): Observable<TokenChange> {
        return super.changes(key).pipe(filter(({ type }) => type !== 'released'));
      }
    },
  ],
  [
    'tells everybody of everything',
    'tells of no other key than was asked for',
    class Loud extends Sound {
      static readonly news = new Subject<TokenChange>();
      override async writeIfNewer(key: string, token: StoredToken, how?: How) {
        const kept = await super.writeIfNewer(key, token, how);
        Loud.news.next({ type: 'written', fingerprint: token.fingerprint });
        return kept;
      }
      override async remove(key: string, fingerprint: string, how?: { readonly refused?: boolean }) {
        await super.remove(key, fingerprint, how);
        Loud.news.next({ type: 'removed', fingerprint, refused: how?.refused ?? false });
      }
      override changes() {
        return Loud.news;
      }
    },
  ],
  [
    'fails when there is news',
    'tells everybody who listens, and nobody who has left',
    class extends Sound {
      override changes(key: string): Observable<TokenChange> {
        return super.changes(key).pipe(
          map(() => {
            throw new Error('the connection is lost');
          }),
        );
      }
    },
  ],
  [
    'has one listener at a time',
    'tells everybody who listens, and nobody who has left',
    class extends Sound {
      readonly #latest = new Map<string, number>();
      override changes(key: string): Observable<TokenChange> {
        const number = (this.#latest.get(key) ?? 0) + 1;
        this.#latest.set(key, number);
        return super.changes(key).pipe(filter(() => this.#latest.get(key) === number));
      }
    },
  ],
  [
    'goes on telling whoever has left',
    'tells everybody who listens, and nobody who has left',
    class extends Sound {
      override changes(key: string): Observable<TokenChange> {
        const source = super.changes(key);
        return {
          subscribe(observer: { next(change: TokenChange): void }) {
            source.subscribe((change) => observer.next(change));
            return { unsubscribe: () => undefined };
          },
        } as unknown as Observable<TokenChange>;
      }
    },
  ],
];

const caseOf = (name: string, store: new (one?: Sound) => TokenStore, options = {}) => {
  const found = tokenStoreContract(() => new store(), {
    another: (one) => new store(one as Sound),
    ...options,
  }).find((one) => one.name === name);
  if (found === undefined) throw new Error(`there is no case of the name: ${name}`);
  return found;
};

describe('the store contract finds a store that', () => {
  test.concurrent.each(broken)('%s: “%s”', async (_what, name, store) => {
    await expect(caseOf(name, store).run()).rejects.toThrow();
  });

  test('lacks lease() or changes(), unless it is declared to lack them', async () => {
    class Plain {
      readonly #inner = new MemoryTokenStore();
      read = this.#inner.read.bind(this.#inner);
      writeIfNewer = this.#inner.writeIfNewer.bind(this.#inner);
      remove = this.#inner.remove.bind(this.#inner);
    }
    await expect(caseOf('frees the lease when it is released', Plain).run()).rejects.toThrow(
      /no lease\(\).*`leases: false`/,
    );
    await expect(caseOf('tells of no other key than was asked for', Plain).run()).rejects.toThrow(
      /no changes\(\).*`changes: false`/,
    );
    await Promise.all(
      tokenStoreContract(() => new Plain(), { leases: false, changes: false }).map(({ run }) => run()),
    );
  });

  test('(but not one that does not name the holder of the lease)', async () => {
    class Discreet extends Sound {
      override async lease(...asked: Parameters<Sound['lease']>): Promise<LeaseAnswer> {
        const answer = await super.lease(...asked);
        return answer.kind === 'held' ? { kind: 'held', forMs: answer.forMs } : answer;
      }
    }
    const name = 'names whoever has the lease the same for as long as it is that lease, if at all';
    await caseOf(name, Discreet).run();
  });

  test('(but not one that does not name the written token)', async () => {
    class Discreet extends Sound {
      override changes(key: string): Observable<TokenChange> {
        return super
          .changes(key)
          .pipe(map((change) => (change.type === 'written' ? { type: 'written' } : change)));
      }
    }
    await Promise.all(tokenStoreContract(() => new Discreet(), { leases: false }).map(({ run }) => run()));
  });

  test('is broken, and accepts a sound one in each case', async () => {
    const cases = new Set(tokenStoreContract(() => new Sound()).map(({ name }) => name));
    expect(new Set(broken.map(([, name]) => name))).toEqual(cases);
    await Promise.all([...cases].map((name) => caseOf(name, Sound).run()));
  }, 20_000);
});

describe('the store contract', () => {
  test('closes the stores that it made once, also where a case fails', async () => {
    const closed: object[] = [];
    class Counting extends Sound {
      override async close() {
        closed.push(this);
      }
      override async read(): Promise<undefined> {
        throw new Error('out of order');
      }
    }
    const name = 'finds nothing where nothing was written';
    await expect(caseOf(name, Counting).run()).rejects.toThrow('out of order');
    expect(new Set(closed).size).toBe(2);
    expect(closed).toHaveLength(2);
    await expect(caseOf(name, Counting, { another: undefined }).run()).rejects.toThrow('out of order');
    expect(closed).toHaveLength(3);
  });

  test('leaves out the features that a store is declared to lack', () => {
    const names = (options: object) => tokenStoreContract(() => new Sound(), options).map(({ name }) => name);
    const all = names({});
    expect(new Set(all).size).toBe(all.length);
    expect(names({ leases: false }).filter((name) => /lease|failure/.test(name))).toEqual([]);
    expect(names({ changes: false }).filter((name) => /^tells (?!all)(?!keys)/.test(name))).toEqual([]);
    expect(names({ leases: false, changes: false }).length).toBeGreaterThan(10);
  });
});
