import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Observable } from 'rxjs';
import type { Clock, Instant } from '../../src/time/clock.js';
import { TlsAgents } from '../../src/token/endpoint/tls-agents.js';
import { type TimedReading, TokenEndpointClient } from '../../src/token/endpoint/token-endpoint.client.js';
import { aBank } from '../support/token-service.harness.js';
import { type BankLine, versionOf } from './bank-line.js';
import type { BankAnswer } from './reference-model.js';

interface HttpExchange {
  readonly version: string;
  readonly at: Instant;
  state: 'open' | 'answered' | 'given up';
  answer?: BankAnswer;
  heard?: () => void;
}

const MARK = 'x-exchange';

/** An HTTP server on loopback that answers nothing until it is told to. */
export class HttpBank {
  readonly #held = new Map<string, ServerResponse>();
  readonly #arrivals = new Map<string, () => void>();
  readonly #server = createServer((request, response) => {
    request.resume();
    request.on('error', () => undefined);
    const mark = String(request.headers[MARK]);
    this.#held.set(mark, response);
    this.#arrivals.get(mark)?.();
  });

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/token`;
  }

  connections(): Promise<number> {
    return new Promise((resolve, reject) =>
      this.#server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
    );
  }

  /** The response to the request with this mark, as soon as the request is there. */
  async responseTo(mark: string): Promise<ServerResponse> {
    if (!this.#held.has(mark)) await new Promise<void>((resolve) => this.#arrivals.set(mark, resolve));
    return this.#held.get(mark) as ServerResponse;
  }

  heldResponseTo(mark: string): ServerResponse | undefined {
    return this.#held.get(mark);
  }
}

/** The line to a bank over real HTTP, by the real client. */
export class HttpBankLine implements BankLine {
  onRequest: BankLine['onRequest'] = () => undefined;
  onAnswer: BankLine['onAnswer'] = () => undefined;
  peak = 0;
  readonly client: BankLine['client'];
  readonly #exchanges: HttpExchange[] = [];
  /** Several lines share one bank. */
  readonly #name = String(Math.random());

  constructor(
    clock: Clock,
    private readonly bank: HttpBank,
  ) {
    const definition = aBank({
      tokenRequest: { headers: () => ({ [MARK]: this.#markOf(this.#exchanges.length) }) },
    });
    const endpoint = { tokenUrl: bank.url, environment: 'sandbox' } as const;
    const client = new TokenEndpointClient(definition, endpoint, {}, clock);
    this.client = {
      request: (credentials, scopes, _agents, timeMs) =>
        new Observable((subscriber) => {
          const version = versionOf(credentials.clientId);
          const exchange: HttpExchange = { version, at: clock.now(), state: 'open' };
          this.#exchanges.push(exchange);
          this.peak = Math.max(this.peak, this.open);
          this.onRequest();
          const subscription = client.request(credentials, scopes, new TlsAgents(), timeMs).subscribe({
            next: (reading: TimedReading) => {
              exchange.state = 'answered';
              if (exchange.answer !== undefined) this.onAnswer(exchange.answer);
              subscriber.next(reading);
              exchange.heard?.();
            },
            error: (error: unknown) => subscriber.error(error),
            complete: () => subscriber.complete(),
          });
          return () => {
            if (exchange.state === 'open') exchange.state = 'given up';
            subscription.unsubscribe();
          };
        }),
    };
  }

  get requests() {
    return this.#exchanges.map(({ version, at }) => ({ version, at }));
  }

  get open(): number {
    return this.#exchanges.filter(({ state }) => state === 'open').length;
  }

  async answer(answer: BankAnswer): Promise<void> {
    const index = this.#exchanges.findIndex(({ state }) => state === 'open');
    const exchange = this.#exchanges[index] as HttpExchange;
    const response = await this.bank.responseTo(this.#markOf(index + 1));
    // A connection that breaks now and then: the bank has said nothing.
    const lost = answer.kind === 'unavailable' && answer.retryAfterMs === undefined && index % 2 === 0;
    exchange.answer = lost ? { ...answer, lost } : inWholeSeconds(answer);
    const heard = new Promise<void>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error('the service did not hear the answer')), 5_000);
      exchange.heard = () => {
        clearTimeout(late);
        resolve();
      };
    });
    if (lost) response.destroy();
    else send(response, exchange.answer);
    await heard;
  }

  answerLate(which: number): void {
    const given = [...this.#exchanges.keys()].filter((index) => this.#exchanges[index]?.state === 'given up');
    const index = given[which % Math.max(1, given.length)];
    const response = index === undefined ? undefined : this.bank.heldResponseTo(this.#markOf(index + 1));
    if (response?.headersSent === false)
      send(response, { kind: 'grant', value: 'too-late', lifetime: 3_600_000 });
  }

  #markOf(exchange: number): string {
    return `${this.#name}-${exchange}`;
  }
}

/** A `Retry-After` knows nothing less. */
function inWholeSeconds(answer: BankAnswer): BankAnswer {
  return answer.kind === 'unavailable' && answer.retryAfterMs !== undefined
    ? { ...answer, retryAfterMs: Math.ceil(answer.retryAfterMs / 1000) * 1000 }
    : answer;
}

function send(response: ServerResponse, answer: BankAnswer): void {
  switch (answer.kind) {
    case 'grant': {
      const { value, lifetime } = answer;
      response.end(
        JSON.stringify({ access_token: value, token_type: 'Bearer', expires_in: lifetime / 1000 }),
      );
      break;
    }
    case 'unavailable': {
      const { retryAfterMs } = answer;
      response.writeHead(
        503,
        retryAfterMs === undefined ? {} : { 'retry-after': String(retryAfterMs / 1000) },
      );
      response.end('<h1>Down</h1>');
      break;
    }
    case 'rejected':
      response.writeHead(401).end(JSON.stringify({ error: 'invalid_client' }));
      break;
    case 'invalid':
      response.writeHead(404).end('<h1>Not here</h1>');
  }
}
