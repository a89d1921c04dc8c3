import type { FaultGroup, TokenFailure, TokenFault } from './faults.types.js';
import {
  aToken,
  invalid,
  MINUTE,
  NO_OBJECT,
  NO_TOKEN,
  REDIRECT,
  rejected,
  SECOND,
  unavailable,
  unavailableStatus,
} from './outcomes.js';
import {
  answers,
  type Body,
  does,
  doesOnce,
  echo,
  type Headers,
  oauthError,
  redirects,
  SWITCHING,
  says,
} from './ways.js';

const grant: Body = (bank) => bank.grant();

export const STATUSES: FaultGroup<TokenFault> = {
  heading: 'Statuses of the token endpoint',
  rows: [
    { id: '400', what: '400 without an error code', fault: answers(400), outcome: invalid(400) },
    {
      id: '400-invalid-client',
      what: '400 `invalid_client`',
      fault: answers(400, oauthError('invalid_client')),
      outcome: rejected(400, 'invalid_client'),
    },
    {
      id: '400-unauthorized-client',
      what: '400 `unauthorized_client`',
      fault: answers(400, oauthError('unauthorized_client')),
      outcome: rejected(400, 'unauthorized_client'),
    },
    {
      id: '400-invalid-scope',
      what: '400 `invalid_scope`',
      fault: answers(400, oauthError('invalid_scope')),
      outcome: rejected(400, 'invalid_scope'),
    },
    {
      id: '400-invalid-grant',
      what: '400 `invalid_grant`',
      fault: answers(400, oauthError('invalid_grant')),
      outcome: rejected(400, 'invalid_grant'),
    },
    {
      id: '400-invalid-request',
      what: '400 `invalid_request`',
      fault: answers(400, oauthError('invalid_request')),
      outcome: invalid(400, ' invalid_request'),
    },
    ...[200, 400, 403].flatMap((status) =>
      ['temporarily_unavailable', 'server_error'].map((code) => ({
        id: `${status}-${code.replace('_', '-')}`,
        what: `${status} \`${code}\``,
        fault: answers(status, oauthError(code)),
        outcome: unavailableStatus(status, code),
      })),
    ),
    {
      id: '401-temporarily-unavailable',
      what: '401 `temporarily_unavailable`',
      fault: answers(401, oauthError('temporarily_unavailable')),
      outcome: rejected(401, 'temporarily_unavailable'),
    },
    {
      id: '400-own-code',
      what: '400 with an error code that no standard knows, and that is the secret itself',
      fault: answers(400, (bank) => JSON.stringify({ error: bank.credentials.clientSecret })),
      outcome: invalid(400),
    },
    {
      id: '400-rejects-by-definition',
      what: '400 at a bank whose definition says that this means wrong credentials (tpay)',
      fault: answers(400),
      bank: { tokenResponse: { rejectsCredentials: ({ status }) => status === 400 } },
      outcome: rejected(400),
    },
    { id: '401', what: '401 with any body', fault: answers(401), outcome: rejected(401) },
    {
      id: '401-html',
      what: '401 with a page',
      fault: answers(401, '<html>no</html>'),
      outcome: rejected(401),
    },
    {
      id: '401-challenge',
      what: '401 with a `WWW-Authenticate` challenge',
      fault: answers(401, echo, [['WWW-Authenticate', 'Basic realm="bank"']]),
      outcome: rejected(401),
    },
    { id: '403', what: '403', fault: answers(403), outcome: invalid(403) },
    { id: '404', what: '404', fault: answers(404), outcome: invalid(404) },
    { id: '405', what: '405', fault: answers(405), outcome: invalid(405) },
    { id: '408', what: '408', fault: answers(408), outcome: unavailableStatus(408) },
    { id: '415', what: '415', fault: answers(415), outcome: invalid(415) },
    { id: '425', what: '425', fault: answers(425), outcome: unavailableStatus(425) },
    { id: '429', what: '429', fault: answers(429), outcome: unavailableStatus(429) },
    { id: '500', what: '500', fault: answers(500), outcome: unavailableStatus(500) },
    {
      id: '500-invalid-client',
      what: '500 `invalid_client`',
      fault: answers(500, oauthError('invalid_client')),
      outcome: unavailableStatus(500),
    },
    {
      id: '502',
      what: '502',
      fault: answers(502, '<html>Bad Gateway</html>'),
      outcome: unavailableStatus(502),
    },
    { id: '503', what: '503', fault: answers(503), outcome: unavailableStatus(503) },
    { id: '504', what: '504', fault: answers(504, ''), outcome: unavailableStatus(504) },
    {
      id: '503-with-token',
      what: '503 with a token in its body',
      fault: answers(503, grant),
      outcome: unavailableStatus(503),
    },
    {
      id: '101',
      what: '101, a change of protocol that nobody asked for',
      fault: does(({ socket }) => void socket.write(SWITCHING)),
      outcome: unavailable('ECONNRESET'),
    },
    {
      id: '100-first',
      what: '100 before the answer',
      fault: does(({ request, socket }, bank) => {
        socket.write('HTTP/1.1 100 Continue\r\n\r\n');
        socket.write(bank.answer(request, 200, bank.grant()));
      }),
      outcome: aToken(),
    },
    {
      id: '103-first',
      what: '102 and 103 before the answer',
      fault: does(({ request, socket }, bank) => {
        socket.write('HTTP/1.1 102 Processing\r\n\r\n');
        socket.write('HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n');
        socket.write(bank.answer(request, 200, bank.grant()));
      }),
      outcome: aToken(),
    },
    { id: '201', what: '201 with a token', fault: answers(201, grant), outcome: aToken() },
    { id: '204', what: '204', fault: answers(204, ''), outcome: invalid(204, NO_OBJECT) },
    {
      id: '206-part',
      what: '206 with a part of a token',
      fault: answers(206, (bank) => bank.grant().slice(0, 60), [['Content-Range', 'bytes 0-59/200']]),
      outcome: invalid(206, NO_OBJECT),
    },
    { id: '206-whole', what: '206 with all of it', fault: answers(206, grant), outcome: aToken() },
    {
      id: 'set-cookie',
      what: '503 with `Set-Cookie`, then a token: no request brings the cookie back',
      fault: doesOnce(answers(503, echo, [['Set-Cookie', 'session=stolen; Path=/']])),
      outcome: aToken(undefined, 2),
    },
    {
      id: 'set-cookie-with-token',
      what: 'a token with `Set-Cookie`: no later request brings the cookie back',
      fault: says(grant, [['Set-Cookie', 'session=stolen; Path=/']]),
      outcome: aToken(),
    },
    {
      id: '401-with-token',
      what: '401 with a token in its body',
      fault: answers(401, grant),
      outcome: rejected(401),
    },
    {
      id: '404-with-token',
      what: '404 with a token in its body',
      fault: answers(404, grant),
      outcome: invalid(404),
    },
    {
      id: '200-nothing',
      what: '200 with an empty object',
      fault: says('{}'),
      outcome: invalid(200, NO_TOKEN),
    },
  ],
};

export const REDIRECTS: FaultGroup<TokenFault> = {
  heading: 'Redirects of the token endpoint',
  rows: [
    ...[301, 302, 303, 307, 308].flatMap((status) =>
      (['this host', 'another host'] as const).map((to) => ({
        id: `${status}-to-${to.replace(' ', '-')}`,
        what: `${status} to another ${to === 'this host' ? 'path of the same host' : 'host, which sees nothing'}`,
        fault: redirects(status, to),
        outcome: invalid(status, REDIRECT),
      })),
    ),
    {
      id: '300-with-token',
      what: '300 with a token in its body',
      fault: answers(300, grant),
      outcome: invalid(300, REDIRECT),
    },
    { id: '304', what: '304', fault: answers(304, ''), outcome: invalid(304, REDIRECT) },
  ],
};

/** With these `Retry-After` headers. The application's clock says 2026-01-01 00:00 UTC. */
function later(status: number, ...values: string[]) {
  const headers: Headers = values.map((value) => ['Retry-After', value]);
  return { fault: answers(status, echo, headers) };
}

/** The same with the bank's own `Date` headers. */
function laterBy(dates: readonly string[], status: number, value: string) {
  const headers: Headers = [...dates.map((date) => ['Date', date] as const), ['Retry-After', value]];
  return { fault: answers(status, echo, headers) };
}

const obeyed = (status: number, seconds: number, tokenRequests = 1) => ({
  ...unavailableStatus(status),
  tokenRequests,
  nextRequestAfterMs: seconds * SECOND,
});
const ignored = unavailableStatus;
const longest = (status: number) => obeyed(status, (5 * MINUTE) / SECOND);

/** A failure that is not retried, and lasts as long as the bank asks for. */
const lasting = (outcome: TokenFailure, seconds: number): TokenFailure => ({
  ...outcome,
  nextRequestAfterMs: seconds * SECOND,
});

const OTHERS: readonly TokenFault[] = [
  {
    id: '403-retry-after-120',
    what: '403 with 120 seconds',
    ...later(403, '120'),
    outcome: lasting(invalid(403), 120),
  },
  {
    id: '403-retry-after-2',
    what: '403 with 2 seconds, which is less than an answer without a token is kept in mind',
    ...later(403, '2'),
    outcome: invalid(403),
  },
  {
    id: '401-retry-after-120',
    what: '401 with 120 seconds',
    ...later(401, '120'),
    outcome: lasting(rejected(401), 120),
  },
  {
    id: '400-retry-after-endless',
    what: '400 with 400 digits of seconds',
    ...later(400, '9'.repeat(400)),
    outcome: lasting(invalid(400), 300),
  },
  {
    id: '302-retry-after-120',
    what: '302 with 120 seconds',
    ...later(302, '120'),
    outcome: lasting(invalid(302, REDIRECT), 120),
  },
  {
    id: '200-retry-after-120',
    what: '200 without a token, with 120 seconds',
    fault: says('{}', [['Retry-After', '120']]),
    outcome: lasting(invalid(200, NO_TOKEN), 120),
  },
  {
    id: '400-temporarily-unavailable-retry-after-120',
    what: '400 `temporarily_unavailable` with 120 seconds',
    fault: answers(400, oauthError('temporarily_unavailable'), [['Retry-After', '120']]),
    outcome: lasting({ ...unavailableStatus(400, 'temporarily_unavailable'), tokenRequests: 1 }, 120),
  },
];

export const RETRY_AFTER: FaultGroup<TokenFault> = {
  heading: '`Retry-After` of the token endpoint',
  rows: [
    ...[429, 503].flatMap((status) => [
      {
        id: `${status}-retry-after-2`,
        what: `${status} with 2 seconds, which the attempts of one flight wait for`,
        ...later(status, '2'),
        outcome: obeyed(status, 2, 3),
      },
      {
        id: `${status}-retry-after-120`,
        what: `${status} with 120 seconds`,
        ...later(status, '120'),
        outcome: obeyed(status, 120),
      },
      {
        id: `${status}-retry-after-date`,
        what: `${status} with a date 30 s ahead`,
        ...later(status, 'Thu, 01 Jan 2026 00:00:30 GMT'),
        outcome: obeyed(status, 30),
      },
      {
        id: `${status}-retry-after-past-date`,
        what: `${status} with a date in the past`,
        ...later(status, 'Wed, 31 Dec 2025 23:59:30 GMT'),
        outcome: ignored(status),
      },
      {
        id: `${status}-retry-after-rfc850-date`,
        what: `${status} with a date 30 s ahead in the form of RFC 850`,
        ...later(status, 'Thursday, 01-Jan-26 00:00:30 GMT'),
        outcome: obeyed(status, 30),
      },
      {
        id: `${status}-retry-after-asctime-date`,
        what: `${status} with a date 30 s ahead as C's \`asctime\` writes it`,
        ...later(status, 'Thu Jan  1 00:00:30 2026'),
        outcome: obeyed(status, 30),
      },
      {
        id: `${status}-retry-after-9999`,
        what: `${status} with a date in the year 9999`,
        ...later(status, 'Fri, 31 Dec 9999 23:59:59 GMT'),
        outcome: longest(status),
      },
      {
        id: `${status}-retry-after-huge`,
        what: `${status} with 1000000000000000 seconds`,
        ...later(status, '1000000000000000'),
        outcome: longest(status),
      },
      {
        id: `${status}-retry-after-endless`,
        what: `${status} with 400 digits of seconds`,
        ...later(status, '9'.repeat(400)),
        outcome: longest(status),
      },
      {
        id: `${status}-retry-after-0`,
        what: `${status} with 0 seconds`,
        ...later(status, '0'),
        outcome: ignored(status),
      },
      {
        id: `${status}-retry-after-negative`,
        what: `${status} with -120`,
        ...later(status, '-120'),
        outcome: ignored(status),
      },
      {
        id: `${status}-retry-after-fraction`,
        what: `${status} with 119.5 seconds, which count as 120`,
        ...later(status, '119.5'),
        outcome: obeyed(status, 120),
      },
      {
        id: `${status}-retry-after-date-of-slow-clock`,
        what: `${status} with a date 30 s after its \`Date\`, by a clock that is an hour slow`,
        ...laterBy(['Wed, 31 Dec 2025 23:00:00 GMT'], status, 'Wed, 31 Dec 2025 23:00:30 GMT'),
        outcome: obeyed(status, 30),
      },
      {
        id: `${status}-retry-after-date-of-fast-clock`,
        what: `${status} with a date 30 s after its \`Date\`, by a clock that is an hour fast`,
        ...laterBy(['Thu, 01 Jan 2026 01:00:00 GMT'], status, 'Thu, 01 Jan 2026 01:00:30 GMT'),
        outcome: obeyed(status, 30),
      },
      {
        id: `${status}-retry-after-date-of-two-clocks`,
        what: `${status} with a date 30 s ahead and two \`Date\` headers: neither counts`,
        ...laterBy(
          ['Thu, 01 Jan 2026 01:00:00 GMT', 'Thu, 01 Jan 2026 01:00:00 GMT'],
          status,
          'Thu, 01 Jan 2026 00:00:30 GMT',
        ),
        outcome: obeyed(status, 30),
      },
      {
        id: `${status}-retry-after-date-of-absurd-clock`,
        what: `${status} with a date 30 s ahead and a \`Date\` of 1970, which does not count`,
        ...laterBy(['Thu, 01 Jan 1970 00:00:00 GMT'], status, 'Thu, 01 Jan 2026 00:00:30 GMT'),
        outcome: obeyed(status, 30),
      },
      {
        id: `${status}-retry-after-exponent`,
        what: `${status} with 1e15, which is no number of seconds`,
        ...later(status, '1e15'),
        outcome: ignored(status),
      },
      {
        id: `${status}-retry-after-empty`,
        what: `${status} with an empty \`Retry-After\``,
        ...later(status, ''),
        outcome: ignored(status),
      },
      {
        id: `${status}-retry-after-text`,
        what: `${status} with a text in which a date stands`,
        ...later(status, 'not before 2027'),
        outcome: ignored(status),
      },
      {
        id: `${status}-retry-after-twice`,
        what: `${status} with two headers, 120 and 5: the first counts`,
        ...later(status, '120', '5'),
        outcome: obeyed(status, 120),
      },
    ]),
    ...OTHERS,
  ],
};
