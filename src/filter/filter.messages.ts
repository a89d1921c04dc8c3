import { type LogLine, quoted } from '../errors/index.js';

// Sentences for the clients of the application: what happened, whether money can have moved, what to do.

export const noToken = (provider: string): string =>
  `${provider} gives no token at present, so nothing was sent to the bank. Try again later.`;
export const credentialsRejected = (provider: string): string =>
  `${provider} does not accept the credentials of this service, so nothing was sent to the bank. Its operator has to look.`;
export const cannotBeCalled = (provider: string): string =>
  `${provider} cannot be called, so nothing was sent to the bank. The operator of this service has to look.`;
export const sentBefore = (provider: string): string =>
  `${provider} was called before with this request, which cannot be sent again. Find out what became of it before you try again.`;
export const NOT_A_BANKS_ORIGIN =
  'This service tried to call an origin that is not the bank’s, so nothing was sent. Its developer has to look.';
export const notSent = (provider: string): string =>
  `${provider} could not be reached, and nothing was sent to the bank. Try again later.`;
export const outcomeUnknown = (provider: string): string =>
  `${provider} was called and did not answer. Whether it did what was asked is not known: find out before you try again.`;
export const tokenRefused = (provider: string): string =>
  `${provider} refuses this service the call. Its operator has to look.`;
export const answeredWith = (provider: string, status: number): string =>
  `${provider} answered with status ${status}.`;
export const unreadableAnswer = (provider: string): string =>
  `${provider} accepted the call, and its answer could not be read. Find out what it did before you try again.`;
/** The message of an error that stands for a problem. */
export const problemIs = (title: string, detail: string): string => `${title}: ${detail}`;

interface FailedMessage {
  readonly provider: string;
  /** The merchant's name in messages. */
  readonly merchant: string;
  readonly code: string;
  readonly detail: string;
  readonly delivery?: string;
}

/** The log line for the operator: an event has no client that would get the error. */
export const messageFailed = ({ provider, merchant, code, detail, delivery }: FailedMessage): LogLine => ({
  level: 'error',
  code: 'BANK_AUTH_MESSAGE_FAILED',
  text: `${provider} (merchant ${quoted(merchant)}): the handler of a message or event failed (${code}). ${detail}`,
  fields: { provider, merchant, errorCode: code, delivery },
});
