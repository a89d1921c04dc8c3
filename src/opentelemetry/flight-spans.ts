import {
  context,
  isSpanContextValid,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import type { BankAuthFlightMessage, BankAuthWaitMessage } from '../index.js';
import { ATTRIBUTES } from './instruments.js';

/** The most links of a flight, which may have a thousand waiting callers. */
const MOST_LINKS = 32;

interface FlightSpan {
  readonly span: Span;
  /** The linked spans, by their ids. */
  readonly linked: Set<string>;
  waiters: number;
}

/**
 * One span for each flight. It has a trace of its own, since the flight belongs to none of its callers; it has links to
 * the spans that wait for it, and they to it. Spans of its requests are its children.
 */
export class FlightSpans {
  readonly #flights = new Map<number, FlightSpan>();

  constructor(private readonly tracer: Tracer) {}

  flight(message: BankAuthFlightMessage): void {
    if (message.phase === 'start') this.#start(message);
    else this.#end(message);
  }

  wait({ flight: number }: BankAuthWaitMessage): void {
    const flight = this.#flights.get(number);
    if (flight === undefined) return;
    flight.waiters += 1;
    const waiting = trace.getActiveSpan();
    if (waiting === undefined || !isSpanContextValid(waiting.spanContext())) return;
    const { linked, span } = flight;
    const { spanId } = waiting.spanContext();
    if (linked.has(spanId)) return;
    waiting.addLink({ context: span.spanContext() });
    if (linked.size >= MOST_LINKS) return;
    linked.add(spanId);
    span.addLink({ context: waiting.spanContext() });
  }

  #start(message: Extract<BankAuthFlightMessage, { phase: 'start' }>): void {
    const { provider, flight, address } = message;
    const span = this.tracer.startSpan(`token ${provider}`, {
      kind: SpanKind.INTERNAL,
      root: true,
      attributes: { [ATTRIBUTES.provider]: provider, [ATTRIBUTES.server]: address },
    });
    this.#flights.set(flight, { span, linked: new Set(), waiters: 0 });
    const within = trace.setSpan(context.active(), span);
    message.runWithin((work) => context.with(within, work));
  }

  #end(message: Extract<BankAuthFlightMessage, { phase: 'end' }>): void {
    const flight = this.#flights.get(message.flight);
    if (flight === undefined) return;
    this.#flights.delete(message.flight);
    const { span, waiters } = flight;
    const { outcome, attempts, source, code, status } = message;
    span.setAttributes({
      [ATTRIBUTES.outcome]: outcome,
      [ATTRIBUTES.flightAttempts]: attempts,
      [ATTRIBUTES.waiters]: waiters,
      ...(source === undefined ? {} : { [ATTRIBUTES.source]: source }),
      ...(status === undefined ? {} : { [ATTRIBUTES.status]: status }),
    });
    if (outcome === 'failed') {
      if (code !== undefined) span.setAttribute(ATTRIBUTES.error, code);
      span.setStatus({ code: SpanStatusCode.ERROR, ...(code === undefined ? {} : { message: code }) });
    }
    span.end();
  }
}
