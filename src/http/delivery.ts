import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { type BankCallDelivery, isBeforeSending } from '../reports/index.js';
import { CALL_IS_OVER } from './http.messages.js';

/** The object with which axios sends a request. */
interface Sender {
  request(options: RequestOptions, onResponse: (response: IncomingMessage) => void): ClientRequest;
}

/**
 * How far the requests of one try came, by three facts: an open connection, bytes written to it since the request has
 * it, a response. Error codes do not tell: ECONNRESET occurs before, during and after the sending. Neither do bytes
 * alone: a socket also counts bytes that wait for its connection.
 */
export class Delivery {
  #requests: FollowedRequest[] = [];
  /** Whether the adapter sends only by the watched sender. */
  showsSockets = false;
  #settled: Verdict | undefined;

  /** A sender whose requests are followed. */
  watched(sender: Sender): Sender {
    return {
      request: (options, onResponse) => {
        // The call has ended and is reported.
        if (this.#settled !== undefined) throw new Error(CALL_IS_OVER);
        const watched = new WatchedRequest(options.protocol === 'https:');
        // Separate listeners on the response would cost a tenth of the call.
        const request = sender.request(options, (response) => {
          watched.respond(response);
          onResponse(response);
        });
        watched.watch(request);
        this.#requests.push(watched);
        return request;
      },
    };
  }

  /** Follows a request that is not sent by a sender and reports its own progress. */
  follow(request: FollowedRequest): void {
    this.showsSockets = true;
    this.#requests.push(request);
  }

  get delivery(): BankCallDelivery {
    return this.#settled?.delivery ?? 'unknown';
  }

  get status(): number | undefined {
    return this.#settled?.status;
  }

  /**
   * Records the outcome of the try; nothing of it is sent from here on.
   * @param outcome the outcome of the adapter; without members if its time was over first
   */
  settle(outcome: AdapterOutcome): void {
    if (this.#settled !== undefined) return;
    const requests = this.#requests;
    this.#requests = [];
    for (const request of requests) request.close();
    const facts = factsOf(requests);
    // An adapter of the application may have sent by another way after this sender failed.
    const isSeen =
      this.showsSockets || (requests.length > 0 && (outcome.status === undefined || facts.isAnswered));
    this.#settled = isSeen && requests.every(({ isReal }) => isReal) ? facts : byOutcome(outcome);
  }
}

/** How far one request came. */
export interface FollowedRequest {
  readonly delivery: BankCallDelivery;
  readonly status: number | undefined;
  /** Whether it was answered, by the bank or by a proxy. */
  readonly isAnswered: boolean;
  /** Whether its connection is real: a mock's connection counts no bytes. */
  readonly isReal: boolean;
  /** Fixes the facts. An unsent request is ended, since nothing would follow it any more. */
  close(): void;
}

/** The outcome of an adapter. */
interface AdapterOutcome {
  readonly status?: number | undefined;
  readonly error?: unknown;
}

interface Verdict {
  readonly delivery: BankCallDelivery;
  readonly status?: number | undefined;
}

/** An adapter may send several requests. */
function factsOf(requests: readonly FollowedRequest[]): Verdict & { readonly isAnswered: boolean } {
  const { delivery, status } = requests.filter((each) => each.delivery !== 'not-sent').at(-1) ?? {
    delivery: 'not-sent',
  };
  return { delivery, status, isAnswered: requests.some((each) => each.isAnswered) };
}

/** Without a socket, only an unknown name, a refused connection and an untrusted server prove that nothing was sent. */
function byOutcome({ status, error }: AdapterOutcome): Verdict {
  if (status !== undefined) return { delivery: 'answered', status };
  return { delivery: isBeforeSending(error) ? 'not-sent' : 'unknown' };
}

class WatchedRequest implements FollowedRequest {
  delivery: BankCallDelivery = 'not-sent';
  status: number | undefined;
  /** Whether it was answered, by the bank or by a proxy. */
  isAnswered = false;
  /** Whether its socket, if it had one, is Node's own: a mock's socket counts no bytes. */
  isReal = true;
  #socket: Socket | undefined;
  #bytesBefore = 0;
  #isOpen = false;
  #isReplayed = false;

  #request: ClientRequest | undefined;

  constructor(private readonly tls: boolean) {}

  watch(request: ClientRequest): void {
    const { tls } = this;
    this.#request = request;
    request.on('socket', (socket) => {
      this.isReal = isNodes(socket);
      // No byte of the request has been written to it yet.
      this.#bytesBefore = socket.bytesWritten ?? 0;
      this.#socket = socket;
      const isOverTls = tls && socket instanceof TLSSocket;
      // A proxy's refusal of CONNECT, which an agent replays by a socket without a connection. Any other socket belongs
      // to an agent that has TLS made elsewhere.
      this.#isReplayed = tls && !isOverTls && socket.pending && !socket.connecting;
      if (this.#isReplayed) return;
      if (socket.connecting || isHandshaking(socket)) {
        socket.once(isOverTls ? 'secureConnect' : 'connect', () => {
          this.#isOpen = true;
        });
      } else {
        this.#isOpen = true;
      }
    });
  }

  respond(response: IncomingMessage): void {
    this.isAnswered = true;
    // A replayed refusal is the proxy's answer, not the bank's.
    if (this.#isReplayed && this.isReal) return;
    this.delivery = 'answered';
    this.status = response.statusCode;
  }

  close(): void {
    const [socket, request] = [this.#socket, this.#request];
    this.#socket = undefined;
    this.#request = undefined;
    if (this.delivery === 'answered') return;
    if (this.#isOpen && socket !== undefined && socket.bytesWritten !== this.#bytesBefore)
      this.delivery = 'unknown';
    else if (!this.isAnswered && request?.destroyed === false) request.destroy();
  }
}

/** Whether a socket is Node's own. A subclass, such as a mock's, may write elsewhere. */
function isNodes(socket: Socket): boolean {
  const prototype: unknown = Object.getPrototypeOf(socket);
  return prototype === Socket.prototype || prototype === TLSSocket.prototype;
}

/** Whether a TLS socket over a connected socket is still in its handshake. */
function isHandshaking(socket: Socket): boolean {
  return (socket as { secureConnecting?: boolean }).secureConnecting === true;
}
