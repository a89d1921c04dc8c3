import type { Provider } from '@nestjs/common';
import { describeForeignFailure } from '../credentials/index.js';
import { writeLine } from '../errors/index.js';
import { BankAuthEvents, EventBus } from '../events/index.js';
import { ApplicationLogger } from '../logs/index.js';
import { decorable } from './container.js';
import { AN_ERROR, oddThrown, subscriberFailed } from './module.messages.js';
import { EVENT_BUS } from './own-tokens.js';

/** The providers of the application's events: the bus that publishes them, and `BankAuthEvents`. */
export const eventProviders: readonly Provider[] = [
  decorable({ provide: EVENT_BUS, useFactory: () => new EventBus() }),
  decorable({
    provide: BankAuthEvents,
    useFactory: (bus: EventBus) => {
      const logger = new ApplicationLogger();
      return new BankAuthEvents(bus, (thrown, hasEnded) =>
        writeLine(logger, subscriberFailed(...nameAndPlaceOf(thrown), hasEnded)),
      );
    },
    inject: [EVENT_BUS],
  }),
];

/** The class and the place of an error. Not its message, which may hold anything, also lines that look like a stack. */
function nameAndPlaceOf(thrown: unknown): [name: string, place: string | undefined] {
  const unnamed = typeof thrown === 'object' && thrown !== null ? AN_ERROR : oddThrown(typeof thrown);
  return [describeForeignFailure(thrown) || unnamed, placeOf(thrown)];
}

function placeOf(thrown: unknown): string | undefined {
  try {
    const { stack, message } = thrown as Error;
    if (/\n {4}at /.test(message)) return undefined;
    const [frames = ''] = /(?:\n {4}at .*)+$/.exec(stack as string) ?? [];
    return /^ {4}(at .{1,300})$/m.exec(frames)?.[1];
  } catch {
    // A getter or a proxy may throw again, and an error here would end the process.
    return undefined;
  }
}
