import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { filter, map, merge, NEVER, retry, type Subscription } from 'rxjs';
import { BankAuthEvents } from '../../../src/events/bank-auth-events.js';
import { EVENT_CHANNEL, EventBus, type PublishedEvent } from '../../../src/events/event-bus.js';

let bus: EventBus;
let events: BankAuthEvents;
let thrown: unknown[];
/** Whether what was thrown has ended the subscription. */
let endings: boolean[];
const subscriptions: Subscription[] = [];

beforeEach(() => {
  bus = new EventBus();
  thrown = [];
  endings = [];
  events = new BankAuthEvents(bus, (error, hasEnded) => {
    thrown.push(error);
    endings.push(hasEnded);
  });
});

afterEach(() => {
  for (const subscription of subscriptions.splice(0)) subscription.unsubscribe();
});

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Lets one event happen. */
function happen(provider = 'a-bank', sink = bus): void {
  sink.emit(provider, 'default', 1, { type: 'token.refused' });
}

/** What a subscriber gets. */
function heard(from = events): string[] {
  const providers: string[] = [];
  subscriptions.push(from.subscribe(({ provider }) => providers.push(provider)));
  return providers;
}

describe('a subscriber of events', () => {
  test('hears of them in the next turn, in the order in which they happened', async () => {
    const providers = heard();
    happen('first');
    happen('second');
    await Promise.resolve();
    expect(providers).toEqual([]);
    await turn();
    expect(providers).toEqual(['first', 'second']);
  });

  test('hears nothing of what happened before it came, nor after it left', async () => {
    happen('before');
    const providers = heard();
    happen('within');
    await turn();
    subscriptions[0]?.unsubscribe();
    happen('after');
    await turn();
    expect(providers).toEqual(['within']);
  });

  test('hears of its own application only', async () => {
    const other = new EventBus();
    const providers = heard();
    happen('elsewhere', other);
    happen('here');
    await turn();
    expect(providers).toEqual(['here']);
    expect(other.application).toBe(bus.application + 1);
  });

  test('cannot change what the next one gets', async () => {
    subscriptions.push(events.subscribe((event) => Object.assign(event, { provider: 'forged' })));
    const providers = heard();
    happen();
    await turn();
    expect(providers).toEqual(['a-bank']);
    expect(thrown).toEqual([expect.any(TypeError)]);
  });

  test('is called in the AsyncLocalStorage context in which it subscribed', async () => {
    const storage = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    storage.run('subscriber', () =>
      subscriptions.push(events.subscribe(() => seen.push(storage.getStore()))),
    );
    storage.run('call', () => happen());
    await turn();
    expect(seen).toEqual(['subscriber']);
  });

  test('is told the end, after all that happened before', async () => {
    const seen: string[] = [];
    subscriptions.push(
      events.subscribe({ next: ({ provider }) => seen.push(provider), complete: () => seen.push('end') }),
    );
    happen('last');
    events.end();
    expect(seen).toEqual([]);
    await turn();
    expect(seen).toEqual(['last', 'end']);
    happen('too late');
    await turn();
    expect(seen).toEqual(['last', 'end']);
  });
});

describe('a subscriber that throws', () => {
  const broken = () => {
    throw new Error('broken');
  };

  test.each<[string, () => Subscription]>([
    ['in its function', () => events.subscribe(broken)],
    ['in its observer', () => events.subscribe({ next: broken })],
    ['in an async function', () => events.subscribe(async () => broken())],
    ['in an operator', () => events.pipe(map(broken)).subscribe()],
    ['behind two operators', () => events.pipe(filter(Boolean), map(String)).subscribe(broken)],
    ['in what it does about an error', () => events.pipe(map(broken)).subscribe({ error: broken })],
    ['at the end', () => events.subscribe({ complete: broken })],
  ])('%s is reported once, and the others hear on', async (_where, subscribed) => {
    subscriptions.push(subscribed());
    const providers = heard();
    happen();
    happen();
    await turn();
    events.end();
    await turn();
    expect(thrown.map(String)).toEqual(['Error: broken']);
    expect(providers).toEqual(['a-bank', 'a-bank']);
  });

  test('goes on to hear, and its next error is not reported', async () => {
    let calls = 0;
    subscriptions.push(
      events.subscribe(() => {
        calls += 1;
        throw new Error(String(calls));
      }),
    );
    happen();
    happen();
    await turn();
    expect(calls).toBe(2);
    expect(thrown.map(String)).toEqual(['Error: 1']);
  });

  test('is reported once more where an operator ends its subscription afterwards', async () => {
    const fragile = map(({ provider }: { provider: string }) => (provider === 'bad' ? broken() : provider));
    subscriptions.push(events.pipe(fragile).subscribe(broken));
    happen('good');
    happen('good');
    happen('bad');
    await turn();
    expect(endings).toEqual([false, true]);
  });

  test('in an operator hears no more, unless it begins anew', async () => {
    const fragile = map(({ provider }: { provider: string }) => (provider === 'bad' ? broken() : provider));
    const seen: string[] = [];
    subscriptions.push(
      events.pipe(fragile).subscribe((provider) => seen.push(`ended ${provider}`)),
      events.pipe(fragile, retry()).subscribe((provider) => seen.push(`anew ${provider}`)),
    );
    happen('bad');
    happen('good');
    await turn();
    expect(seen).toEqual(['anew good']);
    expect(thrown.map(String)).toEqual(['Error: broken']);
    expect(endings).toEqual([true]);
  });

  test('handles its own errors where it says how', async () => {
    const errors: unknown[] = [];
    subscriptions.push(events.pipe(map(broken)).subscribe({ error: (error) => errors.push(error) }));
    happen();
    await turn();
    expect(errors.map(String)).toEqual(['Error: broken']);
    expect(thrown).toEqual([]);
  });
});

test('events pass through operators that join them with others', async () => {
  const seen: unknown[] = [];
  subscriptions.push(merge(NEVER, events.pipe(map(({ type }) => type))).subscribe((type) => seen.push(type)));
  happen();
  await turn();
  expect(seen).toEqual(['token.refused']);
});

describe('the diagnostics channel', () => {
  test('carries the events of all applications, each with its number', async () => {
    const other = new EventBus();
    const seen: PublishedEvent[] = [];
    const hear = (event: unknown) => void seen.push(event as PublishedEvent);
    subscribe(EVENT_CHANNEL, hear);
    happen('here');
    happen('there', other);
    await turn();
    unsubscribe(EVENT_CHANNEL, hear);
    expect(seen).toEqual([
      { provider: 'here', merchant: 'default', at: 1, type: 'token.refused', application: bus.application },
      {
        provider: 'there',
        merchant: 'default',
        at: 1,
        type: 'token.refused',
        application: other.application,
      },
    ]);
  });

  test('has a subscriber only while somebody subscribes to the events', async () => {
    expect(bus.observed).toBe(false);
    heard();
    heard();
    expect(bus.observed).toBe(true);
    for (const subscription of subscriptions.splice(0)) subscription.unsubscribe();
    expect(bus.observed).toBe(false);
  });
});
