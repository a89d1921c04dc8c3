import assert from 'node:assert/strict';
import type { LeaseAnswer, StoredFailure, TokenLease, TokenStore } from '../../index.js';
import {
  assertKept,
  assertSame,
  aToken,
  type ContractCase,
  passed,
  TOLERANCE,
  timed,
  wasWithin,
} from './contract-case.js';
import { lookAlikes } from './look-alikes.js';

/** Longer than any case takes, in milliseconds. */
const LONG = 60_000;

export const leaseCases: readonly ContractCase[] = [
  {
    name: 'gives the lease to one of many who ask at once',
    async body({ one, two, newKey }) {
      const key = newKey();
      for (let round = 0; round < 5; round++) {
        const answers = await Promise.all(
          Array.from({ length: 20 }, (_, index) => ask((index + round) % 2 === 0 ? one : two, key, LONG)),
        );
        const leases = answers.flatMap((answer) => (answer.kind === 'acquired' ? [answer.lease] : []));
        assert.equal(leases.length, 1, `${leases.length} of 20 got the lease at once`);
        const others = answers.filter(({ kind }) => kind === 'held').length;
        assert.equal(others, 19, `${others} of 19 were told that somebody else has the lease`);
        await leases[0]!.release();
      }
    },
  },
  {
    name: 'says for how long at most somebody has the lease',
    async body({ one, both, newKey }) {
      const key = newKey();
      const acquired = await timed(() => acquire(one, key, LONG));
      for (const store of both) {
        const asked = await timed(() => ask(store, key, 1_000));
        assertHeld(asked.value, LONG - Math.max(0, asked.from - acquired.to));
        assertHeldAtLeast(asked.value, LONG - (asked.to - acquired.from));
      }
    },
  },
  {
    name: 'names whoever has the lease the same for as long as it is that lease, if at all',
    async body({ one, two, newKey, both }) {
      const key = newKey();
      const lease = await acquire(one, key, LONG);
      const names = new Set<string | undefined>();
      for (const store of both) names.add(await ownerOf(store, key));
      await lease.extend(LONG);
      for (const store of both) names.add(await ownerOf(store, key));
      assert.equal(names.size, 1, 'the owner of one lease has several names');
      await lease.release();
      await acquire(two, key, LONG);
      const [first] = names;
      const isAnother = first === undefined || (await ownerOf(one, key)) !== first;
      assert.ok(isAnother, 'the owners of two leases have the same name');
    },
  },
  {
    name: 'gives the lease to the next one when its time is over',
    async body({ one, two, newKey }) {
      const key = newKey();
      const acquired = await timed(() => acquire(one, key, 80));
      const asked = await timed(() => ask(two, key, LONG));
      if (wasWithin(80, acquired, asked)) assertHeld(asked.value, 80);
      await passed(80, acquired);
      if (asked.value.kind === 'held') await acquire(two, key, LONG);
      assertHeld(await ask(one, key, LONG), LONG);
    },
  },
  {
    name: 'extends a lease, counting from then on, to more than it had and to less',
    async body({ one, two, newKey }) {
      const [longer, shorter] = [newKey(), newKey()];
      const short = await timed(() => acquire(one, longer, 150));
      const extended = await timed(() => short.value.extend(LONG));
      if (wasWithin(150, short, extended)) {
        assert.equal(extended.value, true, 'extend() says that a lease is lost which is not');
        await passed(150, short);
        const asked = await timed(() => ask(two, longer, LONG));
        assertHeld(asked.value, LONG - Math.max(0, asked.from - extended.to));
        assertHeldAtLeast(asked.value, LONG - (asked.to - extended.from));
      }
      const long = await acquire(one, shorter, LONG);
      const cut = await timed(() => long.extend(50));
      assert.equal(cut.value, true, 'extend() says that a lease is lost which is not');
      await passed(50, cut);
      await acquire(two, shorter, LONG);
    },
  },
  {
    name: 'extends no lease that was lost, and says so',
    async body({ one, two, newKey }) {
      const [overtaken, expired, released] = [newKey(), newKey(), newKey()];
      const first = await timed(() => acquire(one, overtaken, 50));
      const other = await timed(() => acquire(one, expired, 50));
      await passed(50, other);
      await passed(50, first);
      const next = await timed(() => acquire(two, overtaken, 5_000));
      assert.equal(await first.value.extend(LONG), false, 'a lease was extended that another one has now');
      assertHeld(await ask(one, overtaken, LONG), 5_000);
      assert.equal(
        await next.value.extend(LONG),
        true,
        'a lease is lost because another one was to be extended',
      );

      assert.equal(await other.value.extend(LONG), false, 'a lease was extended whose time was over');
      await acquire(two, expired, LONG);

      const third = await acquire(one, released, LONG);
      await third.release();
      assert.equal(await third.extend(LONG), false, 'a lease was extended that had been released');
      await acquire(two, released, LONG);
    },
  },
  {
    name: 'frees the lease when it is released',
    async body({ one, two, newKey }) {
      const key = newKey();
      const lease = await acquire(one, key, LONG);
      assertHeld(await ask(two, key, LONG), LONG);
      await lease.release();
      const next = await acquire(two, key, LONG);
      // Once more, by a caller that does not know of the release.
      await lease.release();
      assertHeld(await ask(one, key, LONG), LONG);
      await next.release();
      await acquire(one, key, LONG);
    },
  },
  {
    name: "leaves the next holder's lease alone when one that was lost is released",
    async body({ one, two, newKey }) {
      for (const outcome of [undefined, { failure: REJECTED, forMs: LONG }]) {
        const key = newKey();
        const lost = await timed(() => acquire(one, key, 50));
        await passed(50, lost);
        const next = await acquire(two, key, LONG);
        await lost.value.release(outcome);
        assert.equal((await ask(one, key, LONG)).kind, 'held', "another one's lease was released");
        assert.equal(await next.extend(LONG), true, "another one's lease was released");
      }
    },
  },
  {
    name: 'keeps the leases and failures of keys apart that look alike',
    async body({ one, two, newKey }) {
      const leases: TokenLease[] = [];
      const keys = lookAlikes(newKey());
      for (const key of keys) leases.push(await acquire(one, key, LONG));
      await leases[0]!.release({ failure: REJECTED, forMs: LONG });
      for (const key of keys.slice(1)) assertHeld(await ask(two, key, LONG), LONG);
      for (const lease of leases.slice(1)) await lease.release();
      for (const key of keys.slice(1)) await acquire(two, key, LONG);
    },
  },
  {
    name: 'lets tokens be read, written and removed while somebody has the lease',
    async body(stores) {
      const { one, two, newKey } = stores;
      const [key, token] = [newKey(), aToken()];
      const lease = await acquire(one, key, LONG);
      assert.equal(await two.writeIfNewer(key, token), true, 'a lease keeps others from writing');
      await assertKept(stores, key, token);
      await two.remove(key, token.fingerprint);
      assert.equal(await one.read(key), undefined, 'a lease keeps others from removing');
      assert.equal(await lease.extend(LONG), true, 'a lease was lost because a token was written or removed');
    },
  },
  {
    name: 'takes the token of a later lease for the newer one, whatever clocks say',
    async body(stores) {
      const { one, two, newKey } = stores;
      const key = newKey();
      const first = await acquire(one, key, LONG);
      assert.equal(await one.writeIfNewer(key, aToken(), { ageMs: 0, lease: first }), true);
      await first.release();
      const second = await acquire(two, key, LONG);
      const token = aToken({ issuedAt: Date.now() - 30_000 });
      assert.equal(
        await two.writeIfNewer(key, token, { ageMs: 30_000, lease: second }),
        true,
        'the token of a later lease was refused',
      );
      await assertKept(stores, key, token);
    },
  },
  {
    name: 'refuses the token of an earlier lease that comes late, whatever clocks say',
    async body(stores) {
      const { one, two, newKey } = stores;
      for (const isReleased of [false, true]) {
        const key = newKey();
        const lost = await timed(() => acquire(one, key, 50));
        await passed(50, lost);
        const next = await acquire(two, key, LONG);
        const token = aToken({ issuedAt: Date.now() - 30_000 });
        assert.equal(await two.writeIfNewer(key, token, { ageMs: 30_000, lease: next }), true);
        if (isReleased) await next.release();
        assert.equal(
          await one.writeIfNewer(key, aToken(), { ageMs: 0, lease: lost.value }),
          false,
          'the token of an earlier lease replaced that of a later one',
        );
        await assertKept(stores, key, token);
      }
    },
  },
  {
    name: 'keeps the token of a lost lease as long as there is no other',
    async body(stores) {
      const { one, two, newKey } = stores;
      const key = newKey();
      const lost = await timed(() => acquire(one, key, 50));
      await passed(50, lost);
      const next = await acquire(two, key, LONG);
      const token = aToken();
      assert.equal(
        await one.writeIfNewer(key, token, { ageMs: 0, lease: lost.value }),
        true,
        'a token was refused although there was no other',
      );
      await assertKept(stores, key, token);
      assert.equal(await next.extend(LONG), true, 'a lease was lost because a token was written');
      const later = aToken({ issuedAt: Date.now() - 30_000 });
      assert.equal(
        await two.writeIfNewer(key, later, { ageMs: 30_000, lease: next }),
        true,
        'the token of a later lease was refused',
      );
      await assertKept(stores, key, later);
    },
  },
  {
    name: 'tells all of a failure to whoever asks for the lease, and how long it has to wait',
    async body({ one, two, newKey }) {
      for (const failure of FAILURES) {
        const key = newKey();
        const lease = await acquire(one, key, LONG);
        const released = await timed(() => lease.release({ failure, forMs: 30_000 }));
        await passed(20, released);
        for (const store of [two, one, two]) {
          const asked = await timed(() => ask(store, key, LONG));
          const [least, most] = [30_000 - (asked.to - released.from), 30_000 - (asked.from - released.to)];
          assertCoolingDown(asked.value, failure, most);
          const { forMs } = asked.value;
          assert.ok(forMs >= least - TOLERANCE, `the bank is to be left alone for ${forMs} ms only`);
        }
      }
    },
  },
  {
    name: 'forgets a failure when its time is over',
    async body({ one, two, newKey }) {
      const key = newKey();
      const lease = await acquire(one, key, LONG);
      const released = await timed(() => lease.release({ failure: REJECTED, forMs: 80 }));
      const asked = await timed(() => ask(two, key, 1));
      if (wasWithin(80, released, asked)) assertCoolingDown(asked.value, REJECTED, 80);
      await passed(80, released);
      await acquire(two, key, LONG);
    },
  },
  {
    name: 'gives the lease despite a failure to one who asks for that, and tells the others of it still',
    async body({ one, two, newKey }) {
      const key = newKey();
      const first = await acquire(one, key, LONG);
      await first.release({ failure: REJECTED, forMs: LONG });
      const second = await acquire(two, key, LONG, { despiteFailure: true });
      const meanwhile = await ask(one, key, LONG, { despiteFailure: true });
      assertHeld(meanwhile, LONG);
      await second.release();
      assertCoolingDown(await ask(one, key, LONG), REJECTED, LONG);
      const third = await acquire(one, key, LONG, { despiteFailure: true });
      await third.release({ failure: UNAVAILABLE, forMs: 20_000 });
      assertCoolingDown(await ask(two, key, LONG), UNAVAILABLE, 20_000);
    },
  },
  {
    name: 'forgets a failure once a token is kept, and not when one is refused',
    async body({ one, two, newKey }) {
      const key = newKey();
      await one.writeIfNewer(key, aToken(), { ageMs: 10_000 });
      const lease = await acquire(one, key, LONG);
      await lease.release({ failure: REJECTED, forMs: LONG });
      assert.equal(await two.writeIfNewer(key, aToken(), { ageMs: 30_000 }), false);
      assertCoolingDown(await ask(two, key, LONG), REJECTED, LONG);
      assert.equal(await two.writeIfNewer(key, aToken(), { ageMs: 0 }), true);
      await acquire(one, key, LONG);
    },
  },
  {
    name: 'takes fractions of milliseconds',
    async body(stores) {
      const { one, two, newKey } = stores;
      const [key, token] = [newKey(), aToken({ lifetime: 3_599_999.5 })];
      const lease = await acquire(one, key, 30_000.25);
      assertHeld(await ask(two, key, 0.5), 30_001);
      assert.equal(await lease.extend(20_000.75), true);
      assert.equal(await one.writeIfNewer(key, token, { ageMs: 12.345, lease }), true);
      await assertKept(stores, key, token);
      await lease.release({ failure: REJECTED, forMs: 10_000.125 });
      assertCoolingDown(await ask(two, key, 0.5), REJECTED, 10_001);
    },
  },
];

const REJECTED: StoredFailure = {
  kind: 'rejected',
  reason: 'the bank says: “invalid_client” – ünïcode {too}',
  status: 401,
  retryAfterMs: 1_500,
  credentialsVersion: 'version-7',
  by: 'process-1',
  confirmed: true,
};
const UNAVAILABLE: StoredFailure = {
  kind: 'unavailable',
  reason: 'answered 503',
  status: 503,
  retryAfterMs: 0,
  by: 'process-2',
};
const INVALID: StoredFailure = { kind: 'invalid', reason: 'answered no JSON', status: 200, by: 'process-1' };
const FAILURES = [REJECTED, UNAVAILABLE, INVALID];

function ask(
  store: TokenStore,
  key: string,
  durationMs: number,
  how?: { readonly despiteFailure?: boolean },
): Promise<LeaseAnswer> {
  assert.ok(
    store.lease !== undefined,
    'this store has no lease(): if that is as it should be, give tokenStoreContract `leases: false`',
  );
  return store.lease(key, durationMs, how);
}

async function acquire(
  store: TokenStore,
  key: string,
  durationMs: number,
  how?: { readonly despiteFailure?: boolean },
): Promise<TokenLease> {
  const answer = await ask(store, key, durationMs, how);
  if (answer.kind === 'acquired') return answer.lease;
  return assert.fail(`lease() answered '${answer.kind}' where the lease was to be had`);
}

function assertHeld(answer: LeaseAnswer, most: number): asserts answer is LeaseAnswer & { kind: 'held' } {
  assert.equal(answer.kind, 'held', `lease() answered '${answer.kind}' where somebody has it`);
  assertRest((answer as { forMs: number }).forMs, most);
}

async function ownerOf(store: TokenStore, key: string): Promise<string | undefined> {
  const answer = await ask(store, key, 1_000);
  assertHeld(answer, LONG);
  const { owner } = answer;
  const isName = owner === undefined || (typeof owner === 'string' && owner.length <= 128);
  assert.ok(isName, 'owner is no string of at most 128 characters');
  return owner;
}

function assertHeldAtLeast(answer: LeaseAnswer, least: number): void {
  const { forMs } = answer as { forMs: number };
  assert.ok(forMs >= least - TOLERANCE, `a lease is said to be held for ${forMs} ms only`);
}

function assertCoolingDown(
  answer: LeaseAnswer,
  failure: StoredFailure,
  most: number,
): asserts answer is LeaseAnswer & { kind: 'cooling-down' } {
  assert.equal(answer.kind, 'cooling-down', `lease() answered '${answer.kind}' after a failure`);
  const told = answer as LeaseAnswer & { kind: 'cooling-down' };
  assertSame(told.failure, failure, 'another failure was told than there was');
  assertRest(told.forMs, most);
}

function assertRest(forMs: number, most: number): void {
  assert.ok(
    forMs >= 0 && forMs <= most + TOLERANCE,
    `forMs is ${forMs} where ${Math.ceil(most)} ms are left at most`,
  );
}
