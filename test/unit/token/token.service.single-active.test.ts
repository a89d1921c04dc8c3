import { describe, expect, test } from '@jest/globals';
import type { AccessToken } from '../../../src/token/access-token.js';
import type { TokenStatus } from '../../../src/token/token-status.js';
import { unavailable } from '../../support/machine.fixtures.js';
import { Fleet, type Replica, times, tokensOf } from '../../support/replicas.harness.js';
import { aBank, ask, Follower, Harness, HOUR, STALE, UNUSABLE } from '../../support/token-service.harness.js';
import { settle } from '../../support/virtual-clock.js';

/** A bank of which a new token ends the one before. */
const bank = aBank({ singleActiveToken: true });

/** A request with this token leaves; what is returned is called when it is answered. */
function send({ service }: Pick<Harness, 'service'>, token: AccessToken): () => void {
  const answered = service.forCall().sending(token);
  if (answered === undefined) throw new Error('nobody waits for this request');
  return answered;
}

describe('where a new token ends the old one, a renewal happens', () => {
  test('when the old one is unusable, not a millisecond before', async () => {
    const harness = new Harness({ bank });
    await harness.warm();
    await harness.clock.advance(UNUSABLE - 1);
    expect(harness.service.status.state).toBe('fresh');
    expect(ask(harness.service).token?.value).toBe('token-1');
    await settle();
    expect(harness.bank.requests).toBe(1);
    await harness.clock.advance(1);
    expect(harness.service.status.state).toBe('expired');
    const waiting = ask(harness.service);
    await settle();
    expect(harness.bank.requests).toBe(2);
    expect(waiting.settled).toBe(0);
    harness.bank.last.grant();
    await settle();
    expect(waiting.token?.value).toBe('token-2');
  });

  test('no earlier under keepWarm', async () => {
    const harness = new Harness({ bank });
    harness.bank.issues();
    const follower = new Follower(harness.service);
    await harness.clock.advance(UNUSABLE - 1);
    expect(follower.values).toEqual(['token-1']);
    await harness.clock.advance(1);
    expect(follower.values).toEqual(['token-1', 'token-2']);
    follower.leave();
  });

  test('earlier only on request', async () => {
    const harness = new Harness({ bank });
    await harness.warm();
    harness.bank.issues();
    const asked = ask(harness.service, 'refresh');
    await settle();
    expect(asked.token?.value).toBe('token-2');
  });

  test.each<[string, 'getToken' | 'refresh', number]>([
    ['it cannot be used any more', 'getToken', UNUSABLE],
    ['it is asked for', 'refresh', 1_000],
  ])('when the requests with the old one are answered, where %s', async (_when, how, at) => {
    const harness = new Harness({ bank });
    const token = await harness.warm();
    harness.bank.issues();
    const [one, other] = [send(harness, token), send(harness, token)];
    await harness.clock.advance(at);
    const asked = ask(harness.service, how);
    await harness.clock.advance(2_000);
    one();
    await harness.clock.advance(2_000);
    expect(harness.bank.requests).toBe(1);
    expect(asked.settled).toBe(0);
    other();
    await settle();
    expect(asked.token?.value).toBe('token-2');
    expect(harness.clock.timers).toBe(0);
  });

  test.each<[string, 'getToken' | 'refresh', number]>([
    ['it cannot be used any more', 'getToken', UNUSABLE],
    ['it is asked for', 'refresh', 1_000],
  ])('after five seconds at the latest, where %s', async (_when, how, at) => {
    const harness = new Harness({ bank });
    const token = await harness.warm();
    harness.bank.issues();
    const answered = send(harness, token);
    await harness.clock.advance(at);
    const asked = ask(harness.service, how);
    await harness.clock.advance(4_999);
    expect(harness.bank.requests).toBe(1);
    await harness.clock.advance(1);
    expect(asked.token?.value).toBe('token-2');
    answered();
    await settle();
    expect(harness.bank.requests).toBe(2);
  });

  test('after five seconds also where more and more requests leave with it meanwhile', async () => {
    const harness = new Harness({ bank });
    const token = await harness.warm();
    harness.bank.issues();
    let answered = send(harness, token);
    const asked = ask(harness.service, 'refresh');
    for (let ms = 0; ms < 5_000; ms += 500) {
      // As long as it is not renewed it is served.
      const next = send(harness, ask(harness.service).token as AccessToken);
      answered();
      answered = next;
      await harness.clock.advance(500);
    }
    expect(asked.token?.value).toBe('token-2');
    expect(harness.bank.exchanges[1]?.sentAt.monotonic).toBe(5_000);
  });

  test('during a request with an earlier token, which is lost already', async () => {
    const harness = new Harness({ bank });
    send(harness, await harness.warm());
    harness.bank.issues();
    await harness.clock.advance(UNUSABLE);
    ask(harness.service);
    await harness.clock.advance(5_000);
    await harness.clock.advance(1_000);
    const asked = ask(harness.service, 'refresh');
    await settle();
    expect(asked.token?.value).toBe('token-3');
  });

  test('at once after a refusal, whatever is under way with it', async () => {
    const harness = new Harness({ bank });
    const token = await harness.warm();
    harness.bank.issues();
    send(harness, token);
    send(harness, token);
    expect(harness.service.forCall().refused(token)).toBe(true);
    const asked = ask(harness.service);
    await settle();
    expect(asked.token?.value).toBe('token-2');
  });

  test('at once after an invalidation', async () => {
    const harness = new Harness({ bank });
    const token = await harness.warm();
    harness.bank.issues();
    send(harness, token);
    harness.service.invalidate(token);
    const asked = ask(harness.service);
    await settle();
    expect(asked.token?.value).toBe('token-2');
  });

  test('at once without requests under way', async () => {
    const harness = new Harness({ bank });
    const token = await harness.warm();
    harness.bank.issues();
    send(harness, token)();
    const asked = ask(harness.service, 'refresh');
    await settle();
    expect(asked.token?.value).toBe('token-2');
  });

  test('within the time of a flight, the wait included', async () => {
    const harness = new Harness({ bank });
    const token = await harness.warm();
    send(harness, token);
    await harness.clock.advance(UNUSABLE);
    const asked = ask(harness.service);
    await harness.clock.advance(14_999);
    expect(asked.settled).toBe(0);
    await harness.clock.advance(1);
    expect(asked.error?.code).toBe('BANK_AUTH_UNAVAILABLE');
    expect(harness.clock.timers).toBe(0);
  });

  test('without a second wait when the first try fails', async () => {
    const harness = new Harness({ bank });
    const token = await harness.warm();
    const answered = send(harness, token);
    harness.bank.replies((exchange) =>
      exchange.number === 2 ? exchange.fail(unavailable) : exchange.grant(),
    );
    const asked = ask(harness.service, 'refresh');
    await settle();
    answered();
    send(harness, token);
    await harness.clock.advance(1);
    expect(asked.token?.value).toBe('token-3');
  });

  test('never after the end of the application', async () => {
    const harness = new Harness({ bank });
    const answered = send(harness, await harness.warm());
    ask(harness.service, 'refresh');
    await settle();
    harness.service.close();
    answered();
    await settle();
    expect(harness.bank.requests).toBe(1);
    expect(harness.clock.timers).toBe(0);
  });
});

/** One replica had a token of a minute that it could not share; when it needs another, there is a longer-lived one. */
async function oneWithATokenOfItsOwn(parts: ConstructorParameters<typeof Fleet>[1]) {
  const fleet = new Fleet(2, parts).issues();
  const [sharing, alone] = [fleet.at(0), fleet.at(1)];
  ask(sharing.service);
  await fleet.clock.advance(1_000);
  alone.link.way = (operation, go) => (operation === 'write' ? Promise.resolve(true as never) : go());
  fleet.issues(60_000);
  ask(alone.service, 'refresh');
  await settle();
  fleet.issues();
  await fleet.clock.advance(60_000);
  const asked = ask(alone.service);
  await settle();
  return { asked, fleet };
}

describe('where tokens live side by side,', () => {
  test('an earlier one that lives longer is as good as a new one', async () => {
    const { asked, fleet } = await oneWithATokenOfItsOwn({});
    expect(asked.token?.value).toBe('token-1');
    expect(fleet.requestsOf).toEqual([1, 1]);
  });

  test.each([undefined, false])('a renewal waits for no request: %s', async (singleActiveToken) => {
    const harness = new Harness({ bank: aBank({ singleActiveToken }) });
    const token = await harness.warm();
    harness.bank.issues();
    expect(harness.service.forCall().sending(token)).toBeUndefined();
    await harness.clock.advance(STALE);
    ask(harness.service);
    await settle();
    expect(harness.bank.requests).toBe(2);
  });
});

describe('replicas of which a new token ends the old one of all', () => {
  async function warm(count: number): Promise<Fleet> {
    const fleet = new Fleet(count, { bank }).issues();
    fleet.ask();
    await fleet.clock.advance(1_000);
    return fleet;
  }
  const heldBy = ({ service }: Replica) => ask(service).token as AccessToken;

  test('have the same one as soon as it is published', async () => {
    const fleet = await warm(4);
    ask(fleet.at(2).service, 'refresh');
    await settle();
    expect(fleet.held).toEqual(times(4, 'token-2'));
    await fleet.clock.advance(UNUSABLE);
    ask(fleet.at(1).service);
    await settle();
    expect(fleet.held).toEqual(times(4, 'token-3'));
    expect(fleet.requests).toBe(3);
  });

  test('renew it once when it cannot be used any more', async () => {
    const fleet = await warm(4);
    await fleet.clock.advance(UNUSABLE - 1_001);
    expect(tokensOf(fleet.ask())).toEqual(times(4, 'token-1'));
    await settle();
    expect(fleet.requests).toBe(1);
    await fleet.clock.advance(1);
    const asked = fleet.ask();
    await settle();
    expect(tokensOf(asked)).toEqual(times(4, 'token-2'));
    expect(fleet.requests).toBe(2);
  });

  test('take over an old one as long as it is usable', async () => {
    const fleet = await warm(1);
    await fleet.clock.advance(UNUSABLE - 1_002);
    const asked = ask(fleet.join().service);
    await settle();
    expect(asked.token?.value).toBe('token-1');
    expect(fleet.requests).toBe(1);
  });

  test('look for the newer token first after a 401, and send no request', async () => {
    const fleet = await warm(3);
    const behind = fleet.at(0);
    behind.link.hears = () => false;
    ask(fleet.at(1).service, 'refresh');
    await settle();
    expect(fleet.held).toEqual(['token-1', 'token-2', 'token-2']);
    expect(behind.service.forCall().refused(heldBy(behind))).toBe(true);
    const asked = ask(behind.service);
    await settle();
    expect(asked.token?.value).toBe('token-2');
    expect(fleet.held).toEqual(times(3, 'token-2'));
    expect(fleet.requests).toBe(2);
  });

  test('wait for the newer token after a 401 before it is published, and send no request', async () => {
    const fleet = await warm(3);
    const [renewing, behind] = [fleet.at(0), fleet.at(1)];
    renewing.link.freeze('write');
    ask(renewing.service, 'refresh');
    await settle();
    expect(fleet.held).toEqual(['token-2', 'token-1', 'token-1']);
    expect(behind.service.forCall().refused(heldBy(behind))).toBe(true);
    const asked = ask(behind.service);
    await fleet.clock.advance(400);
    renewing.link.mend();
    await settle();
    expect(asked.token?.value).toBe('token-2');
    expect(fleet.held).toEqual(times(3, 'token-2'));
    expect(fleet.requests).toBe(2);
  });

  test('let another renew it while they wait for their own requests, and take that one over at once', async () => {
    const fleet = await warm(2);
    const [busy, idle] = [fleet.at(0), fleet.at(1)];
    send(busy, heldBy(busy));
    await fleet.clock.advance(UNUSABLE - 1_000);
    const waiting = ask(busy.service);
    await fleet.clock.advance(500);
    expect(fleet.requests).toBe(1);
    ask(idle.service);
    await settle();
    expect(fleet.held).toEqual(['token-2', 'token-2']);
    expect(waiting.token?.value).toBe('token-2');
    await fleet.clock.advance(10_000);
    expect(fleet.requestsOf).toEqual([1, 1]);
  });

  test('keep the old one no longer than others while they wait for their own requests', async () => {
    const fleet = await warm(3);
    const [busy, other] = [fleet.at(0), fleet.at(1)];
    send(busy, heldBy(busy));
    const waiting = ask(busy.service, 'refresh');
    await fleet.clock.advance(500);
    ask(other.service, 'refresh');
    await settle();
    expect(fleet.held).toEqual(times(3, 'token-2'));
    // What it wanted is there: yet another token would only end this one.
    await fleet.clock.advance(10_000);
    expect(waiting.token?.value).toBe('token-2');
    expect(fleet.requests).toBe(2);
  });

  test('wait for their own requests whatever they hear, for five seconds in all', async () => {
    const fleet = await warm(2);
    const [busy, other] = [fleet.at(0), fleet.at(1)];
    send(busy, heldBy(busy));
    const waiting = ask(busy.service, 'refresh');
    // The other one cannot reach the bank: all that is heard of it is that it has given up.
    fleet.fails({ kind: 'unavailable', reason: 'ECONNREFUSED' });
    for (let ms = 0; ms < 4_500; ms += 1_500) {
      ask(other.service, 'refresh');
      await fleet.clock.advance(1_500);
    }
    expect(busy.bank.requests).toBe(1);
    fleet.issues();
    await fleet.clock.advance(499);
    expect(busy.bank.requests).toBe(1);
    await fleet.clock.advance(1);
    expect(busy.bank.requests).toBe(2);
    expect(waiting.token?.value).toBe(`token-${fleet.requests}`);
  });

  test('ask for another rather than take over an earlier one: it has ended', async () => {
    const { asked, fleet } = await oneWithATokenOfItsOwn({ bank });
    expect(asked.token?.value).toBe('token-3');
    expect(fleet.requestsOf).toEqual([1, 2]);
  });

  test('know when each token is to be renewed', async () => {
    const fleet = await warm(2);
    const [{ expiresAt, refreshAt }, other] = fleet.replicas.map(({ service }) => service.status) as [
      TokenStatus,
      TokenStatus,
    ];
    expect(refreshAt).toBe((expiresAt as number) - (HOUR - UNUSABLE));
    expect(other).toMatchObject({ expiresAt, refreshAt });
  });
});
