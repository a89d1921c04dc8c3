import type { Channel } from 'node:diagnostics_channel';
import type { Surrounding } from './trace-message.js';

/**
 * Publishes the start of an operation, and runs the operation within the stores that are bound to the channel and the
 * functions that subscribers passed to `runWithin`. An error of such a function does not affect the operation, which
 * runs exactly once.
 */
export function surrounded<T>(channel: Channel, start: object, work: () => T): T {
  const surroundings: Surrounding[] = [];
  const message = Object.freeze({
    phase: 'start',
    ...start,
    runWithin: (surrounding: Surrounding) => void surroundings.push(surrounding),
  });
  return channel.runStores(message, () =>
    surroundings.reduce<() => T>((inner, surrounding) => () => within(surrounding, inner), work)(),
  ) as T;
}

function within<T>(surrounding: Surrounding, work: () => T): T {
  const done: { outcome?: { readonly value: T } | { readonly thrown: unknown } } = {};
  const once = () => {
    if (done.outcome !== undefined) return;
    try {
      done.outcome = { value: work() };
    } catch (thrown) {
      done.outcome = { thrown };
    }
  };
  try {
    const returned: unknown = surrounding(once);
    // The function is `async`: its rejection would end the process.
    if (returned instanceof Promise) returned.catch(() => undefined);
  } catch {
    // An error of the subscriber does not affect the operation.
  }
  once();
  const outcome = done.outcome as NonNullable<typeof done.outcome>;
  if ('thrown' in outcome) throw outcome.thrown;
  return outcome.value;
}
