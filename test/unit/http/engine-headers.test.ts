import { expect, test } from '@jest/globals';
import { AxiosHeaders } from 'axios';
import { headersOfAnswer, headersToSend } from '../../../src/http/engine-headers.js';
import { aToken } from '../../support/authorised-calls.harness.js';

test('headers of an answer are joined as Node joins them', () => {
  const headers = headersOfAnswer(
    [
      ['ETag', 'one'],
      ['etag', 'two'],
      ['X-A', '1 '],
      ['x-a', '2'],
      ['Cookie', 'a=1'],
      ['Cookie', 'b=2'],
      ['Set-Cookie', 'c=1'],
      ['Set-Cookie', 'd=2'],
      ['__proto__', 'x'],
      ['set', 'y'],
    ].flat(),
  );
  expect({ ...headers }).toEqual({
    etag: 'one',
    'x-a': '1, 2',
    cookie: 'a=1; b=2',
    'set-cookie': ['c=1', 'd=2'],
    Set: 'y',
  });
  expect((headers as AxiosHeaders).get('SET')).toBe('y');
});

test('headers of a request have those of the token, those that axios adds, and none of one connection', () => {
  const sent = headersToSend(
    new AxiosHeaders({
      Accept: 'a',
      authorization: 'Basic mine',
      Host: 'other.example',
      'Content-Length': '7',
      'Transfer-Encoding': 'chunked',
      Connection: 'X-Secret',
      'User-Agent': false as never,
      'X-None': null as never,
    }),
    aToken('the-token', { Authorization: 'Bearer the-token', apikey: 'k' }),
  );
  expect(sent).toEqual([
    ...['Accept', 'a'],
    ...['Accept-Encoding', 'gzip, compress, deflate, br'],
    ...['Authorization', 'Bearer the-token', 'apikey', 'k'],
  ]);
});

test.each([
  { 'X-List': ['a', 'b'] },
  { 'X-Letter': 'é' },
  { 'Proxy-Authorization': 'Basic x' },
  { 'X Y': 'a' },
])('axios itself sends headers of which it makes something: %j', (headers) => {
  expect(headersToSend(Object.assign(new AxiosHeaders(), headers), aToken('t'))).toBeUndefined();
});
