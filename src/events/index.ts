export type { BankAuthEvent, BankAuthEventDetails, BankAuthEventType } from './bank-auth-event.js';
export { BankAuthEvents } from './bank-auth-events.js';
export { ALL, EVENT_CHANNEL, EventBus, type EventSink, NO_EVENTS, type PublishedEvent } from './event-bus.js';
