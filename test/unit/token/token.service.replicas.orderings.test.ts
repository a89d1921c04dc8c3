import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { mergeMap } from 'rxjs';
import type { AccessToken } from '../../../src/token/access-token.js';
import { unavailable } from '../../support/machine.fixtures.js';
import { replayable } from '../../support/replay.js';
import { Fleet, type Replica } from '../../support/replicas.harness.js';
import { type Asked, aBank, ask, type Exchange } from '../../support/token-service.harness.js';
import { settle } from '../../support/virtual-clock.js';

/** For each test; with more of them, set `MODEL_RUNS`. */
const RUNS = 50;

type Step = 'getToken' | 'refresh' | 'refuse' | 'invalidate' | 'close';
type Answer = 'grant' | 'unavailable' | 'unreachable';

const step = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Step>('getToken') },
  { weight: 3, arbitrary: fc.constant<Step>('refresh') },
  { weight: 2, arbitrary: fc.constantFrom<Step>('refuse', 'invalidate') },
);
const steps = fc.array(step, { minLength: 1, maxLength: 5, size: 'max' });
/** A replica that ends does so at last. */
const life = fc
  .tuple(steps, fc.boolean())
  .map(([taken, ends]): Step[] => (ends ? [...taken, 'close'] : taken));

/** Replicas whose operations on the store, news and bank take their turns as a scheduler says. */
class Scene {
  readonly fleet: Fleet;
  readonly asked: { readonly by: Replica; readonly asked: Asked }[] = [];
  readonly closed = new Set<Replica>();

  constructor(
    private readonly scheduler: fc.Scheduler,
    count: number,
    answers: readonly Answer[],
    newsArrive: readonly boolean[],
    singleActiveToken: boolean,
  ) {
    this.fleet = new Fleet(count, { bank: aBank({ singleActiveToken }) });
    let news = 0;
    for (const [index, { link }] of this.fleet.replicas.entries()) {
      link.way = async (operation, go) => {
        await this.#turn(`${operation} of ${index} leaves`);
        const answer = await go();
        await this.#turn(`${operation} of ${index} is answered`);
        return answer;
      };
      link.hears = () => {
        news += 1;
        return newsArrive[news % newsArrive.length] as boolean;
      };
      const changes = link.changes.bind(link);
      link.changes = (key) =>
        changes(key).pipe(
          mergeMap(async (change) => {
            await this.#turn(`${change.type} reaches ${index}`);
            return change;
          }),
        );
    }
    this.fleet.replies((exchange) => {
      const number = this.fleet.requests;
      const kind = answers[number % answers.length] as Answer;
      void this.#turn(`the bank answers ${number}: ${kind}`).then(() => this.#answer(exchange, number, kind));
    });
  }

  take(replica: Replica, step: Step): void {
    const { service } = replica;
    const token = ['fresh', 'stale', 'refused'].includes(service.status.state) && service.acquire();
    switch (step) {
      case 'getToken':
      case 'refresh':
        this.asked.push({ by: replica, asked: ask(service, step) });
        break;
      case 'refuse':
        if (token) service.forCall().refused(token as AccessToken);
        break;
      case 'invalidate':
        if (token) service.invalidate(token as AccessToken);
        break;
      case 'close':
        this.closed.add(replica);
        service.close();
    }
  }

  get open(): Replica[] {
    return this.fleet.replicas.filter((replica) => !this.closed.has(replica));
  }

  /** Until nobody waits any more; time passes only when nothing else happens. */
  async run(): Promise<void> {
    await this.#idle();
    for (let rounds = 0; this.#waiting() > 0 && rounds < 150; rounds += 1) {
      await this.fleet.clock.advance(50);
      await this.#idle();
    }
    expect(this.#waiting()).toBe(0);
  }

  async #idle(): Promise<void> {
    do {
      await this.scheduler.waitIdle();
      await settle();
    } while (this.scheduler.count() > 0);
  }

  #waiting(): number {
    return this.asked.filter(({ by, asked }) => !this.closed.has(by) && asked.settled === 0).length;
  }

  #answer(exchange: Exchange, number: number, kind: Answer): void {
    if (exchange.state !== 'open') return;
    // An answer takes its time: no two tokens were asked for in the same millisecond.
    this.fleet.clock.suspend(1);
    if (kind === 'grant') exchange.grant(`token-${number}`);
    else if (kind === 'unavailable') exchange.fail(unavailable);
    else exchange.fail({ kind: 'unavailable', reason: 'ECONNREFUSED' });
  }

  #turn(label: string): Promise<void> {
    return this.scheduler.schedule(Promise.resolve(), label);
  }
}

const lives = fc.array(life, { minLength: 2, maxLength: 4 });
/** The bank fails now and then, but never as often as a flight tries. */
const answers = fc
  .array(fc.constantFrom<Answer>('unavailable', 'unreachable', 'grant', 'grant'), { maxLength: 4 })
  .map((some) => some.flatMap((one): Answer[] => (one === 'grant' ? [one] : ['grant', one, 'grant'])))
  .map((some): Answer[] => [...some, 'grant']);

async function live(scene: Scene, scheduler: fc.Scheduler, each: readonly Step[][]): Promise<void> {
  const { fleet } = scene;
  for (const [index, taken] of each.entries()) {
    scheduler.scheduleSequence(
      taken.map((one) => ({
        label: `${one} by ${index}`,
        builder: async () => scene.take(fleet.at(index), one),
      })),
    );
  }
  await scene.run();
  for (const { by, asked } of scene.asked) {
    if (scene.closed.has(by)) continue;
    expect(asked.error).toBeUndefined();
    expect(asked.token).toBeDefined();
  }
  // Who has dropped a token gets another.
  for (const replica of scene.open) scene.take(replica, 'getToken');
  await scene.run();
  expect(fleet.peak).toBeLessThanOrEqual(1);
  expect(await fleet.isLeased()).toBe(false);
}

test('in every order of events between replicas, store and bank one replica asks at a time, each caller gets a token, and all end with the same one', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), lives, answers, fc.boolean(), async (scheduler, each, said, single) => {
      const scene = new Scene(scheduler, each.length, said, [true], single);
      await live(scene, scheduler, each);
      const kept = (await scene.fleet.store.read(scene.fleet.key))?.token.value;
      for (const replica of scene.open) expect(replica.held).toBe(kept);
      for (const { service } of scene.open) service.close();
      expect(scene.fleet.clock.timers).toBe(0);
    }),
    replayable('MODEL', RUNS),
  );
}, 600_000);

test('all of this but the last holds where news get lost', async () => {
  const arrive = fc.array(fc.boolean(), { minLength: 1, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), lives, answers, arrive, async (scheduler, each, said, newsArrive) => {
      const scene = new Scene(scheduler, each.length, said, newsArrive, false);
      await live(scene, scheduler, each);
      for (const { service } of scene.open) service.close();
      expect(scene.fleet.clock.timers).toBe(0);
    }),
    replayable('MODEL', RUNS),
  );
}, 600_000);

test('replicas that need a token for the first time make one request, in every order', async () => {
  const count = fc.integer({ min: 2, max: 6 });
  const arrive = fc.array(fc.boolean(), { minLength: 1, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), count, arrive, async (scheduler, replicas, newsArrive) => {
      const scene = new Scene(scheduler, replicas, ['grant'], newsArrive, false);
      const calls = Array.from({ length: replicas }, (): Step[] => ['getToken', 'getToken']);
      await live(scene, scheduler, calls);
      expect(scene.fleet.requests).toBe(1);
      expect(new Set(scene.fleet.held)).toEqual(new Set(['token-1']));
      for (const { service } of scene.open) service.close();
    }),
    replayable('MODEL', RUNS),
  );
}, 600_000);
