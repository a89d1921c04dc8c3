import type { FactoryProvider } from '@nestjs/common';
import {
  BankAuthConfigError,
  type BankAuthProviderName,
  type BankFetch,
  getBankFetchToken,
  isBankAuthError,
  reportBankCall,
} from '../index.js';
import { type FakeBankRequest, type FakeBankResponse, merchantOf, parse } from './fake-bank-http.js';
import { type FakeBankOptions, isRepeatable } from './repeatable-call.js';
import { emptyMerchantKey, FETCH_FAILED, followedRedirect } from './testing.messages.js';

/** A `fetch` without a network, which remembers its calls: those of all merchants in one list. */
export interface FakeBankFetch extends BankFetch {
  readonly requests: readonly FakeBankRequest[];
  forMerchant(key: string): FakeBankFetch;
}

type Answer = (
  request: FakeBankRequest,
) => FakeBankResponse | Response | Promise<FakeBankResponse | Response>;

/**
 * Provides a fake in place of a bank's `fetch`. Any status is a `Response`. `bankCallOf` and `isSafeToRepeat` know what it
 * returns and throws.
 * @param answer decides each call; what it throws is a failure of the network, but a `BankAuthError` is thrown as it is.
 *   Default: 200 with an empty object
 */
export function provideFakeBankFetch(
  provider: BankAuthProviderName,
  answer: Answer = () => ({ body: {} }),
  options: FakeBankOptions = {},
): FactoryProvider {
  return {
    provide: getBankFetchToken(provider),
    useFactory: () => fakeFetch({ provider, answer, options, requests: [] }, undefined),
  };
}

interface Fake {
  readonly provider: string;
  readonly answer: Answer;
  readonly options: FakeBankOptions;
  readonly requests: FakeBankRequest[];
}

type Input = Parameters<BankFetch>[0];
type Init = NonNullable<Parameters<BankFetch>[1]>;

function fakeFetch(fake: Fake, merchant: string | undefined): FakeBankFetch {
  const { provider, requests } = fake;
  const call = async (input: Input, init: Init = {}): Promise<Response> => {
    const named = merchantNamed(provider, input, init) ?? merchant;
    const request = requestOf(provider, input, init);
    const { signal } = request;
    signal.throwIfAborted();
    const given = input instanceof Request ? input.url : String(input);
    const seen = { ...(await seenIn(request, given)), merchant: named };
    requests.push(seen);
    const made = { provider, merchant: named ?? 'default', repeatable: isRepeatable(seen, fake.options) };
    try {
      const response = responseOf(await untilAborted(answered(fake, seen), signal), request);
      return reportBankCall(response, { ...made, status: response.status });
    } catch (error) {
      const nothingSent = isBankAuthError(error) && { delivery: 'not-sent' as const, attempts: 0 };
      throw reportBankCall(error, { ...made, ...nothingSent });
    }
  };
  return Object.assign(call, {
    provider,
    requests,
    forMerchant(key: string): FakeBankFetch {
      if (typeof key !== 'string' || key === '') {
        throw new BankAuthConfigError(emptyMerchantKey(provider, 'fetch'), { provider });
      }
      return fakeFetch(fake, key);
    },
  });
}

/** As with the bank's own: beside the request, or on it, where generated clients put what they do not know. */
function merchantNamed(provider: string, input: Input, init: Init): string | undefined {
  const [beside, on] = [init, input].map((from) =>
    merchantOf(provider, Object.getOwnPropertyDescriptor(from, 'bankAuth')?.value),
  );
  return beside ?? on;
}

/** Refuses what the bank's own refuses, so that a test finds it. */
function requestOf(provider: string, input: Input, init: Init): Request {
  if (init.redirect === 'follow' && !(init instanceof Request)) {
    throw new BankAuthConfigError(followedRedirect(provider), { provider });
  }
  return new Request(input instanceof Request ? input : new URL(input, `https://${provider}.invalid`), init);
}

async function seenIn(request: Request, url: string): Promise<FakeBankRequest> {
  const isForm = /^multipart\//i.test(request.headers.get('content-type') ?? '');
  return {
    method: request.method.toUpperCase(),
    url,
    params: Object.fromEntries(new URL(request.url).searchParams),
    headers: Object.fromEntries(request.headers),
    body: request.body === null ? undefined : isForm ? await request.formData() : parse(await request.text()),
  };
}

async function answered({ answer }: Fake, request: FakeBankRequest): Promise<FakeBankResponse | Response> {
  try {
    return await answer(request);
  } catch (error) {
    if (isBankAuthError(error)) throw error;
    const { message, code } = error as NodeJS.ErrnoException;
    const cause = new Error(message);
    throw new TypeError(FETCH_FAILED, {
      cause: code === undefined ? cause : Object.assign(cause, { code }),
    });
  }
}

function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort);
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

function responseOf(answer: FakeBankResponse | Response, { method }: Request): Response {
  if (answer instanceof Response) return answer;
  const { status = 200, headers: given = {}, body } = answer;
  const headers = new Headers({ 'content-type': 'application/json' });
  for (const [name, value] of Object.entries(given)) headers.set(name, value);
  const isEmpty = body === undefined || method === 'HEAD' || [204, 205, 304].includes(status);
  return new Response(isEmpty ? null : JSON.stringify(body), { status, headers });
}
