import type { Channel } from 'node:diagnostics_channel';
import type { Surrounding } from './trace-message.js';

/**
 * Publishes the start of an operation, and runs it within the stores that are bound to the channel, and within all
 * functions that subscribers gave for that. What one of those does wrong is no matter of the operation, which runs once
 * in any case.
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
    // Of an `async` function, whose rejection would end the process.
    if (returned instanceof Promise) returned.catch(() => undefined);
  } catch {
    // The subscriber's own trouble.
  }
  once();
  const outcome = done.outcome as NonNullable<typeof done.outcome>;
  if ('thrown' in outcome) throw outcome.thrown;
  return outcome.value;
}
