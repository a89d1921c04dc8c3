import { AsyncLocalStorage } from 'node:async_hooks';
import type {
  BankAuthCallMessage,
  BankAuthEvent,
  BankAuthFlightMessage,
  BankAuthWaitMessage,
  BankCallReport,
} from '../index.js';
import type { WaitReason } from './call-record.js';
import type { Journal } from './journal.js';

/** The results of a provider's calls since the application began. */
export interface CallCounts {
  /** Calls with a status below 400. */
  accepted: number;
  /** Calls with a status of 400 or more. */
  refused: number;
  unknown: number;
  notSent: number;
  /** Calls of any result that were sent twice. */
  replayed: number;
  /** Calls of any result that waited for a token. */
  waited: number;
}

interface PendingCall {
  readonly at: number;
  readonly method: string;
  readonly flights: number[];
}

type FlightEnd = Extract<BankAuthFlightMessage, { readonly phase: 'end' }>;
type CallStart = Extract<BankAuthCallMessage, { readonly phase: 'start' }>;
type CallEnd = Extract<BankAuthCallMessage, { readonly phase: 'end' }>;

/** The most calls and flights under way that are followed, and merchants whose first token is known. */
const MOST_FOLLOWED = 10_000;
/** The most ended flights that are kept: each may still be the reason of a call. */
const MOST_ENDED = 1_000;
/** A call waits for two flights at most; a test may have it wait for more. */
const MOST_WAITS = 8;
/** The longest method or error code, in characters: foreign code may have made it. */
const LONGEST_CODE = 64;
/** Milliseconds: the clock is read for an event and for its call one after the other. */
const TOLERANCE = 5;

/** Follows resource calls: why they waited, and how they ended. */
export class CallWatch {
  readonly #calls = new Map<number, PendingCall>();
  readonly #ended = new Map<number, FlightEnd>();
  readonly #current = new AsyncLocalStorage<PendingCall>();
  readonly #counts = new Map<string, CallCounts>();
  /** The entry of each merchant's first token. */
  readonly #first = new Map<string, number>();
  #forgotFirst = false;

  constructor(
    private readonly journal: Journal,
    private readonly recorded: () => void,
  ) {}

  countsOf(provider: string): Readonly<CallCounts> {
    return { ...(this.#counts.get(provider) ?? NONE) };
  }

  event(event: BankAuthEvent, id: number): void {
    if (event.type !== 'token.obtained' && event.type !== 'token.renewed') return;
    const whose = keyOf(event);
    if (this.#first.has(whose)) return;
    this.#first.set(whose, id);
    if (this.#first.size > MOST_FOLLOWED) {
      this.#forgotFirst = true;
      forgetFirst(this.#first);
    }
  }

  flight(message: BankAuthFlightMessage): void {
    if (message.phase === 'start') return;
    this.#ended.set(message.flight, message);
    if (this.#ended.size > MOST_ENDED) forgetFirst(this.#ended);
  }

  wait({ flight }: BankAuthWaitMessage): void {
    const call = this.#current.getStore();
    if (call !== undefined && call.flights.length < MOST_WAITS) call.flights.push(flight);
  }

  call(message: BankAuthCallMessage): void {
    if (message.phase === 'end') this.#end(message);
    else this.#start(message);
  }

  #start(message: CallStart): void {
    const call: PendingCall = { at: Date.now(), method: message.method, flights: [] };
    this.#calls.set(message.call, call);
    if (this.#calls.size > MOST_FOLLOWED) forgetFirst(this.#calls);
    message.runWithin((work) => this.#current.run(call, work));
  }

  #end(message: CallEnd): void {
    const call = this.#calls.get(message.call);
    this.#calls.delete(message.call);
    if (call === undefined) return;
    const now = Date.now();
    // Events of the call's flight arrive in the next turn.
    setImmediate(() => {
      const { report, failed, code } = message;
      const why = this.#whyOf(call, message, now);
      this.journal.call({
        ...report,
        at: call.at,
        method: call.method.slice(0, LONGEST_CODE),
        durationMs: Math.max(0, now - call.at),
        failed,
        ...(code === undefined ? {} : { code: code.slice(0, LONGEST_CODE) }),
        ...(why === undefined ? {} : { why }),
      });
      this.#count(report, why !== undefined && why.reason !== 'cool-down');
      this.recorded();
    });
  }

  #count(report: BankCallReport, waited: boolean): void {
    const counts = this.#counts.get(report.provider) ?? { ...NONE };
    this.#counts.set(report.provider, counts);
    if (report.delivery === 'unknown') counts.unknown += 1;
    else if (report.delivery === 'not-sent') counts.notSent += 1;
    else if ((report.status ?? 0) < 400) counts.accepted += 1;
    else counts.refused += 1;
    if (report.replayed) counts.replayed += 1;
    if (waited) counts.waited += 1;
  }

  #whyOf(call: PendingCall, { report, code }: CallEnd, end: number): WaitReason | undefined {
    const flight = call.flights
      .map((number) => this.#ended.get(number))
      .findLast((each) => each !== undefined);
    if (call.flights.length === 0) {
      const wanting = report.delivery === 'not-sent' && code !== undefined && ANSWERED_AT_ONCE.has(code);
      return wanting ? { reason: 'cool-down' } : undefined;
    }
    const meanwhile = this.#eventsOf(report.provider, call.at - TOLERANCE, end + TOLERANCE);
    const arrival = meanwhile.findLast(
      ({ event }) =>
        (event.type === 'token.obtained' || event.type === 'token.renewed') &&
        event.merchant === report.merchant,
    );
    const lineFull = meanwhile.some(({ event }) => event.type === 'queue.saturated');
    const facts = {
      ...(flight === undefined ? {} : { attempts: flight.attempts }),
      ...(flight?.source === undefined ? {} : { source: flight.source }),
      ...(flight?.status === undefined ? {} : { status: flight.status }),
      ...(lineFull ? { lineFull: true as const } : {}),
    };
    if (report.tokenRefused) return { reason: 'refused', ...facts };
    if (flight?.outcome === 'failed') return { reason: 'failed', ...facts };
    if (arrival === undefined || arrival.event.type !== 'token.obtained')
      return { reason: 'other', ...facts };
    const { outageMs } = arrival.event;
    if (arrival.event.afterFailures > 0)
      return { reason: 'outage', ...facts, ...(outageMs === undefined ? {} : { outageMs }) };
    return { reason: this.#isFirst(arrival.event, arrival.id), ...facts };
  }

  #isFirst(event: BankAuthEvent, id: number): 'first' | 'ended' | 'other' {
    if (this.#first.get(keyOf(event)) !== id) return 'ended';
    return this.#forgotFirst ? 'other' : 'first';
  }

  #eventsOf(provider: string, from: number, to: number) {
    return this.journal.events.filter(
      ({ event }) => event.provider === provider && event.at >= from && event.at <= to,
    );
  }
}

const NONE: CallCounts = { accepted: 0, refused: 0, unknown: 0, notSent: 0, replayed: 0, waited: 0 };

/** The codes of failures that a merchant's callers get at once for a while. */
const ANSWERED_AT_ONCE: ReadonlySet<string> = new Set([
  'BANK_AUTH_UNAVAILABLE',
  'BANK_AUTH_CREDENTIALS_REJECTED',
  'BANK_AUTH_INVALID_RESPONSE',
]);

const keyOf = ({ provider, merchant }: BankAuthEvent) => JSON.stringify([provider, merchant]);

function forgetFirst(map: Map<unknown, unknown>): void {
  for (const key of map.keys()) {
    map.delete(key);
    return;
  }
}
