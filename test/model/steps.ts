import fc from 'fast-check';
import { replayedCommands } from '../support/replay.js';
import type { Invariants } from './invariants.js';
import type { ReferenceModel } from './reference-model.js';
import type { CallAnswer, Report, Setting, Told, Way, World } from './world.js';

/** What a command acts upon. */
export interface Scene {
  readonly world: World;
  readonly invariants: Invariants;
}

/** One thing that may happen. Durations in milliseconds. */
export type Step =
  | { readonly do: 'ask'; readonly way: Way; readonly again: boolean }
  | {
      readonly do: 'ask with an end';
      readonly patience?: number;
      readonly signal: 'none' | 'open' | 'aborted';
    }
  | { readonly do: 'call'; readonly answers: readonly CallAnswer[] }
  | { readonly do: 'leave' | 'abort' | 'unfollow' | 'late answer'; readonly which: number }
  | { readonly do: 'follow' | 'keep warm' | 'warm up' | 'rotate' | 'answer reads' | 'close' }
  | { readonly do: 'answer'; readonly answer: Told; readonly sameToken: boolean }
  | { readonly do: 'habit'; readonly habit: readonly Told[] }
  | { readonly do: 'credentials'; readonly are: World['credentials'] }
  | { readonly do: 'share'; readonly lifetime: number; readonly age: number; readonly same: boolean }
  | { readonly do: 'report'; readonly what: Report; readonly back: number }
  | { readonly do: 'wait'; readonly ms: number }
  | {
      readonly do: 'freeze' | 'set the clock back' | 'set the clock forward';
      /** Without, as far as something changes. */
      readonly ms?: number;
      readonly thenWait: number;
    }
  /** Just before, at or after a moment at which something changes by itself. */
  | { readonly do: 'wait until'; readonly milestone: number; readonly offset: number };

const LONGEST_WAIT = 600_000;

/** Takes a step in the world, and lets all that comes of it happen. */
export async function take(step: Step, { world, invariants }: Scene): Promise<void> {
  switch (step.do) {
    case 'ask':
      world.ask(step.way, step.again);
      break;
    case 'ask with an end':
      world.askFor(step.patience, step.signal);
      break;
    case 'call':
      world.call(step.answers);
      break;
    case 'leave':
      world.leave(step.which);
      break;
    case 'abort':
      world.abort(step.which);
      break;
    case 'unfollow':
      world.unfollow(step.which);
      break;
    case 'late answer':
      world.line.answerLate(step.which);
      break;
    case 'follow':
      world.follow();
      break;
    case 'keep warm':
      world.keepWarm();
      break;
    case 'warm up':
      world.warmUp();
      break;
    case 'rotate':
      world.rotate();
      break;
    case 'answer reads':
      world.answerReads();
      break;
    case 'close':
      world.close();
      break;
    case 'answer':
      await world.answer(step.answer, step.sameToken);
      break;
    case 'habit':
      world.habit = step.habit;
      break;
    case 'credentials':
      world.credentials = step.are;
      break;
    case 'share':
      world.share(step.lifetime, step.age, step.same);
      break;
    case 'report':
      world.report(step.what, step.back);
      break;
    case 'wait':
      await world.advance(step.ms);
      break;
    case 'wait until': {
      const { milestones } = world.model;
      const milestone = milestones[step.milestone % Math.max(1, milestones.length)] ?? 0;
      await world.advance(Math.min(LONGEST_WAIT, Math.max(0, Math.ceil(milestone) + step.offset)));
      break;
    }
    case 'freeze':
    case 'set the clock back':
    case 'set the clock forward': {
      const ms = step.ms ?? Math.ceil(world.model.milestones[0] ?? 0);
      if (step.do === 'freeze') world.freeze(ms);
      else world.setWall(step.do === 'set the clock back' ? -ms : ms);
      if (step.thenWait > 0) await world.advance(step.thenWait);
    }
  }
  await world.settle();
  invariants.check();
}

const lifetime = fc.constantFrom(100_000, 100_000, 3_600_000, 300_000, 20_000, 1_000, 1_000, 86_400_000);
const grant: fc.Arbitrary<Told> = lifetime.map((lifetime) => ({ kind: 'grant', lifetime }));
const refusal: fc.Arbitrary<Told> = fc.oneof(
  fc.constantFrom<Told>(
    { kind: 'unavailable', lifetime: 0 },
    { kind: 'rejected', lifetime: 0 },
    { kind: 'rejected', lifetime: 0, rotates: true },
    { kind: 'invalid', lifetime: 0 },
  ),
  fc
    .constantFrom(0, 500, 4_000, 15_000, 60_000, 400_000)
    .map((retryAfterMs): Told => ({ kind: 'unavailable', lifetime: 0, retryAfterMs })),
);
const answer = fc.oneof(grant, refusal);
/** Mostly a bank that issues tokens, so that there is something to lose. */
const habits: fc.Arbitrary<readonly Told[]> = fc.oneof(
  { weight: 5, arbitrary: grant.map((told) => [told]) },
  { weight: 2, arbitrary: fc.constant<readonly Told[]>([{ kind: 'rejected', lifetime: 0 }]) },
  { weight: 3, arbitrary: fc.array(answer, { minLength: 1, maxLength: 3 }) },
  { weight: 2, arbitrary: fc.constant([]) },
);
const ms = fc.oneof(
  fc.constantFrom(0, 1, 250, 999, 1_000, 5_000, 15_000, 60_000, 80_000, 100_000, 600_000),
  fc.integer({ min: 0, max: 5_000 }),
);
const which = fc.nat(20);
const callAnswer = fc.constantFrom<CallAnswer>('ok', 'refused', 'ok elsewhere', 'ok elsewhere');
const leap = fc.oneof(fc.constantFrom(1_000, 60_000, 100_000, 600_000, 3_600_000), fc.nat(5_000));

/** A step of each kind, the more frequent ones more often. */
const steps: readonly { readonly weight: number; readonly arbitrary: fc.Arbitrary<Step> }[] = [
  {
    weight: 30,
    arbitrary: fc.record({
      do: fc.constant('ask' as const),
      way: fc.constantFrom<Way>('getToken', 'getToken', 'getAccessToken', 'acquire', 'refresh'),
      again: fc.boolean(),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('ask with an end' as const),
      patience: fc.option(fc.constantFrom(0, 777, 1_234, 6_543, 60_000), { nil: undefined }),
      signal: fc.constantFrom('none' as const, 'open' as const, 'open' as const, 'aborted' as const),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom('leave' as const, 'abort' as const, 'unfollow' as const),
      which,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('late answer' as const), which }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom('follow' as const, 'follow' as const, 'keep warm' as const, 'warm up' as const),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('rotate' as const) }) },
  {
    weight: 14,
    arbitrary: fc.record({ do: fc.constant('answer' as const), answer, sameToken: fc.boolean() }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant('habit' as const), habit: habits }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('credentials' as const),
      are: fc.constantFrom<World['credentials']>('readable', 'readable', 'readable', 'unreadable', 'hanging'),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('answer reads' as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('share' as const),
      lifetime,
      age: fc.constantFrom(0, 500, 50_000),
      same: fc.boolean(),
    }),
  },
  {
    weight: 20,
    arbitrary: fc.record({
      do: fc.constant('call' as const),
      answers: fc.tuple(callAnswer, callAnswer),
    }),
  },
  {
    weight: 16,
    arbitrary: fc.record({
      do: fc.constant('report' as const),
      what: fc.constantFrom<Report>(
        'refused',
        'refused',
        'refused',
        'accepted',
        'accepted after a refusal',
        'invalid',
        'invalid by value',
      ),
      back: fc.oneof(fc.constant(0), fc.nat(3)),
    }),
  },
  { weight: 10, arbitrary: fc.record({ do: fc.constant('wait' as const), ms }) },
  {
    weight: 24,
    arbitrary: fc.record({
      do: fc.constant('wait until' as const),
      milestone: fc.nat(8),
      offset: fc.constantFrom(-1, 0, 1),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom('freeze' as const, 'set the clock back' as const, 'set the clock forward' as const),
      ms: fc.option(leap, { nil: undefined, freq: 2 }),
      thenWait: fc.constantFrom(0, 70_000),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('close' as const) }) },
];

class StepCommand implements fc.AsyncCommand<ReferenceModel, Scene> {
  constructor(private readonly step: Step) {}

  check({ terms }: ReferenceModel): boolean {
    return !terms.never.includes(this.step.do);
  }

  run(_model: ReferenceModel, scene: Scene): Promise<void> {
    return take(this.step, scene);
  }

  toString(): string {
    return JSON.stringify(this.step);
  }
}

/** Sequences of steps. */
export function sequences(maxCommands: number) {
  const commands = fc
    .oneof(...steps)
    .map((step): fc.AsyncCommand<ReferenceModel, Scene> => new StepCommand(step));
  return fc.commands([commands], { maxCommands, size: 'max', ...replayedCommands('MODEL') });
}

const OFTEN_ABSENT: readonly Step['do'][] = [
  'call',
  'report',
  'ask with an end',
  'leave',
  'abort',
  'follow',
  'keep warm',
  'warm up',
  'rotate',
  'credentials',
  'share',
  'freeze',
  'set the clock back',
  'set the clock forward',
  'wait',
  'close',
];

/** What does not happen at all in a run: without the rest, what is left goes deeper. */
function absent(always: readonly Step['do'][]): fc.Arbitrary<readonly Step['do'][]> {
  return fc.subarray([...OFTEN_ABSENT]).map((absent) => [...absent, ...always]);
}

/** @param never what does not happen in any run */
export function settings(...never: readonly Step['do'][]): fc.Arbitrary<Setting> {
  const terms = fc.record({
    attempts: fc.constantFrom(3, 3, 1),
    attemptTimeout: fc.constantFrom(5_000, 2_000),
    deadline: fc.constantFrom(15_000, 6_000),
    rejectedCoolsFor: fc.constantFrom(60_000, 5_000),
    unavailableCoolsFor: fc.constantFrom(3_000, 1_000, 20_000),
    singleActiveToken: fc.boolean(),
    mayRotate: fc.boolean(),
    store: fc.boolean(),
    luck: fc.constantFrom(0, 0.2, 0.5, 0.9),
    never: absent(never),
  });
  return fc.record({
    terms,
    habit: never.includes('habit') ? fc.constant([]) : habits,
  });
}
