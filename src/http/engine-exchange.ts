import type { Readable } from 'node:stream';
import { AxiosError, type AxiosResponse, CanceledError, type InternalAxiosRequestConfig } from 'axios';
import type { BankHttpControl, BankHttpExchange } from '../engine/index.js';
import type { BankCallDelivery } from '../reports/index.js';
import type { CallEnd } from './call-deadline.js';
import { decoded, decoders, EngineBody, limited, tooLong } from './engine-body.js';
import { headersOfAnswer } from './engine-headers.js';
import { CALL_IS_OVER, STREAM_ABORTED, statusRejected } from './http.messages.js';
import { own } from './own-members.js';

/** The facts of a request that its answer depends on. */
export interface ExchangeParts {
  /** The configuration in errors and in the response. */
  readonly config: InternalAxiosRequestConfig;
  readonly method: string;
  readonly maxContentLength: number | undefined;
  /** Ends the request, as the configuration's `cancelToken` does; if undefined, the configuration's `signal` does. */
  readonly end: CallEnd | undefined;
}

/** One request by an engine. Its answer becomes the same response or error as by axios' own adapter. */
export class EngineExchange implements BankHttpExchange {
  /** Whether a status line came. */
  isAnswered = false;
  readonly isReal: boolean;
  status: number | undefined;
  /** Settles as axios' own adapter does. */
  readonly response: Promise<AxiosResponse>;
  readonly #parts: ExchangeParts;
  #resolve!: (response: AxiosResponse) => void;
  #reject!: (error: unknown) => void;
  #control: BankHttpControl | undefined;
  /** Withdraws the request while it waits for a connection. */
  #letGo: (() => void) | undefined;
  #cancel: ((reason?: unknown) => void) | undefined;
  #isStarted = false;
  /** Whether the promise has settled. */
  #isSettled = false;
  /** Whether no more of the request may be sent. */
  #isOver = false;
  #headers: AxiosResponse['headers'] = {};
  #statusText = '';
  #chunks: Buffer[] = [];
  #length = 0;
  #body: EngineBody | undefined;
  /** The body that the caller reads, if the request asks for a stream. */
  #given: Readable | undefined;

  /** @param isReal whether the engine reports real connections; a mock does not */
  constructor(parts: ExchangeParts, isReal: boolean) {
    this.#parts = parts;
    this.isReal = isReal;
    this.response = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#listen();
  }

  get delivery(): BankCallDelivery {
    if (this.status !== undefined) return 'answered';
    return this.#isStarted ? 'unknown' : 'not-sent';
  }

  /** Sends the request unless the call is over. */
  sendBy(send: (exchange: BankHttpExchange) => () => void): void {
    if (this.#isOver) return;
    this.#letGo = send(this);
  }

  /** The call has ended: no more of it is sent from here on. An answer that has begun can still be read. */
  close(): void {
    this.#isOver = true;
    if (!this.#isSettled && !this.isAnswered) this.#abort(new Error(CALL_IS_OVER));
  }

  start(control: BankHttpControl): boolean {
    // Never twice: an engine that repeats a request may have it paid twice.
    if (this.#isOver || this.#isStarted) return false;
    this.#isStarted = true;
    this.#letGo = undefined;
    this.#control = control;
    return true;
  }

  head(status: number, statusText: string, headers: readonly string[]): void {
    if (this.#isOver) return;
    const { config, method, maxContentLength } = this.#parts;
    this.isAnswered = true;
    this.status = status;
    this.#statusText = statusText;
    const given = headersOfAnswer(headers);
    this.#headers = given;
    const unpacks = own(config, 'decompress') !== false;
    if (unpacks && (method === 'HEAD' || status === 204)) delete given['content-encoding'];
    const through = unpacks ? decoders(given) : undefined;
    if (through !== undefined) delete given['content-encoding'];
    const streams = own(config, 'responseType') === 'stream';
    if (!streams && through === undefined) return;
    this.#body = new EngineBody(this.#control as BankHttpControl);
    const stream = decoded(this.#body, through);
    if (!streams) {
      this.#collect(stream);
      return;
    }
    const data = limited(stream, maxContentLength, config);
    this.#given = data;
    // Readers add their own listeners; an error before that concerns nobody, and must not end the process.
    data.on('error', () => undefined);
    data.once('close', () => this.#forget());
    this.#settle(data);
  }

  data(chunk: Buffer): void {
    if (this.#body !== undefined) this.#body.arrive(chunk);
    else this.#add(chunk);
  }

  end(): void {
    this.#control = undefined;
    if (this.#body !== undefined) this.#body.complete();
    else this.#finish();
  }

  /** Passes the proxy's answer on to the caller, as axios' own adapter does. */
  refused(status: number): void {
    this.isAnswered = true;
    this.#headers = headersOfAnswer([]);
    this.#settle('', status);
  }

  fail(error: Error & { code?: string }): void {
    this.#control = undefined;
    const { config } = this.#parts;
    // A parse error keeps its own code, as does every error before an answer.
    const isCut = this.isAnswered && !/^HPE_/.test(error.code ?? '');
    if (this.#body !== undefined && (isCut || this.#isSettled)) {
      this.#body.cut();
      return;
    }
    this.#failed(
      isCut
        ? new AxiosError(
            STREAM_ABORTED,
            AxiosError.ERR_BAD_RESPONSE,
            config,
            undefined,
            this.#responseOf(undefined),
          )
        : AxiosError.from(error, undefined, config),
    );
  }

  /** The caller has cancelled, or the time is over. */
  #cancelBy(reason: unknown): void {
    const { config } = this.#parts;
    // As in axios: an event comes from a signal, any other value is the reason of a `cancelToken`.
    const isBare = !reason || (reason as { type?: unknown }).type;
    const error = isBare ? new CanceledError(undefined, config) : (reason as Error);
    if (this.#given === undefined) this.#failed(error);
    else this.#given.destroy(error);
  }

  #listen(): void {
    const { end, config } = this.#parts;
    // V8 expects a function that is assigned directly to a member to live long, and allocates it, with everything that
    // it refers to, where only its slow collector finds it.
    const cancel = (reason?: unknown) => this.#cancelBy(reason);
    this.#cancel = cancel;
    own(config, 'cancelToken')?.subscribe?.(cancel as never);
    end?.listen(cancel);
    const signal = this.#signal;
    if (signal === undefined || signal === null) return;
    if (signal.aborted) cancel();
    else signal.addEventListener?.('abort', cancel);
  }

  get #signal(): InternalAxiosRequestConfig['signal'] {
    const { end, config } = this.#parts;
    return end === undefined ? own(config, 'signal') : undefined;
  }

  /** Removes the listeners from the caller's signal and token. */
  #forget(): void {
    own(this.#parts.config, 'cancelToken')?.unsubscribe?.(this.#cancel as never);
    this.#signal?.removeEventListener?.('abort', this.#cancel as never);
  }

  #add(chunk: Buffer): void {
    if (this.#isSettled) return;
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    const { maxContentLength: most = -1, config } = this.#parts;
    if (most > -1 && this.#length > most) this.#failed(tooLong(most, config));
  }

  /** Collects the chunks of a body while it is unpacked. */
  #collect(stream: Readable): void {
    stream.on('data', (chunk: Buffer) => this.#add(chunk));
    stream.once('end', () => this.#finish());
    stream.once('error', (error: Error) => this.#unread(error));
  }

  #finish(): void {
    if (this.#isSettled) return;
    let data: unknown;
    try {
      data = this.#whole();
    } catch (error) {
      // The body is longer than the longest string.
      this.#unread(error as Error);
      return;
    }
    this.#settle(data);
  }

  /** Fails with a response whose data could not be read. */
  #unread(error: Error): void {
    const response = this.#responseOf(undefined);
    this.#failed(AxiosError.from(error, undefined, this.#parts.config, undefined, response));
  }

  #whole(): Buffer | string {
    const { config } = this.#parts;
    const bytes = this.#chunks.length === 1 ? (this.#chunks[0] as Buffer) : Buffer.concat(this.#chunks);
    if (own(config, 'responseType') === 'arraybuffer') return bytes;
    const encoding = own(config, 'responseEncoding') as BufferEncoding | undefined;
    const text = bytes.toString(encoding ?? 'utf8');
    const isUtf8 = !encoding || encoding === 'utf8';
    return isUtf8 && text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  }

  #settle(data: unknown, status = this.status as number): void {
    const { config } = this.#parts;
    const response = this.#responseOf(data, status);
    const validateStatus = own(config, 'validateStatus');
    let isAccepted: boolean;
    try {
      isAccepted = !validateStatus || validateStatus(status);
    } catch (error) {
      // The engine would swallow the error, and the caller would wait for ever.
      this.#failed(error);
      return;
    }
    this.#isSettled = true;
    if (this.#given === undefined) this.#forget();
    this.#chunks = [];
    if (isAccepted) {
      this.#resolve(response);
      return;
    }
    const code = status >= 400 && status < 500 ? AxiosError.ERR_BAD_REQUEST : AxiosError.ERR_BAD_RESPONSE;
    this.#reject(new AxiosError(statusRejected(status), code, config, undefined, response));
  }

  #responseOf(data: unknown, status = this.status as number): AxiosResponse {
    return {
      data,
      status,
      statusText: this.#statusText,
      headers: this.#headers,
      config: this.#parts.config,
      request: undefined,
    };
  }

  #failed(error: unknown): void {
    this.#isOver = true;
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#forget();
    this.#chunks = [];
    this.#body?.destroy();
    this.#abort(error instanceof Error ? error : new Error(CALL_IS_OVER));
    this.#reject(error);
  }

  #abort(reason: Error): void {
    const control = this.#control;
    this.#control = undefined;
    control?.abort(reason);
    const letGo = this.#letGo;
    this.#letGo = undefined;
    letGo?.();
  }
}
