import { test } from '@jest/globals';
import fc from 'fast-check';
import { replayable } from '../support/replay.js';
import { Invariants } from './invariants.js';
import { sequences, settings } from './steps.js';
import { World } from './world.js';

test('a token service matches the reference model, in any sequence of events', async () => {
  await fc.assert(
    fc.asyncProperty(settings(), sequences(60), async (setting, steps) => {
      const world = new World(setting);
      const invariants = new Invariants(world);
      try {
        await fc.asyncModelRun(() => ({ model: world.model, real: { world, invariants } }), steps);
        await invariants.end();
      } finally {
        invariants.stop();
      }
    }),
    replayable('MODEL', 50),
  );
}, 120_000);
