import type { ServerResponse } from 'node:http';
import type { Entry, Journal } from './journal.js';

/** At most this many pages are open at once. */
export const MOST_CLIENTS = 100;
/** A client that reads nothing for this long, in milliseconds, is disconnected. */
const PATIENCE = 60_000;
/** The most entries of one write, after which the client must have read some. */
const MOST_AT_ONCE = 50;
/** Milliseconds after which a browser connects again. */
const RETRY = 2_000;

interface Client {
  readonly response: ServerResponse;
  /** The number of the last entry that was sent to it. */
  cursor: number;
  /** The last state that was sent to it. */
  state?: string;
  /** When its socket became full; undefined while it reads. */
  fullSince?: number;
}

/**
 * Sends events, calls and state to all open pages (Server-Sent Events). A client costs its place in the journal and its
 * socket's buffer: entries that a slow client has not read wait in the one journal. If they have left it, the client is
 * told to begin anew.
 */
export class Audience {
  readonly #clients = new Set<Client>();
  #closed = false;

  /** @param run tells the journals of two runs of an application apart */
  constructor(
    private readonly journal: Journal,
    private readonly run: string,
  ) {}

  get size(): number {
    return this.#clients.size;
  }

  /** Whether one more page may open. */
  get isOpen(): boolean {
    return !this.#closed && this.#clients.size < MOST_CLIENTS;
  }

  /** The id by which a client names the last entry that it has received. */
  idOf(entry: number): string {
    return `${this.run}-${entry}`;
  }

  /**
   * @param response whose headers were written
   * @param id of the last entry that the client has received
   */
  add(response: ServerResponse, id: string | undefined): void {
    const [, run, number] = /^([a-z0-9]+)-(\d{1,15})$/.exec(id ?? '') ?? [];
    const known = run === this.run && Number(number) <= this.journal.last;
    const client: Client = { response, cursor: known ? Number(number) : -1 };
    this.#clients.add(client);
    const leave = () => void this.#clients.delete(client);
    response.on('close', leave).on('error', leave);
    response.on('drain', () => {
      client.fullSince = undefined;
      this.#send(client);
    });
    response.write(`retry: ${RETRY}\n\n`);
  }

  /** @param state as JSON, which is sent to each client that has an older one */
  pulse(state: string): void {
    for (const client of this.#clients) this.#send(client, state);
  }

  /** Shows clients and proxies that the connection lives. */
  beat(now: number): void {
    for (const client of this.#clients) {
      if (client.fullSince === undefined) this.#write(client, message('beat', JSON.stringify({ now })));
      else if (now - client.fullSince > PATIENCE) client.response.destroy();
    }
  }

  /** Ends all connections, so that the server can close. */
  close(): void {
    this.#closed = true;
    for (const { response } of this.#clients) {
      const { socket } = response;
      if (response.writableNeedDrain) response.destroy();
      else response.end();
      // The socket would stay open for a next request. Over HTTP/2, where a response has a stream, others share it.
      if (!('stream' in response)) socket?.destroySoon();
    }
    this.#clients.clear();
  }

  #send(client: Client, state?: string): void {
    if (client.fullSince !== undefined) return;
    if (client.cursor < 0 || this.journal.lacksAfter(client.cursor)) {
      client.cursor = this.journal.last;
      this.#write(client, message('anew', '{}'));
    }
    const entries = this.journal.after(client.cursor);
    for (let first = 0; first < entries.length && client.fullSince === undefined; first += MOST_AT_ONCE) {
      const some = entries.slice(first, first + MOST_AT_ONCE);
      client.cursor = (some.at(-1) as Entry).id;
      this.#write(client, some.map((entry) => this.#entry(entry)).join(''));
    }
    if (state === undefined || client.fullSince !== undefined || client.state === state) return;
    client.state = state;
    this.#write(client, message('state', stamped(state, Date.now())));
  }

  #entry(entry: Entry): string {
    return `id: ${this.idOf(entry.id)}\n${message('entry', JSON.stringify(entry))}`;
  }

  #write(client: Client, text: string): void {
    if (!client.response.write(text)) client.fullSince = Date.now();
  }
}

/** JSON has no line break, which would end the message. */
function message(type: string, json: string): string {
  return `event: ${type}\ndata: ${json}\n\n`;
}

/** Adds the time to a state. The state itself has none, so that equal states are equal strings. */
export function stamped(state: string, now: number): string {
  return `{"now":${now},${state.slice(1)}`;
}
