import type { SecureContext } from 'node:tls';

/**
 * Sends resource calls in place of axios' own adapter: the option `http.engine` of a provider. It moves bytes; the
 * token, the guard of origins, time-outs, redaction and the processing of answers as by axios stay with this library.
 */
export interface BankHttpEngine {
  /** Makes the connections of one client of a bank. None is open before the first call. */
  open(): BankHttpConnections;
}

/** The connections of one client of a bank. */
export interface BankHttpConnections {
  /**
   * The connections of the next call: the engine's own (`engine`), the ones that the application passed to the engine
   * (`application`), the replacement for all others in the process (`process`), or a mock's (`mock`), wherever it was
   * set. All but the engine's own have their own TLS settings.
   */
  readonly by: 'engine' | 'application' | 'mock' | 'process';
  /**
   * Sends a request once, and never again by itself. Reports everything to the exchange, errors included.
   * @returns a function that drops the request if its sending has not begun
   */
  send(request: BankHttpRequest, exchange: BankHttpExchange): () => void;
  /** Closes idle connections, and busy ones when their calls are done. */
  close(): void;
}

/** One request over HTTP/1.1, ready to be sent. */
export interface BankHttpRequest {
  /** `https://api.bank.example`, with the port unless it is the default. */
  readonly origin: string;
  /** The path with its query, in visible ASCII. */
  readonly path: string;
  /** The method in capitals. */
  readonly method: string;
  /** Names and values in turn. `Host`, `Content-Length` and `Transfer-Encoding` are not among them. */
  readonly headers: readonly string[];
  readonly body: string | Uint8Array | undefined;
  /** The client certificate and the trusted authorities of the connection; Node's own authorities if undefined. */
  readonly secureContext: SecureContext | undefined;
  /** The proxy for CONNECT, and the value of its `Proxy-Authorization`. */
  readonly proxy: { readonly url: string; readonly authorization?: string } | undefined;
}

/** Controls an exchange that has begun. */
export interface BankHttpControl {
  /** Ends the exchange and its connection. */
  abort(reason: Error): void;
  pause(): void;
  resume(): void;
}

/** Gets the events of a request, in this order. `end`, `refused` or `fail` is the last. */
export interface BankHttpExchange {
  /**
   * A connection is open, and the request is about to be written to it. No byte of it was written before.
   * @returns false if the request must no longer be sent
   */
  start(control: BankHttpControl): boolean;
  /**
   * The final status line and the headers of an answer.
   * @param headers names and values in turn, as Latin-1, unchanged
   */
  head(status: number, statusText: string, headers: readonly string[]): void;
  data(chunk: Buffer): void;
  end(): void;
  /** A proxy refused CONNECT with this status. */
  refused(status: number): void;
  /** @param error with a code of Node.js if one fits */
  fail(error: Error & { code?: string }): void;
}
