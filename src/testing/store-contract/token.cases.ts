import assert from 'node:assert/strict';
import {
  assertAge,
  assertKept,
  assertNothing,
  aToken,
  type ContractCase,
  passed,
  timed,
  wasWithin,
} from './contract-case.js';
import { lookAlikes } from './look-alikes.js';

const HOUR = 3_600_000;

export const tokenCases: readonly ContractCase[] = [
  {
    name: 'finds nothing where nothing was written',
    async body(stores) {
      await assertNothing(stores, stores.newKey(), 'read() found something where nothing was written');
    },
  },
  {
    name: 'gives all of a token back, to every instance',
    async body(stores) {
      const [key, token] = [stores.newKey(), aToken()];
      assert.equal(await stores.one.writeIfNewer(key, token), true, 'writeIfNewer() did not keep a token');
      await assertKept(stores, key, token);
    },
  },
  {
    name: 'keeps every visible character, tokens of 60 KiB, no scopes and many',
    async body(stores) {
      const visible = String.fromCharCode(...Array.from({ length: 94 }, (_, index) => 33 + index));
      for (const token of [
        aToken({ value: visible, fingerprint: visible, scopes: [visible], credentialsVersion: visible }),
        aToken({ value: visible.repeat(1_000).slice(0, 60 * 1024) }),
        aToken({ scopes: [] }),
        aToken({ scopes: Array.from({ length: 200 }, (_, index) => `scope-${index}`) }),
        aToken({ value: '7', lifetime: 364 * 24 * HOUR }),
      ]) {
        const key = stores.newKey();
        assert.equal(await stores.one.writeIfNewer(key, token), true, 'writeIfNewer() did not keep a token');
        await assertKept(stores, key, token);
      }
    },
  },
  {
    name: 'counts the age of a token from when it was asked for, as `ageMs` says',
    async body({ one, both, newKey }) {
      for (const ageMs of [0, 90_000, 1_234.56]) {
        const key = newKey();
        const token = aToken({ issuedAt: Date.now() - Math.round(ageMs) });
        const written = await timed(() => one.writeIfNewer(key, token, { ageMs }));
        await passed(30, written);
        for (const store of both) assertAge(await timed(() => store.read(key)), ageMs, written);
      }
    },
  },
  {
    name: 'counts the age of a token by `issuedAt` where nothing else says it',
    async body({ one, both, newKey }) {
      const key = newKey();
      const token = aToken({ issuedAt: Date.now() - 90_000 });
      const written = await timed(() => one.writeIfNewer(key, token));
      for (const store of both) assertAge(await timed(() => store.read(key)), 90_000, written);
    },
  },
  {
    name: 'believes `ageMs` rather than `issuedAt`, in what order tokens were asked for too',
    async body(stores) {
      const { one, two, newKey } = stores;
      const key = newKey();
      const ahead = aToken({ issuedAt: Date.now() + HOUR / 2 });
      const behind = aToken({ issuedAt: Date.now() - HOUR / 2 });
      const older = aToken({ issuedAt: Date.now() + HOUR });
      assert.equal(await one.writeIfNewer(key, ahead, { ageMs: 5_000 }), true);
      const written = await timed(() => two.writeIfNewer(key, behind, { ageMs: 0 }));
      assert.equal(written.value, true, 'a newer token was refused because of its issuedAt');
      assertAge(await timed(() => one.read(key)), 0, written);
      assert.equal(
        await one.writeIfNewer(key, older, { ageMs: 10_000 }),
        false,
        'an older token was kept because of its issuedAt',
      );
      await assertKept(stores, key, behind);
    },
  },
  {
    name: 'takes a token from a clock that is ahead for a new one',
    async body({ one, both, newKey }) {
      const key = newKey();
      const token = aToken({ issuedAt: Date.now() + 60_000 });
      const written = await timed(() => one.writeIfNewer(key, token));
      assert.equal(written.value, true, 'writeIfNewer() did not keep a token');
      for (const store of both) {
        const found = await timed(() => store.read(key));
        assert.ok(found.value !== undefined, 'read() found nothing where there is a token');
        assert.ok(found.value.ageMs >= 0, `read() gave an age of ${found.value.ageMs} ms`);
        assert.ok(found.value.ageMs <= found.to - written.from + TOO_LONG, 'read() gave too great an age');
      }
    },
  },
  {
    name: 'gives no token whose lifetime is over',
    async body(stores) {
      const { one, both, newKey } = stores;
      const key = newKey();
      // In the measured time, or a pause of the process would make the token older than it looks here.
      const written = await timed(() =>
        one.writeIfNewer(key, aToken({ lifetime: 150, issuedAt: Date.now() - 50 }), { ageMs: 50 }),
      );
      for (const store of both) {
        const found = await timed(() => store.read(key));
        if (wasWithin(100, written, found)) assertAge(found, 50, written);
      }
      await passed(100, written);
      await assertNothing(stores, key, 'read() gave a token that has expired');
    },
  },
  {
    name: 'gives no token that had expired when it came',
    async body(stores) {
      const key = stores.newKey();
      await stores.one.writeIfNewer(key, aToken({ lifetime: 1_000 }), { ageMs: 1_000 });
      await assertNothing(stores, key, 'read() gave a token that has expired');
      await stores.one.writeIfNewer(key, aToken({ lifetime: 1_000, issuedAt: Date.now() - 5_000 }));
      await assertNothing(stores, key, 'read() gave a token that has expired');
    },
  },
  {
    name: 'lets no expired token stand in the way of another',
    async body(stores) {
      const [key, next] = [stores.newKey(), aToken()];
      const written = await timed(() => stores.one.writeIfNewer(key, aToken({ lifetime: 50 }), { ageMs: 0 }));
      await passed(50, written);
      assert.equal(
        await stores.one.writeIfNewer(key, next, { ageMs: 10_000 }),
        true,
        'a token was refused for the sake of one that has expired',
      );
      await assertKept(stores, key, next);
    },
  },
  {
    name: 'keeps the token that was asked for later, whichever comes first',
    async body(stores) {
      const { one, two, newKey } = stores;
      for (const how of ['ageMs', 'issuedAt'] as const) {
        const age = (ageMs: number) => (how === 'ageMs' ? { ageMs } : undefined);
        const older = aToken({ issuedAt: Date.now() - 5_000 });
        const newer = aToken();
        const [newerFirst, olderFirst] = [newKey(), newKey()];

        assert.equal(await one.writeIfNewer(newerFirst, newer, age(0)), true);
        assert.equal(
          await two.writeIfNewer(newerFirst, older, age(5_000)),
          false,
          'an older token was to replace a newer one',
        );
        await assertKept(stores, newerFirst, newer);

        assert.equal(await one.writeIfNewer(olderFirst, older, age(5_000)), true);
        assert.equal(await two.writeIfNewer(olderFirst, newer, age(0)), true, 'a newer token was refused');
        await assertKept(stores, olderFirst, newer);
      }
    },
  },
  {
    name: 'keeps the newest token of many that come at once',
    async body(stores) {
      const key = stores.newKey();
      const tokens = Array.from({ length: 20 }, (_, index) => ({
        token: aToken({ issuedAt: Date.now() - index * 1_000 }),
        ageMs: index * 1_000,
      }));
      // The newest stands neither first nor last.
      const writes = [...tokens.slice(7), ...tokens.slice(0, 7)].map(({ token, ageMs }, index) =>
        (index % 2 === 0 ? stores.one : stores.two).writeIfNewer(key, token, { ageMs }),
      );
      const kept = await Promise.all(writes);
      assert.equal(kept[13], true, 'the newest token was refused');
      await assertKept(stores, key, tokens[0]!.token);
    },
  },
  {
    name: 'takes the same token again',
    async body(stores) {
      const [key, token] = [stores.newKey(), aToken()];
      assert.equal(await stores.one.writeIfNewer(key, token, { ageMs: 100 }), true);
      assert.equal(
        await stores.two.writeIfNewer(key, token, { ageMs: 100 }),
        true,
        'a token was refused for the sake of the same one',
      );
      await assertKept(stores, key, token);
    },
  },
  {
    name: 'removes the token with the fingerprint, and no other',
    async body(stores) {
      const { one, two, newKey } = stores;
      const [key, other, empty] = [newKey(), newKey(), newKey()];
      const [token, next] = [aToken({ issuedAt: Date.now() - 1_000 }), aToken()];
      await one.writeIfNewer(key, token);
      await one.writeIfNewer(other, token);
      await two.remove(key, next.fingerprint);
      await two.remove(key, '');
      await two.remove(empty, token.fingerprint);
      await assertKept(stores, key, token);

      await two.remove(key, token.fingerprint);
      await assertNothing(stores, key, 'remove() did not remove the token');
      await assertKept(stores, other, token);

      assert.equal(await one.writeIfNewer(key, next), true, 'no token was taken after one was removed');
      await two.remove(key, token.fingerprint, { refused: true });
      await assertKept(stores, key, next);
      await two.remove(key, next.fingerprint, { refused: true });
      await assertNothing(stores, key, 'remove() did not remove the token');
    },
  },
  {
    name: 'tells keys apart that look alike',
    async body(stores) {
      const places = lookAlikes(stores.newKey()).map((key) => ({ key, token: aToken() }));
      for (const { key, token } of places) {
        assert.equal(
          await stores.one.writeIfNewer(key, token),
          true,
          `nothing was kept under ${shown(key)}, as if something were there`,
        );
      }
      for (const { key, token } of places) {
        const found = await stores.two.read(key);
        assert.equal(found?.token.value, token.value, `under ${shown(key)} stands the token of another key`);
      }
      const isRemoved = (index: number) => index % 2 === 0;
      for (const [index, { key, token }] of places.entries()) {
        if (isRemoved(index)) await stores.one.remove(key, token.fingerprint);
      }
      for (const [index, { key }] of places.entries()) {
        const isThere = (await stores.two.read(key)) !== undefined;
        assert.equal(isThere, !isRemoved(index), `what stands under ${shown(key)} goes with another key`);
      }
    },
  },
  {
    name: 'shows by check() that it works, and changes nothing by that',
    async body(stores) {
      const [empty, key, token] = [stores.newKey(), stores.newKey(), aToken()];
      await stores.one.writeIfNewer(key, token);
      for (const store of stores.both) {
        await store.check?.(empty);
        await store.check?.(key);
      }
      await assertNothing(stores, empty, 'check() left a token behind');
      await assertKept(stores, key, token);
      const answer = await stores.two.lease?.(empty, 1_000);
      assert.ok(answer === undefined || answer.kind === 'acquired', 'check() left something behind');
    },
  },
  {
    name: 'works again after close()',
    async body({ one, newKey }) {
      for (let round = 0; round < 2; round++) {
        await one.close?.();
        const [key, token] = [newKey(), aToken()];
        assert.equal(await one.writeIfNewer(key, token), true);
        assert.equal((await one.read(key))?.token.value, token.value, 'nothing is read after close()');
      }
      await one.close?.();
    },
  },
];

/** A difference beyond that of clocks, in milliseconds. */
const TOO_LONG = 1_000;

const shown = (key: string) => JSON.stringify(key.length > 100 ? `${key.slice(0, 100)}…` : key);
