import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { type Check, httpsUrl } from './body-shape.checks.js';
import type { SentCallback, SimulatedWebhooks } from './simulated-bank.types.js';

const AFTER = 1000;
const REPEAT_AFTER = [1000, 5000, 15_000];
const ATTEMPT_TIMEOUT = 5000;
const KEPT = 1000;
/** The bytes read of an answer, of which only the status matters. */
const MOST_READ = 65_536;

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** Sends a bank's callbacks, signed by a key of its own, and repeats those that were not answered 200. */
export class CallbackSender {
  /** In milliseconds, from an order to its end. */
  readonly after: number;
  /** PEM. */
  readonly publicKey: string;

  readonly #privateKey: KeyObject;
  readonly #repeatAfter: readonly number[];
  readonly #httpAnywhere: boolean;
  readonly #timers = new Set<NodeJS.Timeout>();
  #sent: SentCallback[] = [];
  #stopping = new AbortController();

  constructor({ after = AFTER, repeatAfter = REPEAT_AFTER, http = 'loopback' }: SimulatedWebhooks) {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    this.publicKey = publicKey.export({ type: 'spki', format: 'pem' }) as string;
    this.#privateKey = privateKey;
    this.after = after;
    this.#repeatAfter = repeatAfter;
    this.#httpAnywhere = http === 'anywhere';
  }

  /** The attempts that have ended, in the order in which they did. */
  get sent(): readonly SentCallback[] {
    return [...this.#sent];
  }

  /** A URL that a callback may be sent to: by https, and by http to this machine or where the settings say so. */
  readonly url: Check = (value, name) => {
    const wrong = httpsUrl(value, name);
    const url = typeof value === 'string' ? parsed(value) : undefined;
    if (wrong === undefined && url !== undefined) return undefined;
    if (url?.protocol !== 'http:') return `${name} must be an https URL, or http to loopback`;
    if (this.#httpAnywhere || LOOPBACK.test(url.hostname)) return undefined;
    return `${name} must be an https URL: the simulator calls by http only on loopback`;
  };

  /** Runs something later, unless the bank is reset or stopped before. Keeps no process alive. */
  later(milliseconds: number, run: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      run();
    }, milliseconds);
    timer.unref();
    this.#timers.add(timer);
  }

  send(url: string, payload: object): void {
    const body = JSON.stringify(payload);
    const signature = sign('sha256', Buffer.from(body), this.#privateKey).toString('base64');
    this.#attempt({ url, body, signature, attempt: 1 });
  }

  /** Ends and forgets all callbacks, so that later ones never concern an earlier order. */
  forget(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#stopping.abort();
    this.#stopping = new AbortController();
    this.#sent = [];
  }

  #attempt(callback: Omit<SentCallback, 'status'>): void {
    const { signal } = this.#stopping;
    void post(callback, signal).then((status) => {
      if (signal.aborted) return;
      this.#sent = [...this.#sent.slice(1 - KEPT), { ...callback, status }];
      const pause = this.#repeatAfter[callback.attempt - 1];
      if (status === 200 || pause === undefined) return;
      this.later(pause, () => this.#attempt({ ...callback, attempt: callback.attempt + 1 }));
    });
  }
}

function parsed(value: string): URL | undefined {
  try {
    return new URL(value);
  } catch {
    return undefined;
  }
}

/** The status of the answer, or 0 without one. Follows no redirect, and sends no user or password of the URL. */
function post({ url, body, signature }: Omit<SentCallback, 'status'>, stopped: AbortSignal): Promise<number> {
  const { protocol, hostname, port, pathname, search } = new URL(url);
  const request = protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve) => {
    const call = request(
      {
        method: 'POST',
        hostname: hostname.replace(/^\[|\]$/g, ''),
        port,
        path: `${pathname}${search}`,
        agent: false,
        signal: AbortSignal.any([stopped, AbortSignal.timeout(ATTEMPT_TIMEOUT)]),
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          'callback-signature': signature,
          'user-agent': 'nestjs-bank-auth-simulator',
        },
      },
      (response) => {
        let read = 0;
        response.on('data', (chunk: Buffer) => {
          read += chunk.length;
          if (read > MOST_READ) response.destroy();
        });
        response.on('error', () => undefined);
        response.on('close', () => resolve(response.statusCode ?? 0));
      },
    );
    call.on('socket', (socket) => socket.unref());
    call.on('error', () => resolve(0));
    call.end(body);
  });
}
