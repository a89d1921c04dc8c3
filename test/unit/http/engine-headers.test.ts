import { expect, test } from '@jest/globals';
import axios, { AxiosHeaders } from 'axios';
import { headersOfAnswer, headersToSend } from '../../../src/http/engine-headers.js';
import { aToken } from '../../support/authorised-calls.harness.js';

test('headers of an answer are joined as Node joins them', () => {
  const headers = headersOfAnswer(
    [
      ['ETag', 'one'],
      ['etag', 'two'],
      ['X-A', '1 '],
      ['x-a', '2'],
      ['X-A', ''],
      ['X-Tab', 'a\tb\t'],
      ['X-Both', 'c d \t '],
      ['X-Before', ' e'],
      ['X-Blank', ' '],
      ['Cookie', 'a=1'],
      ['Cookie', 'b=2'],
      ['Set-Cookie', 'c=1'],
      ['Set-Cookie', 'd=2'],
      ['__proto__', 'x'],
      ['set', 'y'],
      ['Constructor', 'z'],
      ['X-Alone'],
    ].flat(),
  );
  expect({ ...headers }).toEqual({
    etag: 'one',
    'x-a': '1, 2, ',
    'x-tab': 'a\tb',
    'x-both': 'c d',
    'x-before': ' e',
    'x-blank': '',
    cookie: 'a=1; b=2',
    'set-cookie': ['c=1', 'd=2'],
    Set: 'y',
    Constructor: 'z',
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
  [undefined, true],
  [null, false],
  [false, false],
  ['', false],
])('axios’ own User-Agent is sent where that of a request is %p: %p', (value, isAdded) => {
  const headers = Object.assign(new AxiosHeaders(), { 'user-agent': value, 'Accept-Encoding': 'br' });
  const sent = headersToSend(headers as AxiosHeaders, aToken('t')) ?? [];
  const names = ['User-Agent', `axios/${axios.VERSION}`];
  expect(sent.slice(0, -2)).toEqual([
    ...(value === '' ? ['user-agent', ''] : []),
    ...['Accept-Encoding', 'br'],
    ...(isAdded ? names : []),
  ]);
});

test('of the headers that say one thing, the first one counts', () => {
  const single = [
    ...['age', 'authorization', 'content-length', 'content-type', 'etag', 'expires', 'from', 'host'],
    ...['if-modified-since', 'if-unmodified-since', 'last-modified', 'location', 'max-forwards'],
    ...['proxy-authorization', 'referer', 'retry-after', 'server', 'user-agent'],
  ];
  const headers = headersOfAnswer(single.flatMap((name) => [name, 'first', name.toUpperCase(), 'second']));
  expect({ ...headers }).toEqual(Object.fromEntries(single.map((name) => [name, 'first'])));
});

test.each([
  { 'X-List': ['a', 'b'] },
  { 'X-Letter': 'é' },
  { 'Proxy-Authorization': 'Basic x' },
  { 'X Y': 'a' },
  { 'X-A': 'a', 'x-a': 'b' },
])('axios itself sends headers of which it makes something: %j', (headers) => {
  expect(headersToSend(Object.assign(new AxiosHeaders(), headers), aToken('t'))).toBeUndefined();
});

test.each([{ 'X Y': 'a' }, { 'X-Letter': 'é' }])(
  'axios itself sends a token of whose header it makes something: %j',
  (headers) => {
    expect(headersToSend(new AxiosHeaders(), aToken('t', headers as never))).toBeUndefined();
  },
);
