import {
  type ArgumentsHost,
  Catch,
  type ExceptionFilter,
  HttpException,
  Inject,
  Optional,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { type Observable, throwError } from 'rxjs';
import { writeLine } from '../errors/index.js';
import { ApplicationLogger } from '../logs/index.js';
import { BankFailure } from './bank-failure.js';
import { type BankProblem, type BankProblemStatus, bankProblemOf, merchantOf } from './bank-problem.js';
import { messageFailed, problemIs } from './filter.messages.js';

export interface BankAuthExceptionFilterOptions {
  /** Chooses another status, from 400 to 599, for some failures. */
  readonly status?: BankProblemStatus;
}

/** A problem as an error, for contexts such as GraphQL, which shows `extensions` to its clients. */
class BankProblemError extends Error {
  readonly extensions: BankProblem;

  constructor(problem: BankProblem) {
    super(problemIs(problem.title, problem.detail));
    this.name = 'BankProblemError';
    this.extensions = problem;
  }
}

/** The members that Express' responses and Fastify's replies share. */
interface HttpResponse {
  readonly headersSent?: boolean;
  readonly sent?: boolean;
  /** Node's own response in a reply of Fastify; the application may have sent by it. */
  readonly raw?: Pick<HttpResponse, 'headersSent' | 'end'>;
  header(name: string, value: string): unknown;
  status(status: number): HttpResponse;
  send(body: string): unknown;
  end?(): unknown;
}

const isSent = ({ headersSent, sent, raw }: HttpResponse): boolean =>
  headersSent === true || sent === true || raw?.headersSent === true;

interface WebSocketClient {
  readonly readyState?: unknown;
  send?(message: string): void;
  emit?(event: string, payload: unknown): void;
}

/** Sends as Nest's own filter does: a native WebSocket is also an emitter, but only within its own process. */
function emit(client: WebSocketClient, payload: object): void {
  if (typeof client.readyState === 'number')
    client.send?.(JSON.stringify({ event: 'exception', data: payload }));
  else client.emit?.('exception', payload);
}

/** Whether Nest's own answers have the member `errorCode`, as they do from version 12 on. */
const HAS_ERROR_CODE =
  (new HttpException('', 500, { errorCode: 'a' } as object) as { errorCode?: string }).errorCode === 'a';

/**
 * Answers the failures of banks: errors of this package, and errors of calls through a bank's `HttpService` or `fetch`.
 * Over HTTP it answers with problem details (RFC 9457) and `Retry-After`; RPC, WebSocket and GraphQL contexts get an
 * error of the same content; in RPC, where events have no client, it is logged too. Everything else goes to the
 * application's other filters, or to Nest's own.
 *
 * | failure                                                                  | status            |
 * |--------------------------------------------------------------------------|-------------------|
 * | no token: the bank is unavailable, or the queue is full                  | 503               |
 * | the call was not sent                                                    | 503               |
 * | the call was sent, and no status came                                    | 504               |
 * | configuration, rejected credentials, an invalid answer to a token request | 502              |
 * | the bank answered 5xx, a redirect, or a success that cannot be read      | 502               |
 * | the bank refused the token, or answered 401 or 403                       | 502               |
 * | the bank answered 429                                                    | 503               |
 * | the bank answered another 4xx                                            | 502, `bankStatus` |
 * | the call was for an origin that is not the bank's                        | 500               |
 */
export class BankAuthExceptionFilter implements ExceptionFilter {
  /** Set by Nest where Nest makes the filter; a filter made by `new` answers by the response's own methods. */
  @Optional()
  @Inject(HttpAdapterHost)
  private readonly adapterHost?: HttpAdapterHost;
  readonly #options: BankAuthExceptionFilterOptions;
  readonly #logger = new ApplicationLogger();

  constructor(options: BankAuthExceptionFilterOptions = {}) {
    this.#options = options ?? {};
  }

  /** @throws an error whose `extensions` are the problem, in GraphQL and other contexts that require an error */
  catch(exception: unknown, host: ArgumentsHost): Observable<never> | undefined {
    const problem = bankProblemOf(exception, { status: this.#options.status, errorCode: HAS_ERROR_CODE });
    switch (host.getType<string>()) {
      case 'http':
        this.#answer(problem, host.switchToHttp().getResponse());
        return undefined;
      case 'rpc':
        // An event has no client that would get the error. Nest's own filter logs it as well.
        writeLine(this.#logger, messageFailed({ ...problem, merchant: merchantOf(exception) }));
        return throwError(() => ({ ...problem, message: problem.detail }));
      case 'ws':
        emit(host.switchToWs().getClient(), { ...problem, message: problem.detail });
        return undefined;
      default:
        throw new BankProblemError(problem);
    }
  }

  #answer(problem: BankProblem, response: HttpResponse): void {
    const adapter = this.adapterHost?.httpAdapter;
    const headers = {
      'Content-Type': 'application/problem+json',
      ...(problem.retryAfter === undefined ? {} : { 'Retry-After': String(problem.retryAfter) }),
    };
    if (adapter === undefined) {
      if (isSent(response)) return void (response.raw ?? response).end?.();
      for (const [name, value] of Object.entries(headers)) response.header(name, value);
      response.status(problem.status).send(JSON.stringify(problem));
    } else if (adapter.isHeadersSent(response)) {
      adapter.end(response);
    } else {
      for (const [name, value] of Object.entries(headers)) adapter.setHeader(response, name, value);
      adapter.reply(response, problem, problem.status);
    }
  }
}

// Not a decorator on the class: the compiler would then emit the parameter's type, and Nest would try to inject it.
Catch(BankFailure)(BankAuthExceptionFilter);
