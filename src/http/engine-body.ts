import { AsyncResource } from 'node:async_hooks';
import { pipeline, Readable, Transform, type TransformCallback } from 'node:stream';
import { constants, createBrotliDecompress, createUnzip } from 'node:zlib';
import { AxiosError, type AxiosResponse, type InternalAxiosRequestConfig } from 'axios';
import type { BankHttpControl } from '../engine/index.js';
import { ANSWER_CUT, answerTooLong } from './http.messages.js';

/** The body of an answer as it comes in, in the context of its caller. */
export class EngineBody extends Readable {
  readonly #control: BankHttpControl;
  readonly #context = new AsyncResource('BANKHTTPBODY', { requireManualDestroy: true });
  #isWhole = false;

  constructor(control: BankHttpControl) {
    super();
    this.#control = control;
  }

  arrive(chunk: Buffer): void {
    this.#context.runInAsyncScope(() => {
      if (!this.push(chunk)) this.#control.pause();
    });
  }

  complete(): void {
    this.#isWhole = true;
    this.#context.runInAsyncScope(() => this.push(null));
  }

  /** Ends a body that was cut off, with Node's own message and code. */
  cut(): void {
    this.#isWhole = true;
    this.#context.runInAsyncScope(() => {
      this.destroy(Object.assign(new Error(ANSWER_CUT), { code: 'ECONNRESET' }));
    });
  }

  override _read(): void {
    this.#control.resume();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (!this.#isWhole) this.#control.abort(error ?? new Error(ANSWER_CUT));
    done(error);
  }
}

/** The options of axios' own adapter: an incomplete body ends without an error where it was cut off. */
const ZLIB = { flush: constants.Z_SYNC_FLUSH, finishFlush: constants.Z_SYNC_FLUSH };
const BROTLI = {
  flush: constants.BROTLI_OPERATION_FLUSH,
  finishFlush: constants.BROTLI_OPERATION_FLUSH,
};

/** The decoders of a content coding; undefined without a coding, and for a coding that axios does not know. */
export function decoders(headers: AxiosResponse['headers']): Transform[] | undefined {
  const coding: unknown = headers['content-encoding'];
  switch (typeof coding === 'string' ? coding.toLowerCase() : undefined) {
    case 'gzip':
    case 'x-gzip':
    case 'compress':
    case 'x-compress':
      return [createUnzip(ZLIB)];
    case 'deflate':
      return [new ZlibHeader(), createUnzip(ZLIB)];
    case 'br':
      return [createBrotliDecompress(BROTLI)];
    default:
      return undefined;
  }
}

/** Adds the header of zlib to a deflated body: some servers send it, others do not. */
class ZlibHeader extends Transform {
  #isBegun = false;

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    if (!this.#isBegun) {
      this.#isBegun = true;
      if (chunk[0] !== 0x78) this.push(Buffer.from([0x78, 0x9c]));
    }
    done(null, chunk);
  }
}

/** The stream without its content coding. */
export function decoded(body: EngineBody, through: readonly Transform[] | undefined): Readable {
  if (through === undefined) return body;
  return pipeline([body, ...through], () => undefined) as unknown as Readable;
}

/** The same stream, which errors once it has more than `most` bytes. */
export function limited(
  source: Readable,
  most: number | undefined = -1,
  config: InternalAxiosRequestConfig,
): Readable {
  if (!(most > -1)) return source;
  // Not a generator, as in axios' own adapter: a generator that is ended before its first read has not begun, and never
  // closes its source. Until that read the source's error has no listener either, and would end the process.
  return pipeline(source, new Limit(most, config), () => undefined);
}

class Limit extends Transform {
  #length = 0;

  constructor(
    private readonly most: number,
    private readonly config: InternalAxiosRequestConfig,
  ) {
    super();
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#length += chunk.length;
    if (this.#length > this.most) done(tooLong(this.most, this.config));
    else done(null, chunk);
  }
}

export function tooLong(most: number, config: InternalAxiosRequestConfig): AxiosError {
  return new AxiosError(answerTooLong(most), AxiosError.ERR_BAD_RESPONSE, config);
}
