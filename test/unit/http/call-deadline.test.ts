import { getEventListeners } from 'node:events';
import type { ServerResponse } from 'node:http';
import { PassThrough, Readable } from 'node:stream';
import { afterEach, describe, expect, test } from '@jest/globals';
import axios, { AxiosError, type InternalAxiosRequestConfig } from 'axios';
import { of, Subject } from 'rxjs';
import { authorisingAdapter } from '../../../src/http/authorising-adapter.js';
import type { AccessToken } from '../../../src/token/access-token.js';
import { aToken, rejection, request, ScriptedTokens } from '../../support/authorised-calls.harness.js';

import { closeServers, server } from '../../support/loopback-server.js';
import { until } from '../../support/until.js';

afterEach(closeServers);

type Config = Omit<NonNullable<Parameters<typeof request>[0]>, 'adapter'>;

/** A call with these tokens, by an adapter of axios or of the user's. */
function call(
  origin: string,
  config: Config & { adapter?: unknown },
  tokens = new ScriptedTokens([aToken('first')]),
) {
  const { adapter, ...rest } = config;
  const authorised = authorisingAdapter({ tokens, origins: new Set([origin]) }, adapter as never, {});
  const full = request({ ...rest, url: `${origin}/x`, validateStatus: (status) => status < 300 });
  return { answer: authorised(full), config: full, tokens };
}

/** A bank that answers with headers and then one byte after the other, for ever. */
async function tricklingBank(status = 200) {
  let open = 0;
  const bank = await server((_request, response) => {
    open += 1;
    response.writeHead(status, { 'content-type': 'application/json' });
    const more = setInterval(() => response.write(' '), 10);
    response.on('close', () => {
      clearInterval(more);
      open -= 1;
    });
  });
  return { ...bank, open: () => open };
}

/** A bank that never answers. */
const silentBank = () => server(() => undefined);

const timedOut = { name: 'AxiosError', code: 'ECONNABORTED', message: 'timeout of 100ms exceeded' };

describe.each([['http'], ['fetch']])('timeout, with the adapter %s,', (adapter) => {
  test('ends a call whose answer trickles, and its connection', async () => {
    const bank = await tricklingBank();
    const { answer, config } = call(bank.origin, { adapter, timeout: 100 });
    const error = await rejection(answer);
    expect(error).toBeInstanceOf(AxiosError);
    expect(error).toMatchObject(timedOut);
    expect(axios.isCancel(error)).toBe(false);
    expect(error.config).toBe(config);
    expect(error.request).toEqual({
      method: 'GET',
      protocol: 'http:',
      host: new URL(bank.origin).host,
      path: '/x',
    });
    expect(config.timeout).toBe(100);
    expect(config.signal).toBeUndefined();
    await until(() => bank.open() === 0, 'the connection ends');
  });

  test('ends a call without an answer, with the message that the caller chose', async () => {
    const bank = await silentBank();
    const { answer } = call(bank.origin, {
      adapter,
      timeout: 100,
      timeoutErrorMessage: 'too slow',
      transitional: { clarifyTimeoutError: true },
    });
    expect(await rejection(answer)).toMatchObject({ code: 'ETIMEDOUT', message: 'too slow' });
  });

  test.each([
    100,
    // As careless callers write it, and axios understands it.
    '100ms',
  ])('of %j ends a call whose failed answer trickles, also where a stream was asked for', async (timeout) => {
    const bank = await tricklingBank(401);
    const tokens = new ScriptedTokens([aToken('first')]);
    const authorised = authorisingAdapter(
      { tokens, origins: new Set([bank.origin]), rejectsToken: () => true },
      adapter as never,
      {},
    );
    const config = { url: `${bank.origin}/x`, timeout: timeout as number, responseType: 'stream' } as const;
    const error = await rejection(
      authorised(request({ ...config, validateStatus: (status) => status < 300 })),
    );
    expect(error).toMatchObject({ ...timedOut, message: `timeout of ${timeout}ms exceeded` });
    expect(tokens.heard).toEqual([]);
    await until(() => bank.open() === 0, 'the connection ends');
  });

  test('that expires while the process is paused does not discard an answer that has arrived', async () => {
    const bank = await server((_request, response) => {
      response.end('made');
      // Longer than the time-out by more than what is late by chance.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_200);
    });
    const { answer } = call(bank.origin, { adapter, timeout: 500 });
    expect((await answer).data).toBe('made');
  });

  test('is not needed to cancel a stream that is read for the definition', async () => {
    const bank = await tricklingBank(401);
    const controller = new AbortController();
    const tokens = new ScriptedTokens([aToken('first')]);
    const parts = { tokens, origins: new Set([bank.origin]), rejectsToken: () => true };
    const config = { url: `${bank.origin}/x`, responseType: 'stream', signal: controller.signal } as const;
    const answer = authorisingAdapter(parts, adapter as never, {})(request(config));
    await until(() => bank.open() === 1, 'the call');
    controller.abort();
    expect(axios.isCancel(await rejection(answer))).toBe(true);
    await until(() => bank.open() === 0, 'the connection ends');
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
  });

  test('ends at the headers where a stream was asked for', async () => {
    const answers: ServerResponse[] = [];
    const bank = await server((_request, response) => {
      response.write('a');
      answers.push(response);
    });
    const { answer } = call(bank.origin, { adapter, timeout: 500, responseType: 'stream' });
    const { data } = await answer;
    await new Promise((resolve) => setTimeout(resolve, 600));
    answers[0]?.end('b');
    let text = '';
    for await (const chunk of data) text += Buffer.from(chunk).toString();
    expect(text).toBe('ab');
  });

  test("does not change the error of the caller's cancellation", async () => {
    const bank = await silentBank();
    const controller = new AbortController();
    const { answer } = call(bank.origin, { adapter, timeout: 5_000, signal: controller.signal });
    await until(() => bank.requests.length === 1);
    controller.abort();
    const error = await rejection(answer);
    expect(axios.isCancel(error)).toBe(true);
    expect(error.code).toBe('ERR_CANCELED');
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
  });

  test('lets the caller cancel a stream after the headers, and leaves no listener on its signal', async () => {
    const bank = await tricklingBank();
    const controller = new AbortController();
    const { signal } = controller;
    const { answer } = call(bank.origin, { adapter, timeout: 5_000, responseType: 'stream', signal });
    const { data } = await answer;
    expect(getEventListeners(signal, 'abort').length).toBeGreaterThan(0);
    const reading = rejection(
      (async () => {
        for await (const _ of data);
      })(),
    );
    controller.abort();
    await reading;
    await until(() => bank.open() === 0, 'the connection ends');
    await until(() => getEventListeners(signal, 'abort').length === 0, 'the listeners go');
  });

  test('leaves no listener on the signal of a caller that has its answer or its time-out', async () => {
    const bank = await server((_request, response) => response.end('{}'));
    const silent = await silentBank();
    const { signal } = new AbortController();
    await call(bank.origin, { adapter, timeout: 5_000, signal }).answer;
    await rejection(call(silent.origin, { adapter, timeout: 50, signal }).answer);
    const { data } = await call(bank.origin, { adapter, timeout: 5_000, signal, responseType: 'stream' })
      .answer;
    for await (const _ of data);
    await until(() => getEventListeners(signal, 'abort').length === 0, 'the listeners go');
  });

  test('is not needed to cancel a stream that has stalled', async () => {
    for (const timeout of [5_000, 0]) {
      let open = 0;
      const bank = await server((_request, response) => {
        open += 1;
        response.on('close', () => {
          open -= 1;
        });
        response.write('a');
      });
      const { data } = await call(bank.origin, { adapter, timeout, responseType: 'stream' }).answer;
      if (data instanceof Readable) data.destroy();
      else {
        const reader = data.getReader();
        await reader.read();
        await reader.cancel();
      }
      await until(() => open === 0, 'the connection ends');
    }
  });

  test('that is no number is refused as axios refuses it', async () => {
    const bank = await silentBank();
    const { answer } = call(bank.origin, { adapter, timeout: 'soon' as never });
    const plain = rejection(axios.get(bank.origin, { adapter: adapter as never, timeout: 'soon' as never }));
    expect((await rejection(answer)).message).toBe((await plain).message);
  });

  test('of 0 means no limit', async () => {
    const bank = await server((_request, response) => void setTimeout(() => response.end('{}'), 50));
    expect((await call(bank.origin, { adapter, timeout: 0 }).answer).status).toBe(200);
  });
});

describe('timeout', () => {
  test('destroys the stream of the request', async () => {
    const bank = await silentBank();
    const data = new PassThrough();
    data.write('a');
    const { answer } = call(bank.origin, { adapter: 'http', method: 'post', timeout: 100, data });
    expect(await rejection(answer)).toMatchObject(timedOut);
    expect(data.destroyed).toBe(true);
  });

  test('covers both tries, and not the wait for the token between them', async () => {
    const second = new Subject<AccessToken>();
    const tokens = new ScriptedTokens([aToken('first'), second]);
    const timers: number[] = [];
    const real = globalThis.setTimeout;
    const bank = await server((request, response) => {
      if (request.headers.authorization === 'Bearer first') {
        real(() => response.writeHead(401).end('{}'), 200);
        real(() => second.next(aToken('second')), 1_100);
      }
    });
    globalThis.setTimeout = ((handler: () => void, ms: number) => {
      timers.push(ms);
      return real(handler, ms);
    }) as never;
    try {
      const { answer } = call(bank.origin, { adapter: 'http', timeout: 800 }, tokens);
      expect(await rejection(answer)).toMatchObject({ ...timedOut, message: 'timeout of 800ms exceeded' });
    } finally {
      globalThis.setTimeout = real;
    }
    // The second try was made though the wait for its token was longer than the time-out.
    expect(bank.requests.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer first',
      'Bearer second',
    ]);
    expect(tokens.heard).toEqual(['first refused']);
    // That of the second try: what the first one has left, of which the wait took nothing.
    const [last, ...others] = timers.filter((ms) => ms !== 800);
    expect(others).toEqual([]);
    expect(last).toBeGreaterThan(0);
    expect(last).toBeLessThanOrEqual(601);
  });

  test('ends a call by an adapter of the user that ignores it, and releases a late answer', async () => {
    let answerNow: (response: unknown) => void = () => undefined;
    let seen: InternalAxiosRequestConfig | undefined;
    const adapter = (config: InternalAxiosRequestConfig) => {
      seen = config;
      return new Promise((resolve) => {
        answerNow = resolve;
      });
    };
    const origin = 'http://127.0.0.1:4000';
    const { answer } = call(origin, { adapter, timeout: 100 });
    expect(await rejection(answer)).toMatchObject(timedOut);
    expect([seen?.timeout, seen?.signal?.aborted]).toEqual([100, true]);
    const data = new Readable({ read() {} });
    answerNow({ status: 200, statusText: '', headers: {}, data, config: seen });
    await until(() => data.destroyed, 'the late answer is let go of');
  });

  test('aborts an adapter of the user by the signal', async () => {
    const adapter = ({ signal }: InternalAxiosRequestConfig) =>
      new Promise((_resolve, reject) =>
        signal?.addEventListener?.('abort', () => reject(new Error('the adapter’s own words'))),
      );
    const { answer } = call('http://127.0.0.1:4000', { adapter, timeout: 100 });
    expect(await rejection(answer)).toMatchObject(timedOut);
  });

  test('does not change an answer that is in time', async () => {
    const bank = await server((_request, response) => response.end('{"id":1}'));
    const { answer, tokens } = call(
      bank.origin,
      { adapter: 'http', timeout: 5_000 },
      new ScriptedTokens([of(aToken('first'))]),
    );
    expect((await answer).data).toBe('{"id":1}');
    expect(tokens.heard).toEqual(['first accepted']);
  });
});

const MEBI = 1_048_576;

describe.each([['http'], ['fetch']])('maxContentLength, with the adapter %s,', (adapter) => {
  const bankOf = (bytes: number) => server((_request, response) => response.end(Buffer.alloc(bytes, 'x')));
  const limited = async (config: Config, bytes = 2 * MEBI, maxContentLength: number | undefined = MEBI) => {
    const bank = await bankOf(bytes);
    const tokens = new ScriptedTokens([aToken('first')]);
    const parts = { tokens, origins: new Set([bank.origin]), maxContentLength };
    const authorised = authorisingAdapter(parts, adapter as never, {});
    return authorised(
      request({ url: `${bank.origin}/x`, ...config, validateStatus: (status) => status < 300 }),
    );
  };

  test('of the provider bounds an answer', async () => {
    expect(await rejection(limited({}))).toMatchObject({
      code: 'ERR_BAD_RESPONSE',
      message: `maxContentLength size of ${MEBI} exceeded`,
    });
    expect((await limited({}, MEBI)).data).toHaveLength(MEBI);
  });

  test('of the request takes precedence, and -1 means no limit', async () => {
    expect((await limited({ maxContentLength: 3 * MEBI })).data).toHaveLength(2 * MEBI);
    expect((await limited({ maxContentLength: -1 })).data).toHaveLength(2 * MEBI);
    expect(await rejection(limited({ maxContentLength: 10 }, 11))).toMatchObject({
      code: 'ERR_BAD_RESPONSE',
    });
    expect(await rejection(limited({ maxContentLength: 0 }, 1))).toMatchObject({ code: 'ERR_BAD_RESPONSE' });
  });

  test('of the provider limits neither a stream nor a HEAD', async () => {
    const { data } = await limited({ responseType: 'stream' });
    let length = 0;
    for await (const chunk of data) length += chunk.length;
    expect(length).toBe(2 * MEBI);
    expect((await limited({ method: 'head' })).status).toBe(200);
  });
});
