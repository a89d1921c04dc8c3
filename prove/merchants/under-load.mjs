import { sleep } from '../lib/clock.mjs';

const PER_SECOND = 200;
const SECONDS = 15;
const CALLS = PER_SECOND * SECONDS;
/** Milliseconds until the secrets are rotated. */
const MIDST = 6_000;

/**
 * Calls at a pace, in whose midst all secrets are rotated.
 * @param target whose calls: of so many `merchants`, or of the default merchant, whose `clientId` that is
 * @returns the figures that hold for every rotation
 */
export async function underLoad({ bank, worker }, target, rotate) {
  const load = worker.ask('load', { ...target, calls: CALLS, perSecond: PER_SECOND });
  // Looked at below, when the rotation is over.
  load.catch(() => undefined);
  await sleep(MIDST);
  await rotate();
  const { calls, failures, details, longest } = await load;
  const latest = bank.generations.at(-1);
  const behind = [...bank.generationOf.values()].filter((generation) => generation !== latest).length;
  return [
    { what: `calls, ${PER_SECOND} a second`, value: calls, exactly: CALLS },
    { what: 'failed calls', value: failures, exactly: 0, details },
    { what: 'calls refused by the bank', value: bank.refusals, exactly: 0 },
    { what: "calls with another merchant's token", value: bank.strangers, exactly: 0 },
    { what: "merchants whose last call had a token of the old secret's", value: behind, exactly: 0 },
    { what: 'longest call', value: longest, unit: 'ms' },
  ];
}
