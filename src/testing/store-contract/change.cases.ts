import assert from 'node:assert/strict';
import type { StoredToken, TokenChange, TokenStore } from '../../index.js';
import { aToken, type ContractCase } from './contract-case.js';

/** A change that is not announced within this time is made again: messages may get lost. In milliseconds. */
const HEARD_WITHIN = 250;
const ATTEMPTS = 12;
/** How long a test waits for a message that must not come, in milliseconds. */
const QUIET = 60;

export const changeCases: readonly ContractCase[] = [
  {
    name: 'tells other instances that a token was written, once it can be read',
    async body({ one, two, newKey }) {
      const key = newKey();
      let found: Promise<{ readonly token: StoredToken } | undefined> | undefined;
      const listener = listen(two, key, (change) => {
        if (change.type === 'written') found ??= two.read(key);
      });
      await listener.hears(() => write(one, key));
      assert.ok((await found) !== undefined, 'a token was told of before it could be read');
      listener.end();
    },
  },
  {
    name: 'tells other instances which token was removed, and whether it had been refused',
    async body({ one, two, newKey }) {
      const key = newKey();
      const listener = listen(two, key);
      for (const how of [{ refused: true }, { refused: false }, undefined]) {
        await listener.hears(() => writeAndRemove(one, key, how));
      }
      listener.end();
    },
  },
  {
    name: 'tells other instances that the lease was released',
    needsLeases: true,
    async body({ one, two, newKey }) {
      const failure = { kind: 'invalid', reason: 'answered no JSON', status: 200, by: 'process-1' } as const;
      for (const outcome of [undefined, { failure, forMs: 5_000 }]) {
        const key = newKey();
        const listener = listen(two, key);
        await listener.hears(async () => {
          const answer = await one.lease?.(key, 10_000, { despiteFailure: true });
          assert.ok(answer?.kind === 'acquired', 'the lease was not to be had');
          await answer.lease.release(outcome);
          return { type: 'released' };
        });
        listener.end();
      }
    },
  },
  {
    name: 'tells of no other key than was asked for',
    async body({ one, two, newKey }) {
      const [key, other] = [newKey(), newKey()];
      const [listener, others] = [listen(two, key), listen(two, other)];
      await others.hears(() => write(one, other));
      await others.hears(() => writeAndRemove(one, other, { refused: true }));
      await pause(QUIET);
      assert.deepEqual(listener.news, [], 'a change of another key was told of');
      await listener.hears(() => write(one, key));
      listener.end();
      others.end();
    },
  },
  {
    name: 'tells everybody who listens, and nobody who has left',
    async body({ one, two, newKey }) {
      const key = newKey();
      const [first, second] = [listen(two, key), listen(two, key)];
      await first.hears(() => write(one, key));
      await second.hears(() => write(one, key));
      first.end();
      const before = first.news.length;
      await second.hears(() => write(one, key));
      second.end();
      await pause(QUIET);
      assert.equal(first.news.length, before, 'a change was told to somebody who had unsubscribed');
      // All had stopped listening: the next listener is the first again.
      const third = listen(two, key);
      await third.hears(() => write(one, key));
      third.end();
    },
  },
];

/** Makes a change, and returns it. */
async function write(store: TokenStore, key: string): Promise<TokenChange> {
  const token = aToken();
  await store.writeIfNewer(key, token, { ageMs: 0 });
  return { type: 'written', fingerprint: token.fingerprint };
}

async function writeAndRemove(
  store: TokenStore,
  key: string,
  how?: { readonly refused: boolean },
): Promise<TokenChange> {
  const token = aToken();
  await store.writeIfNewer(key, token, { ageMs: 0 });
  await store.remove(key, token.fingerprint, how);
  return { type: 'removed', fingerprint: token.fingerprint, refused: how?.refused ?? false };
}

interface Listener {
  /** All heard changes but `resumed`, which may come at any time. */
  readonly news: readonly TokenChange[];
  /** Makes changes until it hears of one; fails if it never does. */
  hears(makeChange: () => Promise<TokenChange>): Promise<void>;
  end(): void;
}

function listen(store: TokenStore, key: string, then: (change: TokenChange) => void = () => {}): Listener {
  assert.ok(
    store.changes !== undefined,
    'this store has no changes(): if that is as it should be, give tokenStoreContract `changes: false`',
  );
  const news: TokenChange[] = [];
  let ended: string | undefined;
  const subscription = store.changes(key).subscribe({
    next: (change) => {
      if (change.type === 'resumed') return;
      news.push(change);
      then(change);
    },
    error: (error) => {
      ended = `changes() failed, which it never may: ${error}`;
    },
    complete: () => {
      ended = 'changes() completed while the store was in use';
    },
  });
  return {
    news,
    async hears(makeChange) {
      let expected: TokenChange | undefined;
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const before = news.length;
        expected = await makeChange();
        const end = performance.now() + HEARD_WITHIN;
        while (performance.now() < end) {
          if (ended !== undefined) assert.fail(ended);
          if (news.slice(before).some((change) => isSame(change, expected))) return;
          await pause(2);
        }
      }
      const told = news.length === 0 ? 'nothing' : JSON.stringify(news.at(-1));
      assert.fail(`a listener was told of ${told} where it was to be told of ${JSON.stringify(expected)}`);
    },
    end: () => subscription.unsubscribe(),
  };
}

/** A store need not say which token was written; if it does, it must be this one. */
function isSame(change: TokenChange, expected: TokenChange | undefined): boolean {
  if (change.type === 'written' && change.fingerprint === undefined) return expected?.type === 'written';
  const text = (value = {}) => JSON.stringify(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  return text(change) === text(expected);
}

const pause = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));
