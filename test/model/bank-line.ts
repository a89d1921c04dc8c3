import type { Instant } from '../../src/time/clock.js';
import type { FlightParts } from '../../src/token/flight-plan.js';
import type { BankAnswer } from './reference-model.js';

/** The line between a token service and its bank, as a test holds it. */
export interface BankLine {
  readonly client: FlightParts['client'];
  /** Told of each request as it is sent. */
  onRequest: () => void;
  /** Told of each answer, immediately before the service hears it. */
  onAnswer: (answer: BankAnswer) => void;
  /** Requests that were sent, with the version of their credentials. */
  readonly requests: readonly { readonly version: string; readonly at: Instant }[];
  /** Requests that are under way, and the most there ever were at once. */
  readonly open: number;
  readonly peak: number;
  /** Answers the request that is under way; resolves when the service has heard it. */
  answer(answer: BankAnswer): void | Promise<void>;
  /** Answers a request that the service has given up. */
  answerLate(which: number): void;
}

/** Client ids tell the version of the credentials. */
export const clientIdOf = (version: string) => `id-${version}`;
export const versionOf = (clientId: string) => clientId.slice('id-'.length);
