import type { IncomingMessage } from 'node:http';
import type { RecordedRequest } from './simulated-bank.types.js';

const KEPT = 10_000;

/** The requests and counters of a bank since its start or its last reset. */
export class TrafficLog {
  readonly #requests: RecordedRequest[] = [];
  readonly #open = new Set<RecordedRequest>();
  readonly #issuedTo = new Map<string, number>();
  readonly #last: { token?: RecordedRequest; api?: RecordedRequest } = {};

  tokenRequests = 0;
  tokensIssued = 0;
  tokenRejections = 0;
  apiRequests = 0;
  apiRefusals = 0;
  apiAborts = 0;
  peakTokenConcurrency = 0;

  get requests(): readonly RecordedRequest[] {
    return this.#requests.slice(-KEPT);
  }

  last(kind: RecordedRequest['kind']): RecordedRequest | undefined {
    return this.#last[kind];
  }

  arrive(kind: RecordedRequest['kind'], request: IncomingMessage): RecordedRequest {
    const headers: Record<string, string> = {};
    for (let index = 0; index + 1 < request.rawHeaders.length; index += 2) {
      const name = request.rawHeaders[index]!.toLowerCase();
      const value = request.rawHeaders[index + 1]!;
      headers[name] = Object.hasOwn(headers, name) ? `${headers[name]}, ${value}` : value;
    }
    const record: RecordedRequest = {
      kind,
      method: request.method ?? '',
      path: request.url ?? '',
      headers,
      rawHeaders: [...request.rawHeaders],
      body: '',
      at: Date.now(),
      status: 0,
    };
    this.#requests.push(record);
    // Cutting at twice the number kept makes the cost of cutting vanish per request.
    if (this.#requests.length >= 2 * KEPT) this.#requests.splice(0, this.#requests.length - KEPT);
    this.#last[kind] = record;
    if (kind === 'token') {
      this.tokenRequests += 1;
      this.#open.add(record);
      this.peakTokenConcurrency = Math.max(this.peakTokenConcurrency, this.#open.size);
    } else {
      this.apiRequests += 1;
    }
    return record;
  }

  issued(clientId: string): void {
    this.tokensIssued += 1;
    this.#issuedTo.set(clientId, this.issuedTo(clientId) + 1);
  }

  issuedTo(clientId: string): number {
    return this.#issuedTo.get(clientId) ?? 0;
  }

  /** Called before the answer's last byte is sent, so that a client's next request is not counted as parallel. */
  settle(record: RecordedRequest): void {
    this.#open.delete(record);
  }
}
