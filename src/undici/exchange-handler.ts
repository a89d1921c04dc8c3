import type { Dispatcher } from 'undici';
import type { BankHttpExchange, BankHttpRequest } from '../index.js';
import { refusalOf, toldError } from './told-error.js';
import { REPEATED, SWITCHED } from './undici.messages.js';

type Controller = Dispatcher.DispatchController;
type Headers = Parameters<NonNullable<Dispatcher.DispatchHandler['onResponseStart']>>[2];

export function optionsOf({
  origin,
  path,
  method,
  headers,
  body,
}: BankHttpRequest): Dispatcher.DispatchOptions {
  return {
    origin,
    path,
    method: method as Dispatcher.HttpMethod,
    headers: headers as string[],
    body: body ?? null,
    // The library itself limits the time.
    headersTimeout: 0,
    bodyTimeout: 0,
  };
}

/** Passes the events of a request from undici to an exchange. */
export class ExchangeHandler implements Dispatcher.DispatchHandler {
  #exchange: BankHttpExchange | undefined;
  readonly #over: ((isWhole: boolean) => void) | undefined;

  /** @param over called at the end of the exchange, with whether the answer is complete */
  constructor(exchange: BankHttpExchange, over?: (isWhole: boolean) => void) {
    this.#exchange = exchange;
    this.#over = over;
  }

  /** undici calls this only when a connection is open, before it writes the first byte of the request. */
  onRequestStart(controller: Controller): void {
    // undici would write a request again if its connection was closed in a way that undici considers harmless.
    if (this.#exchange?.start(controller) !== true) controller.abort(new Error(REPEATED));
  }

  onRequestUpgrade(
    _controller: Controller,
    _status: number,
    _headers: Headers,
    socket: { destroy(): void },
  ): void {
    socket.destroy();
    this.#last()?.fail(Object.assign(new Error(SWITCHED), { code: 'ECONNRESET' }));
  }

  onResponseStart(controller: Controller, status: number, headers: Headers, statusText = ''): void {
    if (status >= 200) this.#exchange?.head(status, statusText, rawHeaders(controller, headers));
  }

  onResponseData(_controller: Controller, chunk: Buffer): void {
    this.#exchange?.data(chunk);
  }

  onResponseEnd(): void {
    this.#last(true)?.end();
  }

  onResponseError(_controller: Controller | undefined, error: Error): void {
    const status = refusalOf(error);
    if (status === undefined) this.#last()?.fail(toldError(error));
    else this.#last()?.refused(status);
  }

  /** Releases the exchange: undici keeps a queued request, with this handler, although nobody waits for it any more. */
  #last(isWhole = false): BankHttpExchange | undefined {
    const exchange = this.#exchange;
    this.#exchange = undefined;
    this.#over?.(isWhole);
    return exchange;
  }
}

/** The headers, as Latin-1 like Node's if undici has their bytes: its own strings are decoded as UTF-8. */
function rawHeaders({ rawHeaders: raw }: Controller, headers: Headers): string[] {
  if (Array.isArray(raw)) return (raw as (Buffer | string)[]).map(latin1);
  return Object.entries(headers).flatMap(([name, values]) =>
    [values].flat().flatMap((value) => (value === undefined ? [] : [name, value])),
  );
}

function latin1(part: Buffer | string): string {
  return typeof part === 'string' ? part : part.toString('latin1');
}
