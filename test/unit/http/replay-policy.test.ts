import { Readable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { mayReplay, unchanging } from '../../../src/http/replay-policy.js';
import { request } from '../../support/authorised-calls.harness.js';

const KEY = { 'Idempotency-Key': '0b0e6a6e' };

describe('a request may be sent again', () => {
  test.each(['get', 'GET', 'head', 'HEAD', 'options', 'OPTIONS'])('by its method alone: %s', (method) => {
    expect(mayReplay(request({ method }), undefined)).toBe(true);
  });

  test('if it names no method, which means GET', () => {
    expect(mayReplay(request({ method: undefined }), undefined)).toBe(true);
  });

  test.each(['post', 'put', 'patch', 'delete', 'POST', 'purge'])(
    'but not by its method alone: %s',
    (method) => {
      expect(mayReplay(request({ method }), undefined)).toBe(false);
      expect(mayReplay(request({ method, headers: KEY }), undefined)).toBe(false);
      expect(mayReplay(request({ method }), 'Idempotency-Key')).toBe(false);
    },
  );

  test('with the idempotency header of the bank, if that is not empty', () => {
    expect(mayReplay(request({ method: 'post', headers: KEY }), 'idempotency-key')).toBe(true);
    expect(mayReplay(request({ method: 'post', headers: KEY }), 'X-Request-Id')).toBe(false);
    const empty = request({ method: 'post', headers: { 'Idempotency-Key': '' } });
    expect(mayReplay(empty, 'Idempotency-Key')).toBe(false);
  });

  test('if the caller allows it, and not if the caller forbids it', () => {
    expect(mayReplay(request({ method: 'post', bankAuth: { replay: true } }), undefined)).toBe(true);
    expect(mayReplay(request({ method: 'get', bankAuth: { replay: false } }), undefined)).toBe(false);
    const keyed = request({ method: 'post', headers: KEY, bankAuth: { replay: false } });
    expect(mayReplay(keyed, 'Idempotency-Key')).toBe(false);
    expect(mayReplay(request({ method: 'get', bankAuth: {} as never }), undefined)).toBe(true);
  });

  test.each([
    ['none', undefined],
    ['null', null],
    ['an empty string', ''],
    ['a string', '{"amount":1}'],
    ['a buffer', Buffer.from('a')],
    ['an ArrayBuffer', new ArrayBuffer(1)],
    ['a view', new DataView(new ArrayBuffer(1))],
  ])('if its body has the same bytes each time: %s', (_what, data) => {
    expect(mayReplay(request({ data }), undefined)).toBe(true);
  });

  test.each([
    ['a stream', Readable.from(['a'])],
    ['a web stream', new ReadableStream()],
    ['a form', new FormData()],
    ['an object that axios did not transform', { amount: 1 }],
    ['a number', 1],
  ])('but not if its body may be gone or changed, even if the caller allows it: %s', (_what, data) => {
    expect(mayReplay(request({ data }), undefined)).toBe(false);
    expect(mayReplay(request({ data, bankAuth: { replay: true } }), undefined)).toBe(false);
  });
});

describe('a body that is sent again', () => {
  test('is a copy of an ArrayBuffer, so that later changes do not matter', () => {
    const data = new Uint8Array([1, 2, 3]).buffer;
    const kept = unchanging(data) as ArrayBuffer;
    new Uint8Array(data)[0] = 9;
    expect(kept).toBeInstanceOf(ArrayBuffer);
    expect([...new Uint8Array(kept)]).toEqual([1, 2, 3]);
  });

  test('is a copy of a view, of that part of the memory only', () => {
    const memory = new Uint8Array([1, 2, 3, 4]);
    const kept = unchanging(memory.subarray(1, 3)) as Buffer;
    memory.fill(9);
    expect(Buffer.isBuffer(kept)).toBe(true);
    expect([...kept]).toEqual([2, 3]);
  });

  test('is the string itself, or nothing', () => {
    expect(unchanging('a')).toBe('a');
    expect(unchanging(undefined)).toBeUndefined();
    expect(unchanging(null)).toBeNull();
  });
});
