import { gzipSync } from 'node:zlib';
import type { Fault, FaultGroup, ResourceCall, ResourceFault, ResourceOutcome } from './faults.types.js';
import {
  answers,
  answersTlsInPlainText,
  connects,
  does,
  doesOnce,
  echo,
  floods,
  hangsAtConnect,
  isUnknown,
  nested,
  oauthError,
  redirects,
  refuses,
  SWITCHING,
  says,
  showsTls,
  trickles,
  writes,
} from './ways.js';

const MEBIBYTE = 2 ** 20;
/** Real milliseconds: how long a caller waits in these rows. */
const SHORT = 150;
const KEY = { 'Idempotency-Key': '0b0e6a6e-2a53-4f0c-9f0e-7a0f4f5a1c11' };

const METHODS = ['GET', 'POST'] as const;

/** The same row for a GET and a POST. */
function both(
  id: string,
  what: string,
  fault: Fault,
  outcome: ResourceOutcome,
  rest: Partial<Omit<ResourceFault, 'call'>> & { readonly call?: Partial<ResourceCall> } = {},
): ResourceFault[] {
  return METHODS.map((method) => ({
    ...rest,
    id: `${id}-${method.toLowerCase()}`,
    what,
    fault,
    call: { ...rest.call, method },
    outcome,
  }));
}

/** Only a call that opens a connection meets this. */
function onNewConnection(fault: Fault): Fault {
  return async (server, bank) => {
    await server.endConnections();
    await fault(server, bank);
  };
}

/** axios' error; the bank saw so many requests, and the token is as good as before. */
const fails = (requests: number, ...codes: string[]): ResourceOutcome => ({
  sees: { axios: codes },
  requests,
  tokenRequests: 0,
  token: 'kept',
});
/** A status line came, and its caller gets axios' error all the same. */
const breaksOff = (...[requests, ...codes]: Parameters<typeof fails>): ResourceOutcome => ({
  ...fails(requests, ...codes),
  delivery: ['answered'],
});
/** The bank's own answer, of one request. */
const passes = (status: number, headers?: Readonly<Record<string, string>>): ResourceOutcome => ({
  sees: { status, ...(headers && { headers }) },
  requests: 1,
  tokenRequests: 0,
  token: 'kept',
});

const CALLS: FaultGroup<ResourceFault> = {
  heading: 'The network under a resource call',
  rows: [
    ...both(
      'call-dns-failure',
      'the resolver does not know the name of the host',
      isUnknown,
      fails(0, 'ENOTFOUND', 'EAI_AGAIN'),
      { https: true },
    ),
    ...both('call-refused', 'the connection is refused', refuses, fails(0, 'ECONNREFUSED'), {
      https: true,
    }),
    ...both(
      'call-reset-at-accept',
      'the connection is reset as soon as it is open',
      onNewConnection(connects((socket) => socket.resetAndDestroy())),
      { ...fails(0, 'ECONNRESET', 'EPIPE'), delivery: ['not-sent', 'unknown'] },
    ),
    ...both(
      'call-reset-before-answer',
      'the connection is reset when the call has arrived',
      writes('', 'reset'),
      fails(1, 'ECONNRESET'),
    ),
    ...both(
      'call-closed-before-answer',
      'the connection is closed when the call has arrived',
      writes('', 'close'),
      fails(1, 'ECONNRESET'),
    ),
    ...both(
      'call-reset-in-headers',
      'the connection is reset in the middle of the headers',
      writes('HTTP/1.1 200 OK\r\nContent-Type: applic', 'reset'),
      fails(1, 'ECONNRESET'),
    ),
    ...both(
      'call-reset-in-body',
      'the connection is reset in the middle of the body',
      writes('HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"id":', 'reset'),
      breaksOff(1, 'ERR_BAD_RESPONSE', 'ECONNRESET'),
    ),
    ...both(
      'call-closed-in-body',
      'the connection is closed in the middle of the body',
      writes('HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"id":', 'close'),
      breaksOff(1, 'ERR_BAD_RESPONSE', 'ECONNRESET'),
    ),
    ...both(
      'call-hang',
      'the call is never answered: the `timeout` of the request ends it',
      writes('', 'hang'),
      fails(1, 'ECONNABORTED'),
      {
        call: { timeout: SHORT },
      },
    ),
    ...both(
      'call-hang-in-headers',
      'nothing follows after half of the headers',
      writes('HTTP/1.1 200 OK\r\nContent-Type: applic', 'hang'),
      fails(1, 'ECONNABORTED'),
      { call: { timeout: SHORT } },
    ),
    ...both(
      'call-hang-in-body',
      'nothing follows after half of the body',
      writes('HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"id":', 'hang'),
      breaksOff(1, 'ECONNABORTED', 'ERR_BAD_RESPONSE'),
      { call: { timeout: SHORT } },
    ),
    ...both(
      'call-not-http',
      'the answer is the greeting of another protocol',
      writes('SSH-2.0-OpenSSH_9.9\r\n', 'close'),
      fails(1, 'HPE_INVALID_CONSTANT'),
    ),
    ...both(
      'call-headers-too-large',
      "the answer has more headers than Node.js's 16 KiB",
      says(echo, [['X-Padding', 'x'.repeat(20_000)]]),
      fails(1, 'HPE_HEADER_OVERFLOW'),
    ),
    ...both(
      'call-chunk-garbage',
      'a size of a chunk is no number',
      writes('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n', 'hang'),
      breaksOff(1, 'HPE_INVALID_CHUNK_SIZE'),
    ),
    ...both(
      'call-101',
      'the answer is 101, a change of protocol that nobody asked for',
      writes(SWITCHING, 'hang'),
      fails(1, 'ECONNRESET', 'ECONNABORTED'),
      { call: { timeout: SHORT } },
    ),
    ...both(
      'call-trickle',
      'the answer comes a few bytes at a time, and is complete',
      trickles('{"id":1}'),
      passes(200),
    ),
    ...both(
      'call-trickle-too-long',
      'the answer comes a few bytes at a time, for longer than the `timeout` of the request',
      trickles(JSON.stringify({ padding: 'x'.repeat(200_000) })),
      breaksOff(1, 'ECONNABORTED'),
      { call: { timeout: SHORT } },
    ),
    ...(
      [
        ['shorter', 'fewer bytes than its `Content-Length` says', 100],
        ['longer', 'more bytes than its `Content-Length` says', 5],
      ] as const
    ).map(
      ([id, what, announces]): ResourceFault => ({
        id: `call-stream-${id}`,
        what: `the body is a stream of ${what}: the call is broken off`,
        fault: () => undefined,
        call: { method: 'POST', stream: { announces, bytes: '{"amount":1}' } },
        outcome: { ...fails(0, 'ERR_HTTP_CONTENT_LENGTH_MISMATCH'), delivery: ['not-sent', 'unknown'] },
      }),
    ),
    ...both(
      'call-103-first',
      '100 and 103 come before the answer',
      does(({ request, socket }, bank) => {
        socket.write('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n');
        socket.write(bank.answer(request, 200, '{"id":1}'));
      }),
      passes(200),
    ),
  ],
};

const KEEP_ALIVE: FaultGroup<ResourceFault> = {
  heading: 'A connection that is kept alive between resource calls',
  rows: [
    ...both(
      'idle-closed',
      'the bank has closed the idle connection: the call opens another',
      (server) => server.endConnections(),
      passes(200),
    ),
    ...both(
      'idle-half-closed',
      'the bank closes its half of the idle connection at the very moment at which the call is sent on it',
      (server) => {
        // Without waiting: the call is on its way before the end of the connection is seen.
        void server.endConnections();
      },
      fails(1, 'ECONNRESET'),
    ),
    ...both(
      'idle-reset',
      'the bank resets the idle connection when the call arrives on it',
      writes('', 'reset'),
      fails(1, 'ECONNRESET'),
    ),
  ],
};

/** Nothing was sent. */
const untrusted = (...codes: string[]) => fails(0, ...codes);

const CALL_TLS: FaultGroup<ResourceFault> = {
  heading: 'TLS of a resource call',
  rows: [
    ...both('call-tls-good', 'the certificate is right', () => undefined, passes(200), { https: true }),
    ...both(
      'call-tls-own-agent',
      'the certificate is right, and the caller passes an agent with a client certificate; the answer is 403',
      answers(403),
      passes(403),
      { https: true, call: { agent: true } },
    ),
    ...both(
      'call-tls-own-agent-reset',
      'the caller passes an agent with a client certificate; the connection is reset when the call has arrived',
      does(({ socket }) => socket.destroy()),
      fails(1, 'ECONNRESET'),
      { https: true, call: { agent: true } },
    ),
    ...both(
      'call-tls-wrong-name',
      'the certificate is for another name',
      showsTls(({ wrongName }) => wrongName),
      untrusted('ERR_TLS_CERT_ALTNAME_INVALID'),
      { https: true },
    ),
    ...both(
      'call-tls-expired',
      'the certificate has expired',
      showsTls(({ expired }) => expired),
      untrusted('CERT_HAS_EXPIRED'),
      { https: true },
    ),
    ...both(
      'call-tls-not-yet-valid',
      'the certificate is not valid yet',
      showsTls(({ notYetValid }) => notYetValid),
      untrusted('CERT_NOT_YET_VALID'),
      { https: true },
    ),
    ...both(
      'call-tls-unknown-authority',
      'the certificate is by an authority that nobody trusts',
      showsTls(({ unknownCa }) => unknownCa),
      untrusted('UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY'),
      { https: true },
    ),
    ...both(
      'call-tls-self-signed',
      'the certificate is signed by itself',
      showsTls(({ selfSigned }) => selfSigned),
      untrusted('DEPTH_ZERO_SELF_SIGNED_CERT'),
      { https: true },
    ),
    ...both(
      'call-tls-plain-text',
      'the server answers a TLS handshake in plain HTTP',
      answersTlsInPlainText,
      untrusted('EPROTO', 'ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_PACKET_LENGTH_TOO_LONG'),
      { https: true },
    ),
    ...both(
      'call-tls-handshake-hangs',
      'the handshake is never answered',
      hangsAtConnect,
      untrusted('ECONNABORTED'),
      { https: true, call: { timeout: SHORT } },
    ),
  ],
};

/** The token was refused, and another one helped. */
const replayed: ResourceOutcome = {
  sees: { status: 200 },
  requests: 2,
  tokenRequests: 1,
  token: 'renewed',
};
/** The token was refused; the call is not safe to send again, but the next one has another token. */
const surfaced: ResourceOutcome = {
  sees: { status: 401 },
  requests: 1,
  tokenRequests: 0,
  token: 'dropped',
};

/** A definition by which a 403 can be about the token. */
const READS_403 = {
  rejectsTokenOn: [403],
  rejectsToken: ({ status, body }: { status: number; body?: Readonly<Record<string, unknown>> }) =>
    status === 401 || body?.error === 'invalid_token',
};

/** A definition that reads the body of a 401. */
const READS_401 = {
  rejectsToken: ({ body }: { body?: Readonly<Record<string, unknown>> }) => body?.code !== '001',
};

const INSUFFICIENT_SCOPE = [['WWW-Authenticate', 'Bearer error="insufficient_scope"']] as const;

function refusedOnce(id: string, what: string, body: Parameters<typeof answers>[1]): ResourceFault[] {
  return METHODS.map((method) => ({
    id: `${id}-${method.toLowerCase()}`,
    what,
    bank: READS_401,
    fault: doesOnce(answers(401, body)),
    call: { method },
    outcome: method === 'GET' ? replayed : surfaced,
  }));
}

const REFUSALS: FaultGroup<ResourceFault> = {
  heading: 'A resource call whose token is refused, or seems to be',
  rows: [
    {
      id: 'call-401-get',
      what: 'the token is refused once',
      fault: doesOnce(answers(401)),
      call: { method: 'GET' },
      outcome: replayed,
    },
    {
      id: 'call-401-post',
      what: 'the token is refused once',
      fault: doesOnce(answers(401)),
      call: { method: 'POST' },
      outcome: surfaced,
    },
    {
      id: 'call-401-post-idempotent',
      what: "the token is refused once; the call carries the bank's idempotency header",
      fault: doesOnce(answers(401)),
      call: { method: 'POST', headers: KEY },
      outcome: replayed,
    },
    {
      id: 'call-401-post-replay',
      what: 'the token is refused once; the call says `bankAuth: { replay: true }`',
      fault: doesOnce(answers(401)),
      call: { method: 'POST', replay: true },
      outcome: replayed,
    },
    {
      id: 'call-401-for-ever-get',
      what: 'every token is refused, from the first on; five calls',
      fault: answers(401),
      call: { method: 'GET', times: 5, token: 'none' },
      outcome: { sees: { status: 401 }, requests: 6, tokenRequests: 2, token: 'renewed' },
    },
    {
      id: 'call-401-for-ever-post',
      what: 'every token is refused, from the first on; five calls',
      fault: answers(401),
      call: { method: 'POST', times: 5, token: 'none' },
      outcome: { sees: { status: 401 }, requests: 5, tokenRequests: 2, token: 'renewed' },
    },
    {
      id: 'call-401-from-now-on-get',
      what: 'every token is refused from now on; five calls',
      fault: answers(401),
      call: { method: 'GET', times: 5 },
      outcome: { sees: { status: 401 }, requests: 6, tokenRequests: 1, token: 'renewed' },
    },
    ...METHODS.map((method) => ({
      id: `call-401-renewal-fails-${method.toLowerCase()}`,
      what: 'the token is refused, and the token endpoint answers 503',
      fault: ((server, bank) => {
        answers(401)(server, bank);
        answers(503)(bank.token, bank);
      }) as Fault,
      call: { method },
      outcome: {
        sees: { status: 401 },
        requests: 1,
        tokenRequests: method === 'GET' ? 3 : 0,
        token: method === 'GET' ? ('none' as const) : ('dropped' as const),
      },
    })),
    ...both(
      'call-401-business',
      "401 about business, as the bank's definition recognises",
      answers(401, '{"code":"001","message":"no such session"}'),
      passes(401),
      { bank: READS_401 },
    ),
    ...both(
      'call-401-business-gzip',
      '401 about business, compressed',
      answers(401, () => gzipSync('{"code":"001"}'), [['Content-Encoding', 'gzip']]),
      passes(401),
      { bank: READS_401 },
    ),
    ...both(
      'call-401-definition-throws',
      '401, and the definition throws when it reads the answer',
      doesOnce(answers(401)),
      surfaced,
      {
        bank: {
          rejectsToken: () => {
            throw new Error('a mistake');
          },
        },
      },
    ).map((row) => (row.call.method === 'GET' ? { ...row, outcome: replayed } : row)),
    ...refusedOnce(
      'call-401-garbage',
      'the token is refused once, with a body that is no JSON',
      '<html>\0</html>',
    ),
    ...refusedOnce('call-401-empty', 'the token is refused once, with an empty body', ''),
    ...refusedOnce('call-401-array', 'the token is refused once, with an array', '[{"code":"001"}]'),
    ...refusedOnce('call-401-huge', 'the token is refused once, with a body of 2 MB', () =>
      JSON.stringify({ padding: 'x'.repeat(2 * MEBIBYTE) }),
    ),
    ...refusedOnce(
      'call-401-deep',
      'the token is refused once, with 50 000 nested arrays',
      `{"deep":${nested(50_000)}}`,
    ),
    ...refusedOnce('call-401-not-utf8', 'the token is refused once, with bytes that are no UTF-8', () =>
      Buffer.from('{"code":"\u00ff\u00fe"}', 'latin1'),
    ),
    ...refusedOnce(
      'call-401-proto',
      'the token is refused once, with the code for business inside of `__proto__`',
      '{"__proto__":{"code":"001"}}',
    ),
    ...[403, 401].flatMap((status) => [
      ...both(
        `call-${status}-insufficient-scope`,
        `${status} \`insufficient_scope\` in \`WWW-Authenticate\`: another token would have the same scope`,
        answers(status, echo, INSUFFICIENT_SCOPE),
        passes(status),
        { bank: { ...READS_403, rejectsToken: () => true } },
      ),
      ...both(
        `call-${status}-insufficient-scope-body`,
        `${status} \`insufficient_scope\` in the body`,
        answers(status, oauthError('insufficient_scope')),
        passes(status),
        { bank: { ...READS_403, rejectsToken: () => true } },
      ),
    ]),
    {
      id: 'call-403-listed-get',
      what: '403 once, which the definition lists in `rejectsTokenOn` and recognises as about the token',
      bank: READS_403,
      fault: doesOnce(answers(403, oauthError('invalid_token'))),
      call: { method: 'GET' },
      outcome: replayed,
    },
    {
      id: 'call-403-listed-post',
      what: '403 once, which the definition lists in `rejectsTokenOn` and recognises as about the token',
      bank: READS_403,
      fault: doesOnce(answers(403, oauthError('invalid_token'))),
      call: { method: 'POST' },
      outcome: { ...surfaced, sees: { status: 403 } },
    },
    ...both(
      'call-403-listed-business',
      '403 about business, which the definition lists in `rejectsTokenOn`, and recognises',
      answers(403, oauthError('access_denied')),
      passes(403),
      { bank: READS_403 },
    ),
  ],
};

const STATUSES: FaultGroup<ResourceFault> = {
  heading: 'Other answers to a resource call',
  rows: [
    ...[400, 403, 404, 407, 408, 409, 422, 425, 500, 502, 503, 504].flatMap((status) =>
      both(`call-${status}`, String(status), answers(status), passes(status)),
    ),
    ...both(
      'call-403-invalid-token',
      '403 `invalid_token`',
      answers(403, oauthError('invalid_token'), [['WWW-Authenticate', 'Bearer error="invalid_token"']]),
      passes(403),
    ),
    ...[429, 503].flatMap((status) =>
      both(
        `call-${status}-retry-after`,
        `${status} with \`Retry-After: 120\``,
        answers(status, echo, [['Retry-After', '120']]),
        passes(status, { 'retry-after': '120' }),
      ),
    ),
    ...[301, 302, 303, 307, 308].flatMap((status) =>
      (['this host', 'another host'] as const).flatMap((to) =>
        both(
          `call-${status}-to-${to.replace(' ', '-')}`,
          `${status} to another ${to === 'this host' ? 'path of the same host' : 'host, which sees nothing'}`,
          redirects(status, to),
          passes(status),
        ),
      ),
    ),
    ...both(
      'call-set-cookie',
      '200 with `Set-Cookie`, twice: the second call does not bring the cookie back',
      says('{"id":1}', [['Set-Cookie', 'session=stolen; Path=/']]),
      { ...passes(200), requests: 2 },
      { call: { times: 2 } },
    ),
    ...both('call-204', '204', answers(204, ''), passes(204)),
    ...both('call-truncated', '200 with truncated JSON', says('{"id":'), passes(200)),
    ...both('call-deep', '200 with 50 000 nested arrays', says(nested(50_000)), passes(200)),
    ...both(
      'call-gzip-bomb',
      'gzip of 20 MB in 20 KB, and a `maxContentLength` of 1 MB',
      says(() => gzipSync(Buffer.alloc(20 * MEBIBYTE, ' ')), [['Content-Encoding', 'gzip']]),
      breaksOff(1, 'ERR_BAD_RESPONSE'),
      { call: { maxContentLength: MEBIBYTE } },
    ),
    ...both(
      'call-gzip-garbage',
      'gzip that is none',
      says('no gzip', [['Content-Encoding', 'gzip']]),
      breaksOff(1, 'Z_DATA_ERROR'),
    ),
    ...both(
      'call-50-mb',
      '50 MB, and a `maxContentLength` of 1 MB',
      floods('without its length'),
      breaksOff(1, 'ERR_BAD_RESPONSE'),
      { call: { maxContentLength: MEBIBYTE } },
    ),
    ...both(
      'call-50-mb-default',
      '50 MB: more than the 32 MiB of an answer, unless `http.maxContentLength` says otherwise',
      floods('without its length'),
      breaksOff(1, 'ERR_BAD_RESPONSE'),
    ),
  ],
};

/** No token, no call. */
const notSent = (
  error: 'BANK_AUTH_UNAVAILABLE' | 'BANK_AUTH_CREDENTIALS_REJECTED' | 'BANK_AUTH_INVALID_RESPONSE',
): ResourceOutcome => ({
  sees: { error },
  requests: 0,
  tokenRequests: error === 'BANK_AUTH_UNAVAILABLE' ? 3 : 1,
  token: 'none',
});
const atTokenEndpoint = { at: 'token', call: { token: 'none' } } as const;

const NO_TOKEN: FaultGroup<ResourceFault> = {
  heading: 'A resource call for which there is no token',
  rows: [
    ...both(
      'no-token-rejected',
      'the token endpoint answers 401',
      answers(401),
      notSent('BANK_AUTH_CREDENTIALS_REJECTED'),
      atTokenEndpoint,
    ),
    ...both(
      'no-token-unavailable',
      'the token endpoint answers 503',
      answers(503),
      notSent('BANK_AUTH_UNAVAILABLE'),
      atTokenEndpoint,
    ),
    ...both(
      'no-token-throttled',
      'the token endpoint answers 429 with `Retry-After: 120`',
      answers(429, echo, [['Retry-After', '120']]),
      { ...notSent('BANK_AUTH_UNAVAILABLE'), tokenRequests: 1 },
      atTokenEndpoint,
    ),
    ...both(
      'no-token-refused',
      'the token endpoint refuses the connection',
      refuses,
      notSent('BANK_AUTH_UNAVAILABLE'),
      { ...atTokenEndpoint, https: true },
    ),
    ...both(
      'no-token-reset',
      'the token endpoint resets the connection',
      writes('', 'reset'),
      notSent('BANK_AUTH_UNAVAILABLE'),
      atTokenEndpoint,
    ),
    ...both(
      'no-token-hang',
      'the token endpoint never answers',
      writes('', 'hang'),
      notSent('BANK_AUTH_UNAVAILABLE'),
      atTokenEndpoint,
    ),
    ...both(
      'no-token-tls',
      'the certificate of the token endpoint has expired',
      showsTls(({ expired }) => expired),
      notSent('BANK_AUTH_UNAVAILABLE'),
      { ...atTokenEndpoint, https: true },
    ),
    ...both(
      'no-token-page',
      'the token endpoint answers 200 with a page',
      says('<html></html>'),
      notSent('BANK_AUTH_INVALID_RESPONSE'),
      atTokenEndpoint,
    ),
    ...both(
      'no-token-redirect',
      'the token endpoint answers with a redirect to another host',
      redirects(307, 'another host'),
      notSent('BANK_AUTH_INVALID_RESPONSE'),
      atTokenEndpoint,
    ),
    ...both(
      'no-token-cooling-down',
      'the token endpoint answers 401; five calls, of which four fall into the cool-down',
      answers(401),
      notSent('BANK_AUTH_CREDENTIALS_REJECTED'),
      { at: 'token', call: { token: 'none', times: 5 } },
    ),
    ...both(
      'token-expired',
      'the token has expired, and the token endpoint answers 503',
      answers(503),
      notSent('BANK_AUTH_UNAVAILABLE'),
      { at: 'token', call: { token: 'expired' } },
    ),
    ...both(
      'token-stale-unavailable',
      'the token is still good for a minute, and the token endpoint answers 503: the old one goes on being used',
      answers(503),
      { sees: { status: 200 }, requests: 1, tokenRequests: 3, token: 'kept' },
      { at: 'token', call: { token: 'stale' } },
    ),
    ...both(
      'token-stale-rejected',
      'the token is still good for a minute, and the token endpoint answers 401: the old one goes on being used',
      answers(401),
      { sees: { status: 200 }, requests: 1, tokenRequests: 1, token: 'kept' },
      { at: 'token', call: { token: 'stale' } },
    ),
    ...both(
      'token-stale-hang',
      'the token is still good for a minute, and the token endpoint never answers: nobody waits for it',
      writes('', 'hang'),
      { sees: { status: 200 }, requests: 1, tokenRequests: 3, token: 'kept' },
      { at: 'token', call: { token: 'stale' } },
    ),
  ],
};

export const RESOURCE_FAULTS: readonly FaultGroup<ResourceFault>[] = [
  CALLS,
  KEEP_ALIVE,
  CALL_TLS,
  REFUSALS,
  STATUSES,
  NO_TOKEN,
];
