import { sleep } from '../lib/clock.mjs';

const PER_SECOND = 200;
const SECONDS = 15;
const CALLS = PER_SECOND * SECONDS;
/** Milliseconds until the secrets are rotated. */
const MIDST = 6_000;

/**
 * Makes calls at a fixed pace, and rotates all secrets in their midst.
 * @param target the callers: the number of `merchants`, or the default merchant's `clientId`
 * @returns the figures that hold for every rotation
 */
export async function underLoad({ bank, worker }, target, rotate) {
  const load = worker.ask('load', { ...target, calls: CALLS, perSecond: PER_SECOND });
  // Awaited below, after the rotation.
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
