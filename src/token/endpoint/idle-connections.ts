import type { Agent, ClientRequest, IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type Clock, elapsed, type Instant, SystemClock } from '../../time/clock.js';

/** How long an idle connection may be used, in milliseconds. */
export interface IdleBounds {
  /** It is closed after this time at the latest: NATs and load balancers forget connections without a word. */
  readonly longest: number;
  /** It is closed this much before the end that the bank's `Keep-Alive: timeout` sets, so that no request meets it. */
  readonly margin: number;
  /** A request whose method is not safe takes a connection only if it has been idle for less than this. */
  readonly unsafe: number;
}

export const IDLE_BOUNDS: IdleBounds = { longest: 15_000, margin: 1_000, unsafe: 4_000 };

/** RFC 9110 §9.2.1. */
const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** The member that Node.js sets on a socket while its agent decides whether to keep it; that agent reads it too. */
interface AnsweredSocket {
  readonly _httpMessage?: { readonly res?: IncomingMessage } | null;
}

interface Idle {
  readonly since: Instant;
  readonly bound: number;
}

/**
 * The idle connections of one agent. A doubtful connection is not used: if it was dead already, the question whether a
 * payment was made has no answer.
 */
export class IdleConnections {
  readonly #idle = new WeakMap<Duplex, Idle>();

  constructor(
    private readonly bounds: IdleBounds,
    private readonly clock: Pick<Clock, 'now'> = new SystemClock(),
  ) {}

  /** A request on this socket has been answered. Returns whether the socket is kept for another. */
  keep(socket: Duplex): boolean {
    const { longest, margin } = this.bounds;
    const bound = Math.min(longest, announced(socket) - margin);
    if (bound <= 0) return false;
    this.#idle.set(socket, { since: this.clock.now(), bound });
    setTimeoutOf(socket, bound);
    return true;
  }

  /** A request takes this socket; its answer may take longer than the socket might have been idle. */
  take(socket: Duplex): void {
    this.#idle.delete(socket);
    setTimeoutOf(socket, 0);
  }

  /**
   * Gives a request a connection. Where there are idle ones, it first waits for one turn of the event loop, in which
   * news from the bank is read, above all the end of a connection.
   */
  assign(agent: Agent, request: ClientRequest, assignNow: () => void): void {
    if (!hasAny(agent.freeSockets)) {
      assignNow();
      return;
    }
    setImmediate(() => {
      try {
        this.#closeDoubtful(agent, request.method);
        assignNow();
      } catch (error) {
        // Without this turn it would have been thrown to the caller of the request.
        request.emit('error', error);
      }
    });
  }

  /** Timers stand still in a frozen process, so that the clocks are asked as well. */
  #closeDoubtful({ freeSockets }: Agent, method: string): void {
    const now = this.clock.now();
    const most = SAFE_METHODS.has(method.toUpperCase()) ? Number.POSITIVE_INFINITY : this.bounds.unsafe;
    for (const sockets of Object.values(freeSockets)) {
      for (const socket of sockets ?? []) {
        const idle = this.#idle.get(socket);
        if (idle === undefined || elapsed(idle.since, now) >= Math.min(idle.bound, most)) socket.destroy();
      }
    }
  }
}

/** Closes idle connections at once, and busy ones when they are done: a payment under way is not cut. */
export function closeIdle(agent: Agent): void {
  agent.maxFreeSockets = 0;
  for (const sockets of Object.values(agent.freeSockets))
    for (const socket of sockets ?? []) socket.destroy();
}

/** The milliseconds after which the server closes this connection, as stated in its last answer. */
function announced(socket: Duplex): number {
  const header = (socket as AnsweredSocket)._httpMessage?.res?.headers['keep-alive'];
  const seconds = [...String(header).matchAll(/\btimeout\s*=\s*"?(\d+)/gi)].map(([, digits]) =>
    Number(digits),
  );
  return 1_000 * Math.min(...seconds, Number.POSITIVE_INFINITY);
}

/** Proxies' agents may have streams that are no sockets. */
function setTimeoutOf(socket: Duplex, milliseconds: number): void {
  (socket as { setTimeout?: (milliseconds: number) => void }).setTimeout?.(milliseconds);
}

function hasAny(sockets: Agent['freeSockets']): boolean {
  for (const name in sockets) if ((sockets[name]?.length ?? 0) > 0) return true;
  return false;
}
