import { Readable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { engineRequest } from '../../../src/http/engine-request.js';
import { OUT_OF_SIGHT } from '../../../src/http/http.messages.js';
import { anEngineCall, CLIENT_AGENT, type GivenCall } from '../../support/engine-calls.js';

const sent = (given: GivenCall) => engineRequest(anEngineCall(given), CLIENT_AGENT);

test('a request for an engine has its origin, path, method, headers and body, and nothing else', () => {
  expect(sent({ data: '{"a":1}', headers: { 'Content-Type': 'application/json' } })).toEqual({
    origin: 'https://api.bank.example:8443',
    path: '/v1/orders?x=1',
    method: 'POST',
    headers: [
      ...['Content-Type', 'application/json'],
      ...['User-Agent', expect.stringMatching(/^axios\//)],
      ...['Accept-Encoding', 'gzip, compress, deflate, br'],
      ...['Authorization', 'Bearer the-token'],
    ],
    body: '{"a":1}',
  });
});

describe('axios’ own adapter sends a request', () => {
  const odd: [what: string, member: string, given: GivenCall][] = [
    ['with a member that no engine knows', 'anything', { config: { anything: 1 } }],
    ['with a member that switches on by 0', 'family', { config: { family: 0 } }],
    ['with another agent', 'httpAgent', { transport: { httpAgent: {} } }],
    ['without the agent of the client', 'httpAgent', { transport: { httpAgent: undefined } }],
    ['with an agent for TLS', 'httpsAgent', { transport: { httpsAgent: {} } }],
    ['with a proxy', 'proxy', { transport: { proxy: { host: 'proxy', port: 1 } } }],
    ['by the proxy of the provider', 'proxy', { transport: { trustedProxy: { host: 'proxy', port: 1 } } }],
    ['whose user and password are lost', 'auth', { transport: { auth: OUT_OF_SIGHT } }],
    ['with options of fetch', 'fetchOptions', { transport: { fetchOptions: {} } }],
    ['with options of HTTP/2', 'http2Options', { transport: { http2Options: {} } }],
    ['for a blob', 'responseType', { config: { responseType: 'blob' } }],
    ['for a document', 'responseType', { config: { responseType: 'document' } }],
    ['in an encoding that Node does not know', 'responseEncoding', { config: { responseEncoding: 'utf9' } }],
    ['in an encoding without a name', 'responseEncoding', { config: { responseEncoding: '' } }],
    ['in an encoding that is null', 'responseEncoding', { config: { responseEncoding: null } }],
    ['with a time-out that is no number', 'timeout', { config: { timeout: 'soon' } }],
    ['with a time-out below 0', 'timeout', { config: { timeout: -1 } }],
    ['with a time-out below a millisecond', 'timeout', { config: { timeout: 0.5 } }],
    [
      'that asks for zstd',
      'transitional',
      { config: { transitional: { advertiseZstdAcceptEncoding: true } } },
    ],
    ['of another method', 'method', { method: 'PROPFIND' }],
    ['of a method in small letters', 'method', { method: 'post' }],
    ['to GET with a body', 'data', { method: 'GET', data: 'a' }],
    ['to HEAD with a body', 'data', { method: 'HEAD', data: 'a' }],
    ['to OPTIONS with a body', 'data', { method: 'OPTIONS', data: Buffer.from('a') }],
    ['whose body is a stream', 'data', { data: Readable.from([]) }],
    ['whose body is a form', 'data', { data: new FormData() }],
    ['whose body is an array of bytes', 'data', { data: new Uint8Array([1]) }],
    ['whose body is a number', 'data', { data: 0 }],
    ['whose body is false', 'data', { data: false }],
    ['whose body is an empty Buffer', 'data', { data: Buffer.alloc(0) }],
    ['whose body is an empty ArrayBuffer', 'data', { data: new ArrayBuffer(0) }],
    ['with more letters than it may have', 'maxBodyLength', { data: 'abc', config: { maxBodyLength: 2 } }],
    ['with more bytes than letters', 'maxBodyLength', { data: 'éé', config: { maxBodyLength: 3 } }],
    [
      'with more bytes than it may have',
      'maxBodyLength',
      { data: Buffer.from('abc'), config: { maxBodyLength: 2 } },
    ],
    ['that may have no body, and has one', 'maxBodyLength', { data: 'a', config: { maxBodyLength: 0 } }],
    [
      'whose serializer writes a letter that no URL has',
      'params',
      { config: { params: {}, paramsSerializer: { serialize: () => 'ä' } } },
    ],
    [
      'whose serializer writes such a letter before a path',
      'params',
      { config: { params: {}, paramsSerializer: { serialize: () => 'ä/b' } } },
    ],
    [
      'whose serializer fails',
      'params',
      {
        config: {
          params: {},
          paramsSerializer: {
            serialize() {
              throw new Error('no');
            },
          },
        },
      },
    ],
    ['with a header of which it makes something', 'headers', { headers: { 'X-Letter': 'é' } }],
  ];

  test.each(odd)('%s', (_what, member, given) => {
    expect(sent(given)).toBe(member);
  });
});

describe('an engine sends a request', () => {
  const ordinary: [what: string, given: GivenCall, part: object][] = [
    ['with members that mean nothing to it', { config: { lookup: undefined, socketPath: null } }, {}],
    ['with user and password of its own', { transport: { auth: { username: 'a', password: 'b' } } }, {}],
    ['past the proxies of the environment', { transport: { proxy: false } }, {}],
    ['in an encoding that Node knows', { config: { responseEncoding: 'latin1' } }, {}],
    ['with a time-out', { config: { timeout: '30' } }, {}],
    ['without a time-out', { config: { timeout: 0 } }, {}],
    ['with transitional options', { config: { transitional: { silentJSONParsing: false } } }, {}],
    ['without a body', {}, { body: undefined }],
    ['whose body is null', { data: null }, { body: undefined }],
    ['whose body is an empty string', { data: '' }, { body: undefined }],
    ['to GET whose body is empty', { method: 'GET', data: '' }, { method: 'GET', body: undefined }],
    ['to DELETE with a body', { method: 'DELETE', data: 'a' }, { method: 'DELETE', body: 'a' }],
    ['whose body is a Buffer', { data: Buffer.from('a') }, { body: Buffer.from('a') }],
    ['whose body is an ArrayBuffer', { data: new Uint8Array([1, 2]).buffer }, { body: Buffer.from([1, 2]) }],
    ['with as many bytes as it may have', { data: 'éé', config: { maxBodyLength: 4 } }, { body: 'éé' }],
    ['with a body without a limit', { data: 'abc', config: { maxBodyLength: -1 } }, { body: 'abc' }],
    ['that may have no body, and has none', { config: { maxBodyLength: 0 } }, { body: undefined }],
    ['without parameters', { config: { params: null } }, { path: '/v1/orders?x=1' }],
    [
      'with parameters behind those of its URL',
      { config: { params: { a: 1, b: ['ä'] } } },
      { path: '/v1/orders?x=1&a=1&b%5B%5D=%C3%A4' },
    ],
    [
      'with parameters as its serializer writes them',
      { config: { params: { a: 1 }, paramsSerializer: { serialize: () => 'own' } } },
      { path: '/v1/orders?x=1&own' },
    ],
    [
      'to the first path of an origin',
      { url: 'http://127.0.0.1:80/' },
      { origin: 'http://127.0.0.1', path: '/' },
    ],
  ];

  test.each(ordinary)('%s', (_what, given, part) => {
    expect(sent(given)).toMatchObject(part);
  });

  test.each([undefined, null, '', 'json', 'text', 'arraybuffer', 'stream'])(
    'of the response type %j',
    (responseType) => {
      expect(sent({ config: { responseType } })).toMatchObject({ method: 'POST' });
    },
  );

  test.each(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])('of the method %s', (method) => {
    expect(sent({ method })).toMatchObject({ method });
  });

  // Whoever reads a configuration of axios finds them in most of them.
  test.each([
    ...['adapter', 'allowAbsoluteUrls', 'auth', 'bankAuth', 'baseURL', 'cancelToken', 'data', 'decompress'],
    ...['env', 'formSerializer', 'httpAgent', 'httpsAgent', 'maxContentLength', 'maxRedirects', 'method'],
    ...['parseReviver', 'proxy', 'signal', 'timeoutErrorMessage', 'transformRequest', 'transformResponse'],
    ...['url', 'validateStatus', 'withCredentials', 'withXSRFToken', 'xsrfCookieName', 'xsrfHeaderName'],
  ])('whose configuration has the member %s', (name) => {
    expect(sent({ config: { [name]: {} } })).toMatchObject({ method: 'POST' });
  });
});
