import { Readable } from 'node:stream';
import { BankAuthConfigError, codeOf } from '../errors/index.js';
import type { AnyStream } from './bounded-stream.js';
import type { CallRecord } from './call-record.js';
import type { Delivery } from './delivery.js';
import { streamRead, streamSent } from './http.messages.js';

/** The state of a stream that is the body of a request. */
export interface SentStream {
  /** Whether an adapter has it. */
  isSent: boolean;
  /** How far the last try came. */
  delivery?: Delivery;
  /** How the last try ended, as a status or a code; undefined while it is unknown. */
  ended?: string | undefined;
}

const streams = new WeakMap<object, SentStream>();

/**
 * Registers a stream as the body of a request. A stream can be read once: at its end an empty body would be sent, which
 * a bank may take for a valid one.
 * @throws BankAuthConfigError if the stream has been read, wholly or in part, or closed
 */
export function takeStream(
  provider: string,
  merchant: string,
  stream: AnyStream,
  record: CallRecord,
): SentStream {
  const before = streams.get(stream);
  if (before?.isSent && wasRead(stream)) {
    record.wasMadeBefore(before.delivery);
    throw spentBody(provider, merchant, before);
  }
  if (stream instanceof Readable && (stream.readableEnded || stream.destroyed)) {
    throw new BankAuthConfigError(streamRead(provider), { provider, merchant });
  }
  const taken: SentStream = { isSent: false };
  streams.set(stream, taken);
  return taken;
}

/** The error of a request that is sent again although its stream was read. The first try may have reached the bank. */
export function spentBody(
  provider: string,
  merchant: string,
  { isSent, ended }: SentStream,
): BankAuthConfigError {
  if (!isSent) return new BankAuthConfigError(streamRead(provider), { provider, merchant });
  return new BankAuthConfigError(streamSent(provider, ended), { provider, merchant, requestSent: true });
}

/** The end of a try, as a status or a code. Its error may come from an adapter of the user, and can be anything. */
export function endOf(outcome: {
  readonly response?: { readonly status: number };
  readonly error?: unknown;
}): string | undefined {
  if (outcome.response !== undefined) return `HTTP ${Number(outcome.response.status)}`;
  return codeOf(outcome.error);
}

/** Whether a stream was read; assumed of streams that do not tell, such as those of the package form-data. */
function wasRead(stream: AnyStream): boolean {
  const tells = stream instanceof Readable || stream instanceof ReadableStream;
  return !tells || Readable.isDisturbed(stream as Readable);
}
