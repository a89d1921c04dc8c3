import { type IncomingMessage, request } from 'node:http';
import { afterEach } from '@jest/globals';
import { until } from '../support/until.js';

export interface Sent {
  readonly id: string;
  readonly type: string;
  readonly data: any;
}

const open = new Set<EventStream>();

export function useEventStreams(): void {
  afterEach(() => {
    for (const stream of open) stream.leave();
    open.clear();
  });
}

/** A client of Server-Sent Events that reads as the specification says, and can stop reading. */
export class EventStream {
  readonly sent: Sent[] = [];
  status?: number;
  headers: IncomingMessage['headers'] = {};
  ended = false;
  #response?: IncomingMessage;
  #rest = '';
  #id = '';
  readonly #request;

  constructor(url: string, headers: Record<string, string> = {}) {
    open.add(this);
    this.#request = request(url, { headers, agent: false }, (response) => {
      this.#response = response;
      this.status = response.statusCode;
      this.headers = response.headers;
      response.setEncoding('utf8');
      response.on('data', (text: string) => this.#read(text));
      response.on('close', () => {
        this.ended = true;
      });
      response.on('error', () => undefined);
    });
    this.#request.on('error', () => {
      this.ended = true;
    });
    this.#request.end();
  }

  /** The id of the last message that had one. */
  get id(): string {
    return this.#id;
  }

  of(type: string): any[] {
    return this.sent.filter((each) => each.type === type).map(({ data }) => data);
  }

  /** The events of the library, in the order in which they came. */
  get events(): any[] {
    return this.of('entry').flatMap((entry) => (entry.kind === 'event' ? entry.event : []));
  }

  get calls(): any[] {
    return this.of('entry').flatMap((entry) => (entry.kind === 'call' ? entry.call : []));
  }

  async opened(): Promise<this> {
    await until(() => this.of('state').length > 0, 'a first state');
    return this;
  }

  pause(): void {
    this.#response?.pause();
  }

  resume(): void {
    this.#response?.resume();
  }

  leave(): void {
    this.#request.destroy();
  }

  #read(text: string): void {
    const blocks = (this.#rest + text).split('\n\n');
    this.#rest = blocks.pop() as string;
    for (const block of blocks) {
      const fields = block.split('\n').map((line) => /^(\w*): ?(.*)$/.exec(line) ?? []);
      const fieldOf = (name: string) => fields.find(([, field]) => field === name)?.[2];
      const data = fieldOf('data');
      this.#id = fieldOf('id') ?? this.#id;
      if (data === undefined) continue;
      this.sent.push({
        id: fieldOf('id') ?? '',
        type: fieldOf('event') ?? 'message',
        data: JSON.parse(data),
      });
    }
  }
}
