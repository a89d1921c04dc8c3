import { test } from '@jest/globals';
import fc from 'fast-check';
import { replayable } from '../support/replay.js';
import { settle } from '../support/virtual-clock.js';
import { Invariants } from './invariants.js';
import { sequences, settings } from './steps.js';
import { AT_ONCE, World } from './world.js';

// Here answers of the bank, of the store and of the source of the credentials arrive when a scheduler says so, between
// any two steps of the callers.

/** One of its own for each seed: those that `fc.scheduler` makes while it shrinks cannot be made again. */
function schedulerFor(seed: number, afterEach: () => void): fc.Scheduler {
  const schedulers = fc.scheduler({
    act: async (happens) => {
      await happens();
      await settle();
      afterEach();
    },
  });
  return fc.sample(schedulers, { seed, numRuns: 1 })[0] as fc.Scheduler;
}

test('a token service matches the reference model, in any order of answers around it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.noShrink(fc.integer()), settings(), sequences(45), async (order, setting, steps) => {
      let running = true;
      const scheduler = schedulerFor(order, () => {
        if (running) invariants.check();
      });
      const world = new World(setting, (what, happens) => {
        void scheduler.schedule(Promise.resolve(), what).then(happens);
      });
      const invariants = new Invariants(world);
      try {
        await fc.scheduledModelRun(
          scheduler,
          () => ({ model: world.model, real: { world, invariants } }),
          steps,
        );
        await scheduler.waitIdle();
        running = false;
        world.outside = AT_ONCE;
        await invariants.end();
      } catch (error) {
        throw new Error(`${(error as Error).message}\n\nIt happened in this order:\n${scheduler}`, {
          cause: error,
        });
      } finally {
        running = false;
        invariants.stop();
      }
    }),
    replayable('MODEL', 25),
  );
}, 120_000);
