import { Readable } from 'node:stream';
import { CanceledError, type InternalAxiosRequestConfig } from 'axios';

/** What was read of a stream. */
export interface ReadStream {
  readonly bytes: Buffer;
  /** Whether there is, or may be, more. */
  readonly isCut: boolean;
}

export type AnyStream = Readable | ReadableStream | NodeJS.ReadableStream;

/** Milliseconds in which the body of a failed answer has to arrive; what is there then is all that is shown. */
const LONGEST = 10_000;

/**
 * Reads at most so many bytes of a stream, for no longer than the request may take, and lets go of the rest.
 * @throws what the stream errors with, or CanceledError if the caller cancels
 */
export async function readAtMost(
  stream: AnyStream,
  most: number,
  { config, letGo }: { readonly config: InternalAxiosRequestConfig; readonly letGo?: () => void },
): Promise<ReadStream> {
  const source = sourceOf(stream);
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
    if (!ended) {
      source.stop();
      letGo?.();
    }
  }
}

/** A stream of the same kind that gives these bytes. */
export function streamOf(kind: AnyStream, bytes: Buffer): Readable | ReadableStream {
  return made(kind, (give) => {
    if (bytes.length > 0) give(bytes);
  });
}

/** A stream of the same kind that errors as soon as it is read, and not before: nobody may listen to it. */
export function brokenStream(kind: AnyStream, error: unknown): Readable | ReadableStream {
  return made(kind, () => {
    throw error;
  });
}

/** @param read gives the bytes that there are, or throws what the stream errors with */
function made(kind: AnyStream, read: (give: (bytes: Buffer) => void) => void): Readable | ReadableStream {
  if (kind instanceof ReadableStream) {
    return new ReadableStream(
      {
        pull(controller) {
          read((bytes) => controller.enqueue(new Uint8Array(bytes)));
          controller.close();
        },
      },
      { highWaterMark: 0 },
    );
  }
  return new Readable({
    read() {
      try {
        read((bytes) => this.push(bytes));
        this.push(null);
      } catch (error) {
        this.destroy(error as Error);
      }
    },
  });
}

interface Source {
  /** The next bytes; undefined at the end. */
  next(): Promise<Buffer | undefined>;
  /** Nobody wants the rest. */
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
  // Also of another implementation than Node's.
  const readable = stream instanceof Readable ? stream : new Readable().wrap(stream);
  const chunks = readable[Symbol.asyncIterator]();
  // What it errors with after it was let go, nobody wants to know.
  readable.on('error', () => undefined);
  return {
    next: async () => bytesIn(await chunks.next()),
    stop: () => void readable.destroy(),
  };
}

function bytesIn({ done, value }: { readonly done?: boolean; readonly value?: unknown }): Buffer | undefined {
  if (done === true) return undefined;
  return typeof value === 'string' ? Buffer.from(value) : Buffer.from(value as Uint8Array);
}

/** Resolves when it takes too long, and rejects when the caller cancels, by either of axios' two ways. */
function interrupted(config: InternalAxiosRequestConfig): {
  readonly promise: Promise<void>;
  readonly forget: () => void;
} {
  const { signal, cancelToken } = config;
  const { subscribe, unsubscribe } = (cancelToken ?? {}) as {
    subscribe?: (listener: () => void) => void;
    unsubscribe?: (listener: () => void) => void;
  };
  const timeout = Number(config.timeout);
  let timer: NodeJS.Timeout | undefined;
  let cancel: () => void = () => undefined;
  const promise = new Promise<void>((resolve, reject) => {
    cancel = () => reject(new CanceledError(undefined, config));
    timer = setTimeout(resolve, timeout > 0 ? Math.min(timeout, LONGEST) : LONGEST);
  });
  if (signal?.aborted) cancel();
  signal?.addEventListener?.('abort', cancel);
  subscribe?.call(cancelToken, cancel);
  return {
    promise,
    forget: () => {
      clearTimeout(timer);
      signal?.removeEventListener?.('abort', cancel);
      unsubscribe?.call(cancelToken, cancel);
    },
  };
}
