import { describe, expect, jest, test } from '@jest/globals';
import type { BankHttpControl, BankHttpExchange } from '../../../src/index.js';
import { ExchangeHandler, optionsOf } from '../../../src/undici/exchange-handler.js';

/** Notes all that it hears. */
class NotedExchange implements BankHttpExchange {
  readonly heard: unknown[][] = [];

  constructor(private readonly begins = true) {}

  start(control: BankHttpControl): boolean {
    this.heard.push(['start', control]);
    return this.begins;
  }

  head(...head: unknown[]): void {
    this.heard.push(['head', ...head]);
  }

  data(chunk: Buffer): void {
    this.heard.push(['data', `${chunk}`]);
  }

  end(): void {
    this.heard.push(['end']);
  }

  refused(status: number): void {
    this.heard.push(['refused', status]);
  }

  fail(error: Error & { code?: string }): void {
    this.heard.push(['fail', error.code, error.message]);
  }
}

function handled({ begins = true, rawHeaders }: { begins?: boolean; rawHeaders?: unknown } = {}) {
  const exchange = new NotedExchange(begins);
  const over = jest.fn();
  const controller = { abort: jest.fn(), pause() {}, resume() {}, rawHeaders };
  const handler = new ExchangeHandler(exchange, over);
  return { exchange, over, handler, controller, given: controller as never };
}

test('undici is given all of a request, and no time-out of its own', () => {
  const request = {
    origin: 'https://api.bank.example',
    path: '/a?b',
    method: 'POST',
    headers: ['X-A', '1'],
    body: 'text',
    secureContext: undefined,
    proxy: undefined,
  };
  const { origin, path, method, headers } = request;
  const options = { origin, path, method, headers, headersTimeout: 0, bodyTimeout: 0 };
  expect(optionsOf(request)).toEqual({ ...options, body: 'text' });
  expect(optionsOf({ ...request, body: undefined })).toEqual({ ...options, body: null });
});

describe('an exchange hears of undici', () => {
  test('its answer from the beginning to the end, which is once, and that the connection is free then', () => {
    const { exchange, handler, given, over } = handled({
      rawHeaders: [Buffer.from('X-A'), Buffer.from([0xe9]), 'X-B', 'b'],
    });
    handler.onRequestStart(given);
    handler.onResponseStart(given, 201, {}, 'Made');
    handler.onResponseData(given, Buffer.from('a'));
    expect(over).not.toHaveBeenCalled();
    handler.onResponseEnd();
    expect(exchange.heard).toEqual([
      ['start', given],
      ['head', 201, 'Made', ['X-A', 'é', 'X-B', 'b']],
      ['data', 'a'],
      ['end'],
    ]);
    expect(over.mock.calls).toEqual([[true]]);
    handler.onResponseStart(given, 200, {});
    handler.onResponseData(given, Buffer.from('b'));
    handler.onResponseError(given, new Error('later'));
    expect(exchange.heard).toHaveLength(4);
  });

  test('headers as undici has read them, where it does not say how they came', () => {
    const { exchange, handler, given } = handled();
    handler.onResponseStart(given, 200, { 'x-a': '1', 'set-cookie': ['a', 'b'], 'x-none': undefined });
    expect(exchange.heard).toEqual([['head', 200, '', ['x-a', '1', 'set-cookie', 'a', 'set-cookie', 'b']]]);
  });

  test('nothing of an answer that is not the final one', () => {
    const { exchange, handler, given } = handled();
    handler.onResponseStart(given, 103, {});
    handler.onResponseStart(given, 199, {});
    expect(exchange.heard).toEqual([]);
  });

  test('a failure by the code of Node', () => {
    const { exchange, handler, given, over } = handled();
    handler.onResponseError(given, Object.assign(new Error('closed'), { code: 'UND_ERR_SOCKET' }));
    expect(exchange.heard).toEqual([['fail', 'ECONNRESET', 'socket hang up']]);
    expect(over.mock.calls).toEqual([[false]]);
  });

  test('the refusal of a proxy as a status', () => {
    const { exchange, handler, given, over } = handled();
    const message = 'Proxy response (403) !== 200 when HTTP Tunneling';
    handler.onResponseError(given, Object.assign(new Error(message), { code: 'UND_ERR_ABORTED' }));
    expect(exchange.heard).toEqual([['refused', 403]]);
    expect(over.mock.calls).toEqual([[false]]);
  });

  test('another protocol as the end of the connection', () => {
    const { exchange, handler, given, over } = handled();
    const destroy = jest.fn();
    handler.onRequestUpgrade(given, 101, {}, { destroy });
    expect(destroy).toHaveBeenCalledTimes(1);
    expect(exchange.heard).toEqual([
      ['fail', 'ECONNRESET', 'The bank switched protocols without being asked'],
    ]);
    expect(over.mock.calls).toEqual([[false]]);
  });
});

describe('undici ends a request', () => {
  test('in no other case', () => {
    const { handler, controller, given } = handled();
    handler.onRequestStart(given);
    expect(controller.abort).not.toHaveBeenCalled();
  });

  test('that must not be sent any more', () => {
    const { handler, controller, given } = handled({ begins: false });
    handler.onRequestStart(given);
    expect(controller.abort).toHaveBeenCalledTimes(1);
  });

  test('that it would send again after its end', () => {
    const { exchange, handler, controller, given } = handled();
    handler.onRequestStart(given);
    handler.onResponseError(given, new Error('closed'));
    handler.onRequestStart(given);
    expect(controller.abort).toHaveBeenCalledTimes(1);
    expect(exchange.heard.map(([what]) => what)).toEqual(['start', 'fail']);
  });
});
