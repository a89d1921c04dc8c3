import type { FactoryProvider } from '@nestjs/common';
import {
  type BankAuthProviderName,
  type BankFetch,
  getBankFetchToken,
  isBankAuthError,
  reportBankCall,
} from '../index.js';
import { checkRequestOptions, fetchCall } from '../internal.js';
import { type FakeBankRequest, type FakeBankResponse, parse } from './fake-bank-http.js';
import { type FakeBankOptions, isRepeatable } from './repeatable-call.js';
import { FETCH_FAILED } from './testing.messages.js';

/** A `fetch` without a network, which remembers its calls: those of all merchants in one list. */
export interface FakeBankFetch extends BankFetch {
  readonly requests: readonly FakeBankRequest[];
  forMerchant(key: string): FakeBankFetch;
}

type Answer = (
  request: FakeBankRequest,
) => FakeBankResponse | Response | Promise<FakeBankResponse | Response>;

/**
 * Provides a fake in place of a bank's `fetch`. Any status is a `Response`. `bankCallOf` and `isSafeToRepeat` recognise
 * its responses and errors.
 * @param answer decides each call; an error that it throws is a network failure, but a `BankAuthError` is thrown as it
 *   is. Default: 200 with an empty object
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
  const call = async (input: Input, init?: Init): Promise<Response> => {
    const { request, url, signal, named } = callOf(fake, merchant, input, init);
    signal?.throwIfAborted();
    const seen = { ...(await seenIn(request, url)), merchant: named };
    requests.push(seen);
    const made = { provider, merchant: named ?? 'default', repeatable: isRepeatable(seen, fake.options) };
    try {
      const response = responseOf(await untilAborted(answered(fake, seen), signal), request);
      return reportBankCall(response, { ...made, status: response.status });
    } catch (error) {
      const nothingSent = isBankAuthError(error) && NOT_SENT;
      throw reportBankCall(error, { ...made, ...nothingSent });
    }
  };
  return Object.assign(call, {
    provider,
    requests,
    forMerchant(key: string): FakeBankFetch {
      // The same check as for a request, so that there is one rule.
      checkRequestOptions(provider, { merchant: key });
      return fakeFetch(fake, key);
    },
  });
}

const NOT_SENT = { delivery: 'not-sent', attempts: 0 } as const;

/** Refuses a call that the bank's own `fetch` refuses, so that a test finds it. */
function callOf({ provider }: Fake, merchant: string | undefined, input: Input, init: Init | undefined) {
  try {
    const call = fetchCall({ provider, apiBaseUrl: `https://${provider}.invalid` }, input, init);
    return { ...call, named: call.bankAuth?.merchant ?? merchant };
  } catch (error) {
    throw reportBankCall(error, { provider, merchant: merchant ?? 'default', ...NOT_SENT });
  }
}

async function seenIn(request: Request, url: string): Promise<FakeBankRequest> {
  const isForm = /^multipart\//i.test(request.headers.get('content-type') ?? '');
  return {
    method: request.method.toUpperCase(),
    url,
    params: Object.fromEntries(new URL(url, NOWHERE).searchParams),
    headers: Object.fromEntries(request.headers),
    body: request.body === null ? undefined : isForm ? await request.formData() : parse(await request.text()),
  };
}

const NOWHERE = 'https://bank.invalid';

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

function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
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
