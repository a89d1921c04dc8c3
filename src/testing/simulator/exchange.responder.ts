import type { ServerResponse } from 'node:http';
import type { BankErrors } from './bank-error.shapes.js';
import { writeOversized } from './fault.responder.js';
import type { HttpReply } from './http-call.types.js';
import { writeReply } from './http-reply.writer.js';
import type { RecordedRequest, TokenFault } from './simulated-bank.types.js';
import type { TrafficLog } from './traffic-log.js';

/** One request on its way through the server. */
export interface Exchange {
  readonly kind: RecordedRequest['kind'];
  readonly record: RecordedRequest;
  readonly response: ServerResponse;
  /** The log at its arrival: a later log, after a reset, must not count it. */
  readonly log: TrafficLog;
  /** The simulator itself ended the connection. */
  cut: boolean;
}

/** Answers the requests of one bank, each after its latency. */
export class ExchangeResponder {
  readonly #errors: BankErrors;
  readonly #delays = new Set<NodeJS.Timeout>();
  #stopped = false;
  /** Milliseconds before an answer. */
  latency = { token: 0, api: 0 };

  constructor(errors: BankErrors) {
    this.#errors = errors;
  }

  /** Lets a request fail by this fault. */
  fail(exchange: Exchange, fault: TokenFault): void {
    const { kind, log, record, response } = exchange;
    const errors = this.#errors;
    if (fault === 'unavailable') {
      this.answer(exchange, errors.unavailable());
    } else if (fault === 'rejected') {
      if (kind === 'token') log.tokenRejections += 1;
      else log.apiRefusals += 1;
      this.answer(exchange, kind === 'token' ? errors.rejected('secret') : errors.refused('unknown'));
    } else if ('reset' in fault) {
      this.#later(exchange, () => {
        exchange.cut = true;
        response.socket?.destroy();
      });
    } else if ('bytes' in fault) {
      this.#later(exchange, () => {
        record.status = 200;
        writeOversized(response, fault.bytes);
      });
    } else if ('redirectTo' in fault) {
      this.answer(exchange, { status: fault.status ?? 302, headers: { location: fault.redirectTo } });
    } else if ('status' in fault) {
      this.answer(exchange, fault);
    }
    // The remaining fault is `hang`: the connection stays open until the client leaves or the server stops.
  }

  /** Answers after the latency. */
  answer(exchange: Exchange, reply: HttpReply): void {
    this.#later(exchange, () => this.send(exchange, reply));
  }

  /** Cancels all answers that still wait. */
  stop(): void {
    this.#stopped = true;
    for (const delay of this.#delays) clearTimeout(delay);
    this.#delays.clear();
  }

  #later(exchange: Exchange, act: () => void): void {
    const milliseconds = this.latency[exchange.kind];
    if (this.#stopped || exchange.response.destroyed) return;
    if (milliseconds <= 0) {
      act();
      return;
    }
    const delay = setTimeout(() => {
      this.#delays.delete(delay);
      act();
    }, milliseconds);
    delay.unref();
    this.#delays.add(delay);
    exchange.response.once('close', () => {
      clearTimeout(delay);
      this.#delays.delete(delay);
    });
  }

  /** Answers now. */
  send({ record, response, log }: Exchange, reply: HttpReply): void {
    if (response.destroyed) return;
    record.status = reply.status;
    log.settle(record);
    writeReply(response, reply);
  }
}
