export type { BankAuthEvent, BankAuthEventDetails, BankAuthEventType } from './bank-auth-event.js';
export { BankAuthEvents } from './bank-auth-events.js';
export { CallTrace } from './call-trace.js';
export { ALL, EventBus, type EventSink, NO_EVENTS } from './event-bus.js';
export { FlightTrace } from './flight-trace.js';
export type {
  BankAuthCallMessage,
  BankAuthFlightMessage,
  BankAuthWaitMessage,
} from './trace-message.js';
