import { Readable } from 'node:stream';
import { inspect } from 'node:util';
import { describe, expect, jest, test } from '@jest/globals';
import { AxiosError, AxiosHeaders, type InternalAxiosRequestConfig } from 'axios';
import { BankAuthInterceptor } from '../../../src/http/bank-auth.interceptor.js';
import { closeIdleFetch, createBankFetch } from '../../../src/http/bank-fetch.js';
import { aToken, ORIGIN, rejection, ScriptedTokens } from '../../support/authorised-calls.harness.js';

/** A `fetch` over an adapter that answers by this. */
function bankFetch(
  answer: (config: InternalAxiosRequestConfig) => object = () => ({}),
  label?: string,
  timeout = 30_000,
) {
  const tokens = new ScriptedTokens([aToken('first')], {}, label);
  const interceptor = new BankAuthInterceptor({ tokens, origins: new Set([ORIGIN]) });
  const adapter = jest.spyOn(interceptor, 'adapter').mockImplementation(() => async (config) => ({
    status: 200,
    statusText: '',
    headers: new AxiosHeaders(),
    data: Readable.from([]),
    config,
    ...answer(config),
  }));
  const options = { apiBaseUrl: `${ORIGIN}/v1`, http: { timeout } };
  return { fetch: createBankFetch(interceptor, options), adapter };
}

describe("a bank's fetch", () => {
  test('makes its connections at its first call, shared by all merchants', async () => {
    const { fetch, adapter } = bankFetch();
    closeIdleFetch(fetch);
    expect(adapter).not.toHaveBeenCalled();
    await fetch('/');
    await fetch('/');
    expect(adapter).toHaveBeenCalledTimes(1);
    const [transport, how] = adapter.mock.calls[0] ?? [];
    expect([transport?.httpAgent, how?.httpsAgent]).toMatchObject([
      { options: { keepAlive: true } },
      { options: { keepAlive: true } },
    ]);
    // Whatever the defaults of axios say by then.
    expect(how?.sendingAdapter?.()).toBe('http');
    expect(inspect(fetch, { depth: 9, showHidden: true })).not.toContain('keepAlive');
  });

  test('waits for the body of a Request, and for that of the answer, where there is no time-out', async () => {
    // Each longer than a timer of no time.
    const slowly = async function* (text: string) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      yield Buffer.from(text);
    };
    const { fetch } = bankFetch(({ data }) => ({ data: Readable.from(slowly(`${data}`)) }), undefined, 0);
    const init = { method: 'POST', body: ReadableStream.from(slowly('sent')), duplex: 'half' };
    expect(await (await fetch(new Request(ORIGIN, init as RequestInit))).text()).toBe('sent');
  });

  test('lets go of an answer whose body is cancelled, at once', async () => {
    const data = new Readable({ read() {} });
    const { body } = await bankFetch(() => ({ data })).fetch('/');
    await body?.cancel();
    expect(data.destroyed).toBe(true);
  });

  test('drops headers that no answer can have, as a mock may give them', async () => {
    const headers = { 'x-a': 'b', 'x b': 'c', 'x-c': 'ლ', 'x-d': null, 'x-e': ['1', '2'] };
    const { fetch } = bankFetch(() => ({ headers }));
    expect([...(await fetch('/')).headers]).toEqual([
      ['x-a', 'b'],
      ['x-e', '1, 2'],
    ]);
  });

  test.each([
    [new AxiosError('', 'ECONNREFUSED', undefined, undefined, undefined), 'ECONNREFUSED$'],
    [Object.assign(new AxiosError(''), { cause: new Error('connect ::1') }), 'connect ::1$'],
    [new Error('of nobody'), 'of nobody$'],
    [undefined, 'no reason given$'],
  ])('reports its knowledge of a failure (%s)', async (failure, message) => {
    const { fetch } = bankFetch(() => {
      throw failure;
    });
    const { cause } = await rejection(fetch('orders?id=1'));
    expect(cause.message).toMatch(`a-bank, merchant "default": GET ${ORIGIN}/v1/orders failed: `);
    expect(cause.message).toMatch(new RegExp(message));
    expect(cause.stack).toBe(`Error: ${cause.message}`);
  });

  test('names a merchant in a failure without breaking the line of a log', async () => {
    const { fetch } = bankFetch(() => {
      throw new AxiosError('', 'ECONNREFUSED');
    }, 'a\n[Nest]\u202e');
    const { cause } = await rejection(fetch('orders'));
    expect(cause.message).toMatch('a-bank, merchant "a\\n[Nest]\\u202e": GET ');
  });
});
