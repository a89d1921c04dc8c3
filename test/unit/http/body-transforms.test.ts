import { Readable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import axios, { AxiosError, AxiosHeaders } from 'axios';
import { requestTransform, responseTransform } from '../../../src/http/body-transforms.js';

const theirs = {
  request: (axios.defaults.transformRequest as unknown[])[0] as ReturnType<typeof requestTransform>,
  response: (axios.defaults.transformResponse as unknown[])[0] as ReturnType<typeof responseTransform>,
};
const foreign = () => 'foreign';
const ours = { request: requestTransform(foreign), response: responseTransform([foreign]) };

test('the transforms of axios are found in any place among others', () => {
  expect(requestTransform()).toBe(theirs.request);
  expect(responseTransform()).toBe(theirs.response);
  expect(requestTransform([foreign, theirs.request, foreign])).toBe(theirs.request);
  expect(responseTransform(theirs.response)).toBe(theirs.response);
});

test('a function of the same name is not mistaken for a transform of axios', () => {
  const transformRequest = () => 'foreign';
  expect(requestTransform([transformRequest])).not.toBe(transformRequest);
});

test.each([undefined, null, [], [null], 'text'])('defaults of %p cause no failure', (given) => {
  const headers = new AxiosHeaders();
  expect(requestTransform(given as never).call({} as never, { a: 1 }, headers)).toBe('{"a":1}');
  expect(responseTransform(given as never).call({} as never, '{"a":1}', headers)).toEqual({ a: 1 });
});

describe('where the transforms of axios were replaced,', () => {
  const bytes = Buffer.from('bytes');
  const form = () => {
    const made = new FormData();
    made.append('a', '1');
    return made;
  };
  const bodies: [string, unknown][] = [
    ['an object', { a: 1, b: [1, { c: null }], d: new Date(0) }],
    ['an array', [1, 'two', null]],
    ['a string', 'text'],
    ['a string that is JSON', ' {"a": 1} '],
    ['an empty string', ''],
    ['a number', 7],
    ['a boolean', false],
    ['null', null],
    ['nothing', undefined],
    ['a Buffer', bytes],
    ['an ArrayBuffer', new Uint8Array([1, 2]).buffer],
    ['a typed array', new Uint8Array([1, 2])],
    ['a Blob', new Blob(['blob'])],
    ['parameters', new URLSearchParams({ a: '1', b: 'ä &' })],
    ['a form', form()],
    ['a stream', Readable.from(['x'])],
    ['a web stream', new ReadableStream()],
    ['an object with bytes', { file: bytes, list: ['a', 'b'], nested: { deep: 1 } }],
    ['an object without a prototype', Object.assign(Object.create(null), { a: 1 })],
  ];
  const types = [
    undefined,
    'application/json',
    'application/vnd.bank+json',
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data',
  ];

  test.each(bodies)('%s becomes what axios makes of it', (_what, body) => {
    for (const type of types) {
      const [made, expected] = [ours.request, theirs.request].map((transform) => {
        const headers = new AxiosHeaders(type === undefined ? {} : { 'content-type': type });
        const { env } = axios.defaults;
        const data: unknown = transform.call({ env } as never, body, headers);
        return { data: comparable(data), isSame: data === body, type: headers.getContentType() };
      });
      expect(made).toEqual(expected);
    }
  });

  test('options for forms are honoured', () => {
    const config = { formSerializer: { indexes: null, dots: true } };
    const body = { a: ['x', 'y'], b: { c: 1 } };
    const [made, expected] = [ours.request, theirs.request].map((transform) =>
      transform.call(config as never, body, new AxiosHeaders({ 'content-type': types[4]! })),
    );
    expect(made).toBe(expected);
  });

  test('a form is of the class that the configuration names', () => {
    class OwnForm extends FormData {}
    const config = { env: { FormData: OwnForm } };
    for (const transform of [ours.request, theirs.request])
      expect(
        transform.call(config as never, { a: 1 }, new AxiosHeaders({ 'content-type': types[5]! })),
      ).toBeInstanceOf(OwnForm);
  });

  test('a view of a buffer is sent without the rest of the buffer', () => {
    const part = new Uint8Array([1, 2, 3, 4]).subarray(1, 3);
    expect(ours.request.call({} as never, part, new AxiosHeaders())).toEqual(Buffer.from([2, 3]));
  });

  const reviver = (key: string, value: unknown) => (key === 'a' ? `revived ${value}` : value);
  test.each([
    {},
    { responseType: 'json' },
    { responseType: 'text' },
    { responseType: 'arraybuffer' },
    { parseReviver: reviver },
    { transitional: { silentJSONParsing: true, forcedJSONParsing: false, clarifyTimeoutError: false } },
    { transitional: { silentJSONParsing: false, forcedJSONParsing: true }, responseType: 'json' },
    { transitional: { silentJSONParsing: false, forcedJSONParsing: true } },
  ])('an answer is read as axios reads it: %j', (config) => {
    for (const data of ['{"a":1}', 'null', '"text"', 'no JSON', '', bytes, undefined, new ReadableStream()]) {
      const [made, expected] = [ours.response, theirs.response].map((transform) => {
        try {
          return { data: transform.call(config as never, data, new AxiosHeaders()) };
        } catch (error) {
          return { error: error instanceof AxiosError && error.code };
        }
      });
      expect(made).toEqual(expected);
    }
  });

  test('an error of a reviver is thrown', () => {
    const parseReviver = () => {
      throw new RangeError('no');
    };
    const read = () => ours.response.call({ parseReviver } as never, '{}', new AxiosHeaders());
    expect(read).toThrow(RangeError);
  });
});

/** Forms and bytes by what is in them. */
function comparable(data: unknown): unknown {
  if (data instanceof ArrayBuffer || ArrayBuffer.isView(data))
    return Buffer.from(data as never).toString('hex');
  const { getBuffer, getBoundary } = (data ?? {}) as { getBuffer?: () => Buffer; getBoundary?: () => string };
  if (getBuffer === undefined || getBoundary === undefined) return data;
  return String(getBuffer.call(data)).replaceAll(getBoundary.call(data), 'boundary');
}
