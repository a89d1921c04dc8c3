import { randomBytes } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ServerResponse } from 'node:http';
import type {
  BankAuthCallMessage,
  BankAuthEvent,
  BankAuthEvents,
  BankAuthFlightMessage,
  BankAuthState,
  BankAuthWaitMessage,
} from '../index.js';
import { Audience, stamped } from './audience.js';
import { CallWatch } from './call-watch.js';
import { Journal } from './journal.js';
import { type LiveState, liveProviders } from './live-state.js';
import { TokenLives } from './token-lives.js';

/** Milliseconds between two readings of the state. */
const LOOK = 1_000;
/** Readings between two signs of life. */
const BEAT = 10;
/** Milliseconds in which entries are gathered before they are sent. */
const GATHER = 100;
/** The merchants of events on a provider's own credentials, and on all providers. */
const OWN = new Set(['default', '*']);

interface Watched {
  readonly events: BankAuthEvents;
  readonly state: BankAuthState;
}

/** The content of an application's page, from its beginning to its end. Nothing is watched before `begin`. */
export class LivePage {
  readonly #journal = new Journal();
  readonly #lives = new TokenLives(this.#journal);
  readonly #calls = new CallWatch(this.#journal, () => this.#soon());
  readonly #audience = new Audience(this.#journal, randomBytes(5).toString('hex'));
  readonly #since = Date.now();
  #watched?: Watched;
  #stop: (() => void)[] = [];
  #gathering?: NodeJS.Timeout;
  #looks = 0;

  /** @param simulated the ids of the banks with buttons */
  constructor(private readonly simulated: readonly string[]) {}

  begin(events: BankAuthEvents, state: BankAuthState): void {
    const { application } = events;
    this.#watched = { events, state };
    this.#listen<BankAuthFlightMessage>('flight', application, (message) => this.#calls.flight(message));
    this.#listen<BankAuthWaitMessage>('wait', application, (message) => this.#calls.wait(message));
    this.#listen<BankAuthCallMessage>('call', application, (message) => this.#calls.call(message));
    // Nest calls no hook of an application that does not start, but its events end.
    const heard = events.subscribe({ next: (event) => this.#hear(event), complete: () => this.close() });
    const timer = setInterval(() => harmless(() => this.#look()), LOOK).unref();
    this.#stop.push(
      () => heard.unsubscribe(),
      () => clearInterval(timer),
      () => clearTimeout(this.#gathering),
    );
    harmless(() => this.#see());
  }

  /** All kept entries and the state, as JSON. */
  get whole(): string {
    this.#see();
    const entries = this.#journal.entries;
    const history = JSON.stringify({ last: this.#audience.idOf(this.#journal.last), entries });
    return stamped(`${this.#state.slice(0, -1)},${history.slice(1)}`, Date.now());
  }

  /** Whether one more page may open. */
  get isOpen(): boolean {
    return this.#audience.isOpen;
  }

  /**
   * Sends all entries from now on, and before them the kept entries after the given one.
   * @param response whose headers were written
   * @param id of that entry, as it was sent with it
   */
  show(response: ServerResponse, id: string | undefined): void {
    this.#audience.add(response, id);
    harmless(() => this.#pulse());
  }

  close(): void {
    for (const stop of this.#stop.splice(0)) stop();
    this.#audience.close();
  }

  #hear(event: BankAuthEvent): void {
    // An event of the channel holds the application's number, too.
    const { application: _, ...told } = event as BankAuthEvent & { application?: number };
    const id = this.#journal.event(told as BankAuthEvent);
    this.#calls.event(event, id);
    // Reading the state costs a look at each merchant.
    if (OWN.has(event.merchant)) this.#see();
    this.#soon();
  }

  #see(): void {
    if (this.#watched !== undefined) this.#lives.see(this.#watched.state.providers(), Date.now());
  }

  #look(): void {
    this.#see();
    if (this.#audience.size === 0) return;
    this.#pulse();
    if (++this.#looks % BEAT === 0) this.#audience.beat(Date.now());
  }

  #soon(): void {
    if (this.#audience.size === 0 || this.#gathering !== undefined) return;
    this.#gathering = setTimeout(() => harmless(() => this.#pulse()), GATHER).unref();
  }

  #pulse(): void {
    clearTimeout(this.#gathering);
    this.#gathering = undefined;
    this.#audience.pulse(this.#state);
  }

  /** The state as JSON, without the time. */
  get #state(): string {
    const providers = this.#watched === undefined ? [] : liveProviders(this.#watched.state, this.#calls);
    const state: Omit<LiveState, 'now'> = { since: this.#since, providers, simulated: this.simulated };
    return JSON.stringify(state);
  }

  #listen<M extends { readonly application: number }>(
    channel: 'flight' | 'wait' | 'call',
    application: number,
    hear: (message: M) => void,
  ): void {
    const listener = (message: unknown) =>
      harmless(() => {
        if ((message as M).application === application) hear(message as M);
      });
    subscribe(`nestjs-bank-auth:${channel}`, listener);
    this.#stop.push(() => void unsubscribe(`nestjs-bank-auth:${channel}`, listener));
  }
}

/**
 * Keeps the errors of a test's double from calls and the process: Node.js ends it when a timer or a channel's
 * subscriber throws.
 */
function harmless(work: () => void): void {
  try {
    work();
  } catch {
    // The page lacks this entry.
  }
}
