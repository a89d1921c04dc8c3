import { HttpService } from '@nestjs/axios';
import type { FactoryProvider } from '@nestjs/common';
import axios, { AxiosError, AxiosHeaders, type AxiosResponse, type InternalAxiosRequestConfig } from 'axios';
import { type BankAuthProviderName, getBankHttpToken, isBankAuthError, reportBankCall } from '../index.js';
import { checkRequestOptions } from '../internal.js';
import { type FakeBankOptions, isRepeatable } from './repeatable-call.js';
import { statusRejected } from './testing.messages.js';

/** A call as the code under test made it. */
export interface FakeBankRequest {
  /** In upper case. */
  readonly method: string;
  /** As it was given, without the base URL. */
  readonly url: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed, if it is JSON. */
  readonly body: unknown;
  /** The merchant whose credentials the call asked for; undefined for the default merchant. */
  readonly merchant?: string;
}

/** An answer of the fake bank. Default status 200. */
export interface FakeBankResponse {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** An `HttpService` without a network, which remembers its calls. */
export interface FakeBankHttp extends HttpService {
  readonly requests: readonly FakeBankRequest[];
}

/**
 * Provides a fake in place of a bank's `HttpService`, over a real axios: statuses outside 2xx are `AxiosError`s.
 * `bankCallOf` and `isSafeToRepeat` recognise its responses and errors.
 * @param answer decides each call; an error that it throws is a network error, of which only a code such as
 *   `ECONNREFUSED` shows that nothing was sent; a `BankAuthError` is thrown as it is. Default: 200 with an empty object
 */
export function provideFakeBankHttp(
  provider: BankAuthProviderName,
  answer: (request: FakeBankRequest) => FakeBankResponse | Promise<FakeBankResponse> = () => ({ body: {} }),
  options: FakeBankOptions = {},
): FactoryProvider {
  return {
    provide: getBankHttpToken(provider),
    useFactory: (): FakeBankHttp => {
      const requests: FakeBankRequest[] = [];
      const instance = axios.create({
        baseURL: `https://${provider}.invalid`,
        adapter: async (config) => {
          let call: Parameters<typeof reportBankCall>[1] = { provider };
          try {
            const request = requestOf(provider, config);
            const { merchant = 'default' } = request;
            call = { provider, merchant, repeatable: isRepeatable(request, options) };
            requests.push(request);
            const response = settle(await answered(answer, request, config), config);
            return reportBankCall(response, { ...call, status: response.status });
          } catch (error) {
            throw reportBankCall(error, {
              ...call,
              ...(isBankAuthError(error) ? NOT_SENT : statusOf(error)),
            });
          }
        },
      });
      return Object.assign(new HttpService(instance as unknown as HttpService['axiosRef']), { requests });
    },
  };
}

async function answered(
  answer: (request: FakeBankRequest) => FakeBankResponse | Promise<FakeBankResponse>,
  request: FakeBankRequest,
  config: InternalAxiosRequestConfig,
): Promise<FakeBankResponse> {
  try {
    return await answer(request);
  } catch (error) {
    if (isBankAuthError(error)) throw error;
    const { message, code } = error as NodeJS.ErrnoException;
    throw new AxiosError(message, code ?? AxiosError.ERR_NETWORK, config);
  }
}

/** Refuses a call that the bank's own `HttpService` refuses, so that a test finds it. */
function requestOf(provider: string, config: InternalAxiosRequestConfig): FakeBankRequest {
  checkRequestOptions(provider, config.bankAuth);
  return {
    method: (config.method ?? 'get').toUpperCase(),
    url: config.url ?? '',
    params: { ...config.params },
    headers: Object.fromEntries(
      Object.entries(config.headers.toJSON()).map(([name, value]) => [name, String(value)]),
    ),
    body: parse(config.data),
    merchant: config.bankAuth?.merchant,
  };
}

const NOT_SENT = { delivery: 'not-sent', attempts: 0 } as const;

/** The status of an error that has a response. */
function statusOf(error: unknown): { readonly status?: number } {
  const { response } = error as AxiosError;
  return response === undefined ? {} : { status: response.status };
}

function settle(answer: FakeBankResponse, config: InternalAxiosRequestConfig): AxiosResponse {
  const { status = 200, headers = {}, body } = answer;
  const response: AxiosResponse = {
    status,
    statusText: '',
    headers: new AxiosHeaders({ 'content-type': 'application/json', ...headers }),
    config,
    data: body === undefined ? '' : JSON.stringify(body),
  };
  if (config.validateStatus?.(status) ?? true) return response;
  const code = status < 500 ? AxiosError.ERR_BAD_REQUEST : AxiosError.ERR_BAD_RESPONSE;
  throw new AxiosError(statusRejected(status), code, config, undefined, response);
}

export function parse(data: unknown): unknown {
  if (typeof data !== 'string') return data;
  try {
    return JSON.parse(data);
  } catch {
    return data;
  }
}
