import { Readable } from 'node:stream';
import { CanceledError, type InternalAxiosRequestConfig } from 'axios';
import { own } from './own-members.js';

/** The first bytes of a stream. */
export interface ReadStream {
  readonly bytes: Buffer;
  /** Whether the stream has, or may have, more bytes. */
  readonly isCut: boolean;
}

export type AnyStream = Readable | ReadableStream | NodeJS.ReadableStream;

/** Milliseconds in which the body of a failed answer must arrive; only the bytes that came until then are shown. */
const LONGEST = 10_000;

/**
 * A stream of the same kind with the result of `make` from the first bytes of another stream. The source is not read
 * until the new stream is. Until then, too, a cancellation by the caller ends the source: axios no longer does that
 * once an answer has failed.
 * @param most the highest number of bytes that are read
 * @param make rejects with the errors that the new stream may have
 */
export function streamOfFirst(
  stream: AnyStream,
  most: number,
  { config, letGo }: { readonly config: InternalAxiosRequestConfig; readonly letGo?: () => void },
  make: (read: Promise<ReadStream>) => Promise<Buffer>,
): Readable | ReadableStream {
  const source = sourceOf(stream);
  let forget: () => void = () => undefined;
  const stop = () => {
    forget();
    source.stop();
    letGo?.();
  };
  const read = () => {
    forget();
    return make(readAtMost(source, most, config, stop));
  };
  const whenCanceled = (end: () => void) => {
    forget = onCancel(config, () => {
      stop();
      end();
    });
  };
  if (stream instanceof ReadableStream) {
    return new ReadableStream(
      {
        start: (controller) => whenCanceled(() => controller.error(new CanceledError(undefined, config))),
        async pull(controller) {
          const bytes = await read();
          if (bytes.length > 0) controller.enqueue(new Uint8Array(bytes));
          controller.close();
        },
        cancel: stop,
      },
      { highWaterMark: 0 },
    );
  }
  const shown = new Readable({
    // Called once: Node would call it again only after a push, and the end follows that directly.
    read() {
      read().then(
        (bytes) => {
          this.push(bytes);
          this.push(null);
        },
        (error: Error) => void this.destroy(error),
      );
    },
    destroy(error, done) {
      if (!this.readableEnded) stop();
      done(error);
    },
  });
  // Without an error: an unread stream has no listener for it.
  whenCanceled(() => shown.destroy());
  return shown;
}

/**
 * Reads at most `most` bytes and a chunk, for no longer than the request may take; then discards the rest.
 * @throws the error of the stream, or CanceledError if the caller cancels
 */
async function readAtMost(
  source: Source,
  most: number,
  config: InternalAxiosRequestConfig,
  stop: () => void,
): Promise<ReadStream> {
  const chunks: Buffer[] = [];
  let length = 0;
  let ended = false;
  const read = async () => {
    while (length <= most && !ended) {
      const chunk = await source.next();
      if (chunk === undefined) {
        ended = true;
      } else {
        chunks.push(chunk);
        length += chunk.length;
      }
    }
  };
  const interruption = interrupted(config);
  try {
    await Promise.race([read(), interruption.promise]);
    return { bytes: Buffer.concat(chunks), isCut: !ended };
  } finally {
    interruption.forget();
    if (!ended) stop();
  }
}

interface Source {
  /** The next bytes; undefined at the end. */
  next(): Promise<Buffer | undefined>;
  /** Discards the rest. */
  stop(): void;
}

function sourceOf(stream: AnyStream): Source {
  if (stream instanceof ReadableStream) {
    const reader = stream.getReader();
    return {
      next: async () => bytesIn(await reader.read()),
      stop: () => void reader.cancel().catch(() => undefined),
    };
  }
  // The stream may be of another implementation than Node's.
  const readable = stream instanceof Readable ? stream : new Readable().wrap(stream);
  const chunks = readable[Symbol.asyncIterator]();
  // Readers get its error from the iterator; once it has been discarded, an error concerns nobody.
  readable.on('error', () => undefined);
  return {
    next: async () => bytesIn(await chunks.next()),
    stop: () => void readable.destroy(),
  };
}

function bytesIn({ done, value }: { readonly done?: boolean; readonly value?: unknown }): Buffer | undefined {
  if (done === true) return undefined;
  // The value is bytes or a string.
  return Buffer.from(value as Uint8Array);
}

/** A promise that resolves when the time is over, and rejects when the caller cancels. */
function interrupted(config: InternalAxiosRequestConfig): {
  readonly promise: Promise<void>;
  readonly forget: () => void;
} {
  const timeout = Number(own(config, 'timeout'));
  let timer: NodeJS.Timeout | undefined;
  let forget: () => void = () => undefined;
  const promise = new Promise<void>((resolve, reject) => {
    forget = onCancel(config, () => reject(new CanceledError(undefined, config)));
    timer = setTimeout(resolve, timeout > 0 ? Math.min(timeout, LONGEST) : LONGEST);
  });
  return {
    promise,
    forget: () => {
      clearTimeout(timer);
      forget();
    },
  };
}

/**
 * Calls `cancel` when the caller cancels, by either of axios' two ways, also if that has happened already.
 * @returns a function that removes the listeners from the caller's signal and token
 */
function onCancel(config: InternalAxiosRequestConfig, cancel: () => void): () => void {
  const signal = own(config, 'signal');
  const cancelToken = own(config, 'cancelToken');
  const { subscribe, unsubscribe } = (cancelToken ?? {}) as {
    subscribe?: (listener: () => void) => void;
    unsubscribe?: (listener: () => void) => void;
  };
  if (signal?.aborted) cancel();
  signal?.addEventListener?.('abort', cancel);
  subscribe?.call(cancelToken, cancel);
  return () => {
    signal?.removeEventListener?.('abort', cancel);
    unsubscribe?.call(cancelToken, cancel);
  };
}
