import type { SecureContext } from 'node:tls';

/**
 * Sends resource calls in place of axios' own adapter: the option `http.engine` of a provider. It moves bytes; the token,
 * the guard of origins, time-outs, redaction and all that axios makes of an answer stay with this library.
 */
export interface BankHttpEngine {
  /** Makes the connections of one client of a bank. None is open before the first call. */
  open(): BankHttpConnections;
}

/** The connections of one client of a bank. */
export interface BankHttpConnections {
  /**
   * Which connections the next call would use: those of the engine, those that the application gave to the engine, or
   * those that it put in place of all others in the process, be they a mock's. The last three have TLS settings of their
   * own.
   */
  readonly by: 'engine' | 'application' | 'mock' | 'process';
  /**
   * Sends a request once, and never again by itself. Reports by the exchange, also what it would throw.
   * @returns lets go of the request if it has not begun to be sent
   */
  send(request: BankHttpRequest, exchange: BankHttpExchange): () => void;
  /** Closes idle connections, and busy ones when their calls are done. */
  close(): void;
}

/** One request over HTTP/1.1, as it is to be sent. */
export interface BankHttpRequest {
  /** `https://api.bank.example`, or with another port. */
  readonly origin: string;
  /** With its query; visible ASCII. */
  readonly path: string;
  /** In capitals. */
  readonly method: string;
  /** Names and values in turn. `Host`, `Content-Length` and `Transfer-Encoding` are not among them. */
  readonly headers: readonly string[];
  readonly body: string | Uint8Array | undefined;
  /** What the connection presents and trusts; Node's own authorities if undefined. */
  readonly secureContext: SecureContext | undefined;
  /** The proxy to go through by CONNECT, and what it is told as `Proxy-Authorization`. */
  readonly proxy: { readonly url: string; readonly authorization?: string } | undefined;
}

/** Holds the reins of an exchange that has begun. */
export interface BankHttpControl {
  /** Ends it, and its connection. */
  abort(reason: Error): void;
  pause(): void;
  resume(): void;
}

/** Hears what becomes of a request, in this order. After `end`, `refused` or `fail` it hears nothing more. */
export interface BankHttpExchange {
  /**
   * A connection is open, and the request is about to be written to it: nothing of it was before.
   * @returns false if it must not be sent any more
   */
  start(control: BankHttpControl): boolean;
  /**
   * The final status line and the headers of an answer.
   * @param headers names and values in turn, as Latin-1, as they came
   */
  head(status: number, statusText: string, headers: readonly string[]): void;
  data(chunk: Buffer): void;
  end(): void;
  /** A proxy did not open the way to the bank, and said so by this status. */
  refused(status: number): void;
  /** @param error with a code of Node.js where one fits */
  fail(error: Error & { code?: string }): void;
}
