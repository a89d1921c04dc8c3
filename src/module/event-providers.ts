import type { Provider } from '@nestjs/common';
import { writeLine } from '../errors/index.js';
import { BankAuthEvents, EventBus } from '../events/index.js';
import { ApplicationLogger } from '../logs/index.js';
import { decorable } from './container.js';
import { AN_ERROR, oddThrown, subscriberFailed } from './module.messages.js';
import { EVENT_BUS } from './own-tokens.js';

/** The application's events, from where they happen to those who listen. */
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

/** The class of what was thrown, and where. Not its message, which is the user's and may hold anything. */
function nameAndPlaceOf(thrown: unknown): [name: string, place: string | undefined] {
  if (!(thrown instanceof Error)) return [oddThrown(typeof thrown), undefined];
  const frame = /^ {4}(at .{1,300})$/m.exec(String(thrown.stack))?.[1];
  return [thrown.constructor.name || AN_ERROR, frame];
}
