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
    // Time is the library's matter.
    headersTimeout: 0,
    bodyTimeout: 0,
  };
}

/** Tells an exchange what undici says of its request. */
export class ExchangeHandler implements Dispatcher.DispatchHandler {
  #exchange: BankHttpExchange | undefined;
  readonly #over: ((isWhole: boolean) => void) | undefined;

  /** @param over called when the exchange has come to its end, and told whether that was the end of an answer */
  constructor(exchange: BankHttpExchange, over?: (isWhole: boolean) => void) {
    this.#exchange = exchange;
    this.#over = over;
  }

  /** Called when a connection is open, before anything of the request is written to it, and at no other time. */
  onRequestStart(controller: Controller): void {
    // undici would write a request again whose connection was closed in a way that it takes for harmless.
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

  /** undici keeps a request that waits in a queue also when nobody waits for it: not so what it stands for. */
  #last(isWhole = false): BankHttpExchange | undefined {
    const exchange = this.#exchange;
    this.#exchange = undefined;
    this.#over?.(isWhole);
    return exchange;
  }
}

/** As they came, where undici says so: it reads them as UTF-8, and Node reads them as Latin-1. */
function rawHeaders({ rawHeaders: raw }: Controller, headers: Headers): string[] {
  if (Array.isArray(raw)) return (raw as (Buffer | string)[]).map(latin1);
  return Object.entries(headers).flatMap(([name, values]) =>
    [values].flat().flatMap((value) => (value === undefined ? [] : [name, value])),
  );
}

function latin1(part: Buffer | string): string {
  return typeof part === 'string' ? part : part.toString('latin1');
}
