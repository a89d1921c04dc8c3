import { getEventListeners } from 'node:events';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { describe, expect, jest, test } from '@jest/globals';
import axios, { type AxiosResponse, CanceledError } from 'axios';
import { EngineExchange, type ExchangeParts } from '../../../src/http/engine-exchange.js';
import { rejection, request } from '../../support/authorised-calls.harness.js';
import { NotedControl } from '../../support/engine-calls.js';

type Given = Partial<Omit<ExchangeParts, 'config'>>;

/** One exchange whose request is about to be sent. */
function started(config: Record<string, unknown> = {}, given: Given = {}) {
  const made = waiting(config, given);
  expect(made.exchange.start(made.control)).toBe(true);
  return made;
}

function waiting(members: Record<string, unknown> = {}, given: Given = {}) {
  const config = Object.assign(request(), { validateStatus: (status: number) => status < 300, ...members });
  const parts = { config, method: 'GET', maxContentLength: undefined, end: undefined, ...given };
  const exchange = new EngineExchange(parts, true);
  // Some are only looked at afterwards.
  exchange.response.catch(() => undefined);
  return { exchange, control: new NotedControl(), config };
}

/** Whether a promise is still open after all that is due. */
async function isPending(promise: Promise<unknown>): Promise<boolean> {
  const open = Symbol('open');
  const next = new Promise((resolve) => setImmediate(resolve, open));
  return (await Promise.race([promise.catch(() => undefined), next])) === open;
}

const GZIP = ['Content-Encoding', 'gzip'];
const PACKED = gzipSync('{"a":1}');

describe('an answer', () => {
  test('has the status, the words and the headers of the bank, and the configuration of the call', async () => {
    const { exchange, config, control } = started();
    exchange.head(201, 'Made', ['X-A', '1']);
    for (const chunk of ['{"a"', ':1}']) exchange.data(Buffer.from(chunk));
    expect(await isPending(exchange.response)).toBe(true);
    exchange.end();
    const response = await exchange.response;
    expect(response).toMatchObject({ status: 201, statusText: 'Made', data: '{"a":1}' });
    expect({ ...response.headers }).toEqual({ 'x-a': '1' });
    expect(response.config).toBe(config);
    expect(Object.keys(response)).toEqual([
      ...['data', 'status', 'statusText', 'headers', 'config', 'request'],
    ]);
    expect(control.aborted).toEqual([]);
  });

  type Row = [what: string, headers: string[], body: Buffer, data: unknown, config?: object, given?: Given];
  const marked = Buffer.from('\ufeff{}');
  const rows: Row[] = [
    ['without a body', [], Buffer.alloc(0), ''],
    ['whose packed body is unpacked', GZIP, PACKED, '{"a":1}'],
    [
      'that was asked for as it comes',
      GZIP,
      PACKED,
      PACKED,
      { decompress: false, responseType: 'arraybuffer' },
    ],
    ['of bytes that were packed', GZIP, PACKED, Buffer.from('{"a":1}'), { responseType: 'arraybuffer' }],
    ['in a coding that is not known', ['Content-Encoding', 'zoo'], Buffer.from('zoo'), 'zoo'],
    ['of bytes, which keep their byte-order mark', [], marked, marked, { responseType: 'arraybuffer' }],
    ['of text, which loses its byte-order mark', [], marked, '{}'],
    ['of text by the name of utf8', [], marked, '{}', { responseEncoding: 'utf8' }],
    ['of text by another name of it', [], marked, '\ufeff{}', { responseEncoding: 'utf-8' }],
    ['in hexadecimal', [], Buffer.from([1, 255]), '01ff', { responseEncoding: 'hex' }],
    [
      'in two bytes a letter, which keeps its mark',
      [],
      Buffer.from('\ufeffa', 'utf16le'),
      '\ufeffa',
      { responseEncoding: 'utf16le' },
    ],
    ['of one letter', [], Buffer.from('a'), 'a'],
    ['as long as it may be', [], Buffer.from('abc'), 'abc', {}, { maxContentLength: 3 }],
    ['as long as it may be, unpacked', GZIP, PACKED, '{"a":1}', {}, { maxContentLength: 7 }],
    ['without a limit', [], Buffer.from('abc'), 'abc', {}, { maxContentLength: -1 }],
    ['that may have no body, and has none', [], Buffer.alloc(0), '', {}, { maxContentLength: 0 }],
  ];

  test.each(rows)('%s', async (_what, headers, body, data, config = {}, given = {}) => {
    const { exchange, control } = started(config as Record<string, unknown>, given);
    exchange.head(200, 'OK', headers);
    exchange.data(body);
    exchange.end();
    expect((await exchange.response).data).toEqual(data);
    expect(control.aborted).toEqual([]);
  });

  const coded: [what: string, coding: string | undefined, status: number, config: object, given: Given][] = [
    ['of a body that was unpacked', undefined, 200, {}, {}],
    ['of a stream that is unpacked', undefined, 200, { responseType: 'stream' }, {}],
    ['of a body that stays packed', 'gzip', 200, { decompress: false }, {}],
    ['to HEAD', undefined, 200, {}, { method: 'HEAD' }],
    ['to HEAD that stays packed', 'gzip', 200, { decompress: false }, { method: 'HEAD' }],
    ['without content', undefined, 204, {}, {}],
  ];

  test.each(coded)('%s says %p of its coding', async (_what, coding, status, config, given) => {
    const { exchange } = started(config as Record<string, unknown>, given);
    exchange.head(status, '', GZIP);
    if (status !== 204 && given.method !== 'HEAD') exchange.data(PACKED);
    exchange.end();
    const { headers, data } = await exchange.response;
    expect(headers['content-encoding']).toBe(coding);
    if (typeof data.pipe === 'function') expect(await text(data)).toBe('{"a":1}');
  });

  test('to HEAD, or without content, says nothing of a coding, be it known or not', async () => {
    for (const [status, method] of [
      [200, 'HEAD'],
      [204, 'GET'],
    ] as const) {
      const { exchange } = started({}, { method });
      exchange.head(status, '', ['Content-Encoding', 'zoo']);
      exchange.end();
      expect((await exchange.response).headers['content-encoding']).toBeUndefined();
    }
  });

  test('with a coding that is not known keeps its name', async () => {
    const { exchange } = started();
    exchange.head(200, '', ['Content-Encoding', 'zoo']);
    exchange.end();
    expect((await exchange.response).headers['content-encoding']).toBe('zoo');
  });

  test.each([
    [300, 'ERR_BAD_RESPONSE'],
    [399, 'ERR_BAD_RESPONSE'],
    [400, 'ERR_BAD_REQUEST'],
    [499, 'ERR_BAD_REQUEST'],
    [500, 'ERR_BAD_RESPONSE'],
    [599, 'ERR_BAD_RESPONSE'],
  ])('of the status %i fails with %s, and is in the error', async (status, code) => {
    const { exchange, config } = started();
    exchange.head(status, '', []);
    exchange.data(Buffer.from('no'));
    exchange.end();
    const error = await rejection(exchange.response);
    expect(error).toMatchObject({
      isAxiosError: true,
      code,
      message: `Request failed with status code ${status}`,
    });
    expect(error.response).toMatchObject({ status, data: 'no' });
    expect(error.config).toBe(config);
  });

  test.each([
    ['its own rule', 500, () => true],
    ['no rule', 500, null],
    ['a rule that is undefined', 404, undefined],
  ])('is accepted by %s', async (_whose, status, validateStatus) => {
    const { exchange } = started({ validateStatus });
    exchange.head(status, '', []);
    exchange.end();
    expect((await exchange.response).status).toBe(status);
  });

  test.each(['text', 'stream'])(
    'to a %s fails with what the rule of its caller throws',
    async (responseType) => {
      const own = new Error('of the caller');
      const validateStatus = () => {
        throw own;
      };
      const { exchange, control } = started({ responseType, validateStatus });
      exchange.head(200, '', []);
      if (responseType === 'text') exchange.end();
      expect(await rejection(exchange.response)).toBe(own);
      if (responseType === 'stream') expect(control.aborted).toContain(own);
      expect(exchange.start(control)).toBe(false);
    },
  );

  test('that is longer than a string can be fails with the code of Node, as by axios', async () => {
    const { exchange } = started();
    const long = Object.assign(Buffer.from('a'), {
      toString() {
        throw Object.assign(new Error('too long'), { code: 'ERR_STRING_TOO_LONG' });
      },
    });
    exchange.head(200, '', []);
    exchange.data(long);
    exchange.end();
    const error = await rejection(exchange.response);
    expect(error).toMatchObject({ isAxiosError: true, code: 'ERR_STRING_TOO_LONG' });
    expect(error.response).toMatchObject({ status: 200, data: undefined });
  });

  test('of a proxy that refuses has its status, and nothing else', async () => {
    const { exchange } = waiting();
    exchange.refused(407);
    const error = await rejection(exchange.response);
    expect([error.code, error.response.status, error.response.data]).toEqual(['ERR_BAD_REQUEST', 407, '']);
    expect({ ...error.response.headers }).toEqual({});
    expect([exchange.isAnswered, exchange.status, exchange.delivery]).toEqual([true, undefined, 'not-sent']);
  });
});

describe('an answer that is too long', () => {
  test.each([
    [[], Buffer.from('abc'), 2],
    [[], Buffer.from('a'), 0],
    [GZIP, PACKED, 6],
  ])('fails, and ends its connection (%j)', async (headers, body, maxContentLength) => {
    const validateStatus = jest.fn();
    const { exchange, control, config } = started({ validateStatus }, { maxContentLength });
    exchange.head(200, '', headers);
    exchange.data(body);
    const error = await rejection(exchange.response);
    expect(error).toMatchObject({
      isAxiosError: true,
      code: 'ERR_BAD_RESPONSE',
      message: `maxContentLength size of ${maxContentLength} exceeded`,
      config,
    });
    expect(error.response).toBeUndefined();
    exchange.data(body);
    exchange.end();
    exchange.fail(new Error('aborted'));
    expect(control.aborted).toContain(error);
    expect(exchange.start(control)).toBe(false);
    expect(validateStatus).not.toHaveBeenCalled();
  });

  test('is unpacked no further', async () => {
    const { exchange, control } = started({}, { maxContentLength: 6 });
    exchange.head(200, '', GZIP);
    exchange.data(PACKED);
    await rejection(exchange.response);
    control.calls.length = 0;
    exchange.data(PACKED);
    await new Promise((resolve) => setImmediate(resolve));
    expect(control.calls).not.toContain('resume');
  });

  test('counts all of its parts', async () => {
    const { exchange } = started({}, { maxContentLength: 3 });
    exchange.head(200, '', []);
    for (const part of ['ab', 'c']) exchange.data(Buffer.from(part));
    expect(await isPending(exchange.response)).toBe(true);
    exchange.data(Buffer.from('d'));
    expect((await rejection(exchange.response)).code).toBe('ERR_BAD_RESPONSE');
  });

  test('fails at its reader where it streams', async () => {
    const { exchange, control } = started({ responseType: 'stream' }, { maxContentLength: 2 });
    exchange.head(200, '', []);
    const { data } = await exchange.response;
    exchange.data(Buffer.from('abc'));
    expect((await rejection(text(data))).message).toBe('maxContentLength size of 2 exceeded');
    expect(control.aborted).toHaveLength(1);
  });
});

describe('an exchange that fails', () => {
  const fault = (code?: string) => Object.assign(new Error('it broke'), code === undefined ? {} : { code });

  test('before an answer has the code of the failure, and no answer', async () => {
    const { exchange, config, control } = started();
    exchange.fail(fault('ECONNRESET'));
    const error = await rejection(exchange.response);
    expect(error).toMatchObject({ isAxiosError: true, code: 'ECONNRESET', message: 'it broke', config });
    expect(error.response).toBeUndefined();
    expect(exchange.delivery).toBe('unknown');
    expect(exchange.start(new NotedControl())).toBe(false);
    // The engine has said by itself that it is over.
    expect(control.aborted).toEqual([]);
  });

  test('while it waits was not sent, and is not sent any more', async () => {
    const { exchange, control } = waiting();
    exchange.fail(fault('ECONNREFUSED'));
    expect((await rejection(exchange.response)).code).toBe('ECONNREFUSED');
    expect(exchange.delivery).toBe('not-sent');
    expect(exchange.start(control)).toBe(false);
  });

  test.each([
    ['ECONNRESET', 'ERR_BAD_RESPONSE', 'stream has been aborted'],
    [undefined, 'ERR_BAD_RESPONSE', 'stream has been aborted'],
    ['HPE_INVALID_CHUNK_SIZE', 'HPE_INVALID_CHUNK_SIZE', 'it broke'],
  ])('by %s in the middle of an answer has the code %s', async (given, code, message) => {
    const { exchange } = started();
    exchange.head(200, 'OK', []);
    exchange.data(Buffer.from('a'));
    exchange.fail(fault(given));
    const error = await rejection(exchange.response);
    expect(error).toMatchObject({ code, message });
    expect(error.response?.status).toBe(code === 'ERR_BAD_RESPONSE' ? 200 : undefined);
    expect(exchange.delivery).toBe('answered');
  });

  test.each([
    ['ECONNRESET', 'ECONNRESET', 'aborted'],
    ['HPE_INVALID_CHUNK_SIZE', 'HPE_INVALID_CHUNK_SIZE', 'it broke'],
  ])('by %s in the middle of a packed answer has the code %s', async (given, code, message) => {
    const { exchange } = started();
    exchange.head(200, 'OK', GZIP);
    exchange.data(PACKED.subarray(0, 5));
    exchange.fail(fault(given));
    const error = await rejection(exchange.response);
    expect(error).toMatchObject({ isAxiosError: true, code, message });
  });

  test('while a stream that nobody reads comes in is nobody’s error', async () => {
    const { exchange } = started({ responseType: 'stream' });
    exchange.head(200, 'OK', []);
    const { data } = await exchange.response;
    exchange.fail(fault('ECONNRESET'));
    await new Promise((resolve) => setImmediate(resolve));
    expect(data.errored).toMatchObject({ code: 'ECONNRESET' });
  });

  test('while it is unpacked has the code of what unpacks it, and the answer without its data', async () => {
    const { exchange, control } = started();
    exchange.head(200, 'OK', GZIP);
    exchange.data(Buffer.from('this is not packed'));
    const error = await rejection(exchange.response);
    expect(error).toMatchObject({ isAxiosError: true, code: 'Z_DATA_ERROR' });
    expect(error.response).toMatchObject({ status: 200, data: undefined });
    expect(control.aborted).not.toEqual([]);
  });

  test.each(['ECONNRESET', 'HPE_INVALID_CHUNK_SIZE'])(
    'by %s while it streams ends the stream as Node does',
    async (code) => {
      const { exchange } = started({ responseType: 'stream' });
      exchange.head(200, 'OK', []);
      const { data } = await exchange.response;
      exchange.data(Buffer.from('a'));
      const read = rejection(text(data));
      exchange.fail(fault(code));
      expect(await read).toMatchObject({ code: 'ECONNRESET', message: 'aborted' });
    },
  );
});

describe('a request', () => {
  test('is begun once, however often an engine tries', () => {
    const { exchange } = started();
    expect(exchange.delivery).toBe('unknown');
    expect(exchange.start(new NotedControl())).toBe(false);
    exchange.head(200, '', []);
    expect(exchange.delivery).toBe('answered');
    expect(exchange.start(new NotedControl())).toBe(false);
  });

  test('that waits is taken back once by its caller’s abort, and begins no more', async () => {
    const controller = new AbortController();
    const { exchange, control } = waiting({ signal: controller.signal });
    const letGo = jest.fn();
    exchange.sendBy(() => letGo);
    controller.abort();
    exchange.close();
    expect((await rejection(exchange.response)).code).toBe('ERR_CANCELED');
    expect(letGo).toHaveBeenCalledTimes(1);
    expect([exchange.start(control), exchange.delivery]).toEqual([false, 'not-sent']);
    expect(control.aborted).toEqual([]);
  });

  test('that has begun is not taken back, but ended', async () => {
    const controller = new AbortController();
    const { exchange, control } = waiting({ signal: controller.signal });
    const letGo = jest.fn();
    exchange.sendBy(() => letGo);
    exchange.start(control);
    controller.abort();
    const error = await rejection(exchange.response);
    expect(letGo).not.toHaveBeenCalled();
    expect(control.aborted).toEqual([error]);
  });

  test('that is over is not given to the engine', async () => {
    const { exchange } = waiting({ signal: AbortSignal.abort() });
    exchange.sendBy(() => {
      throw new Error('it was');
    });
    expect((await rejection(exchange.response)).code).toBe('ERR_CANCELED');
  });

  test('that fails while it is given to the engine has nothing to take back', async () => {
    const { exchange } = waiting();
    const letGo = jest.fn();
    exchange.sendBy((heard) => {
      heard.fail(new Error('at once'));
      return letGo;
    });
    exchange.close();
    expect((await rejection(exchange.response)).message).toBe('at once');
    expect(letGo).not.toHaveBeenCalled();
  });

  test('is ended with its call where no answer has begun, and nothing is heard of it then', async () => {
    const { exchange, control } = started();
    exchange.close();
    exchange.close();
    expect(control.aborted).toHaveLength(1);
    exchange.head(200, '', []);
    expect([exchange.isAnswered, exchange.status]).toEqual([false, undefined]);
  });

  test('is taken back with its call while it waits', () => {
    const { exchange, control } = waiting();
    const letGo = jest.fn();
    exchange.sendBy(() => letGo);
    exchange.close();
    exchange.close();
    expect(letGo).toHaveBeenCalledTimes(1);
    expect(exchange.start(control)).toBe(false);
  });

  test.each(['text', 'stream'])(
    'whose answer has begun is read to its end after its call (%s)',
    async (responseType) => {
      const { exchange, control } = started({ responseType });
      exchange.head(200, '', []);
      exchange.close();
      exchange.data(Buffer.from('a'));
      exchange.end();
      const { data } = await exchange.response;
      expect(typeof data === 'string' ? data : await text(data)).toBe('a');
      expect(control.aborted).toEqual([]);
    },
  );
});

describe('a call is cancelled', () => {
  const listening = { addEventListener: undefined, aborted: false };

  test('by its signal with the error of axios, and nothing is left on the signal', async () => {
    const controller = new AbortController();
    const { exchange, control, config } = started({ signal: controller.signal });
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1);
    controller.abort();
    const error = await rejection(exchange.response);
    expect(error).toBeInstanceOf(CanceledError);
    expect([error.code, error.message, error.config]).toEqual(['ERR_CANCELED', 'canceled', config]);
    expect(control.aborted).toEqual([error]);
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
  });

  test('by its cancelToken with what the caller said', async () => {
    const source = axios.CancelToken.source();
    const { exchange } = started({ cancelToken: source.token });
    source.cancel('enough');
    const error = await rejection(exchange.response);
    expect(error).toBe(source.token.reason);
    expect(error.message).toBe('enough');
  });

  test('by what ends all of it, in place of its signal', async () => {
    const controller = new AbortController();
    let over = (): void => undefined;
    const end = {
      listen(listener: () => void) {
        over = listener;
      },
    } as never;
    const { exchange } = started({ signal: controller.signal }, { end });
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
    controller.abort();
    expect(await isPending(exchange.response)).toBe(true);
    over();
    expect(await rejection(exchange.response)).toBeInstanceOf(CanceledError);
  });

  test.each([
    ['a signal without listeners', { signal: listening }],
    ['no signal', { signal: null }],
    ['a cancelToken that cannot be left', { cancelToken: { subscribe: () => undefined } }],
    ['a cancelToken that cannot be listened to', { cancelToken: {} }],
  ])('by nothing where it has %s', async (_what, config) => {
    const { exchange } = started(config);
    exchange.head(200, '', []);
    exchange.end();
    expect((await exchange.response).status).toBe(200);
  });

  test('no more once it is answered, and nothing is left on signal and cancelToken', async () => {
    const controller = new AbortController();
    const { token, cancel } = axios.CancelToken.source();
    const { exchange, control } = started({ signal: controller.signal, cancelToken: token });
    exchange.head(200, '', []);
    exchange.end();
    await exchange.response;
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
    expect((token as unknown as { _listeners: unknown[] })._listeners).toEqual([]);
    controller.abort();
    cancel();
    expect(control.aborted).toEqual([]);
  });

  test('while its answer streams, which ends the stream, and nothing is left on the signal', async () => {
    const controller = new AbortController();
    const { exchange, control } = started({ responseType: 'stream', signal: controller.signal });
    exchange.head(200, '', []);
    const { data } = (await exchange.response) as AxiosResponse<Readable>;
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1);
    const read = rejection(text(data));
    controller.abort();
    expect((await read).code).toBe('ERR_CANCELED');
    expect(control.aborted).toHaveLength(1);
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
  });

  test('while its answer is unpacked, whose connection is another call’s by then', async () => {
    const controller = new AbortController();
    const { exchange, control } = started({ signal: controller.signal });
    exchange.head(200, '', GZIP);
    exchange.data(PACKED);
    exchange.end();
    controller.abort();
    expect((await rejection(exchange.response)).code).toBe('ERR_CANCELED');
    expect(control.aborted).toEqual([]);
  });

  test('no more once its stream has ended, and nothing is left on the signal', async () => {
    const controller = new AbortController();
    const { exchange, control } = started({ responseType: 'stream', signal: controller.signal });
    exchange.head(200, '', GZIP);
    const { data } = await exchange.response;
    exchange.data(PACKED);
    exchange.end();
    expect(await text(data)).toBe('{"a":1}');
    await new Promise((resolve) => setImmediate(resolve));
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
    controller.abort();
    expect(control.aborted).toEqual([]);
  });
});
