import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { replayable } from '../support/replay.js';
import { HttpBank, HttpBankLine } from './http-bank.line.js';
import { Invariants } from './invariants.js';
import { sequences, settings } from './steps.js';
import { AT_ONCE, World } from './world.js';

// Time is virtual, but each request is one over HTTP by the real client of the token endpoint.

const bank = new HttpBank();
let socketsBefore = 0;
beforeAll(() => {
  socketsBefore = sockets();
  return bank.start();
});
afterAll(() => bank.stop());

test('a token service with its real client matches the reference model, and leaves no connection', async () => {
  await fc.assert(
    fc.asyncProperty(settings('habit'), sequences(40), async (setting, steps) => {
      const world = new World(setting, AT_ONCE, (clock) => new HttpBankLine(clock, bank));
      const invariants = new Invariants(world);
      try {
        await fc.asyncModelRun(() => ({ model: world.model, real: { world, invariants } }), steps);
        await invariants.end();
      } finally {
        invariants.stop();
      }
      await noConnectionIsLeft();
    }),
    replayable('MODEL', 20),
  );
}, 120_000);

/** Sockets of this process; suites that ran in it before may have left some. */
function sockets(): number {
  return process.getActiveResourcesInfo().filter((resource) => /^TCP(?:Socket|Connect)Wrap$/.test(resource))
    .length;
}

async function noConnectionIsLeft(): Promise<void> {
  const areLeft = async () => sockets() > socketsBefore || (await bank.connections()) > 0;
  for (let tries = 0; tries < 500 && (await areLeft()); tries += 1)
    await new Promise((resolve) => setTimeout(resolve, 1));
  expect(await bank.connections()).toBe(0);
  expect(sockets()).toBeLessThanOrEqual(socketsBefore);
}
