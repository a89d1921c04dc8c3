import { context, type Span, SpanKind, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api';
import type { BankAuthCallMessage } from '../index.js';
import { ATTRIBUTES } from './instruments.js';

/** The methods that OpenTelemetry names; any other is `_OTHER`, since callers may make methods up. */
const METHODS = new Set([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'DELETE',
  'CONNECT',
  'OPTIONS',
  'TRACE',
  'PATCH',
  'QUERY',
]);

/**
 * One span for each resource call, from the wait for its token to its end, with its result. It encloses the spans of
 * the requests that the call sends: one, two with a replay, or none.
 */
export class CallSpans {
  readonly #calls = new Map<number, Span>();

  constructor(private readonly tracer: Tracer) {}

  call(message: BankAuthCallMessage): void {
    if (message.phase === 'start') this.#start(message);
    else this.#end(message);
  }

  #start(message: Extract<BankAuthCallMessage, { phase: 'start' }>): void {
    const { provider, call } = message;
    const method = METHODS.has(message.method) ? message.method : '_OTHER';
    const span = this.tracer.startSpan(`${method === '_OTHER' ? 'HTTP' : method} ${provider}`, {
      kind: SpanKind.INTERNAL,
      attributes: { [ATTRIBUTES.provider]: provider, [ATTRIBUTES.method]: method },
    });
    this.#calls.set(call, span);
    const within = trace.setSpan(context.active(), span);
    message.runWithin((work) => context.with(within, work));
  }

  #end(message: Extract<BankAuthCallMessage, { phase: 'end' }>): void {
    const span = this.#calls.get(message.call);
    if (span === undefined) return;
    this.#calls.delete(message.call);
    const { delivery, status, attempts, replayed, tokenRefused, waitedForToken } = message.report;
    span.setAttributes({
      [ATTRIBUTES.delivery]: delivery,
      [ATTRIBUTES.callAttempts]: attempts,
      [ATTRIBUTES.replayed]: replayed,
      [ATTRIBUTES.tokenRefused]: tokenRefused,
      [ATTRIBUTES.tokenWait]: waitedForToken / 1_000,
      ...(status === undefined ? {} : { [ATTRIBUTES.status]: status }),
    });
    const type = errorTypeOf(message);
    if (type !== undefined) {
      span.setAttribute(ATTRIBUTES.error, type);
      span.setStatus({ code: SpanStatusCode.ERROR });
    }
    span.end();
  }
}

/** The error type as in OpenTelemetry's conventions for HTTP clients: the status from 400 on, else the error's code. */
function errorTypeOf({
  failed,
  code,
  report,
}: Extract<BankAuthCallMessage, { phase: 'end' }>): string | undefined {
  if (report.status !== undefined && report.status >= 400) return String(report.status);
  return failed ? (code ?? '_OTHER') : undefined;
}
