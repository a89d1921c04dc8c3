import { type LogLine, quoted } from '../errors/index.js';

// Lines of the log.

/** Why a call was not sent again. */
export type NotReplayed = 'unsafe' | 'stream';

/** The facts about a call that a line may tell. */
interface RefusedCall {
  readonly provider: string;
  /** The merchant's name in messages. */
  readonly merchant: string;
  readonly method: string;
  readonly status: number;
  readonly why: NotReplayed;
  /** The header by which the bank recognises a repeated request. */
  readonly idempotencyHeader: string | undefined;
}

export const requestNotReplayed = ({
  provider,
  merchant,
  method,
  status,
  why,
  idempotencyHeader,
}: RefusedCall): LogLine => {
  const vouch = 'bankAuth: { replay: true } where the bank tells a repeated call from a new one';
  return {
    level: 'warn',
    code: 'BANK_AUTH_REQUEST_NOT_REPLAYED',
    text:
      `${provider} (merchant ${quoted(merchant)}): the bank refused the token of a call (${method}, HTTP ${status}), and the call was not sent again: ` +
      (why === 'stream'
        ? 'its body is a stream, which can be read once. '
        : 'only its caller knows whether a second one would do harm. ') +
      `Its caller got the ${status}; the next call has a new token. ` +
      (why === 'stream'
        ? 'Create a new stream and call again.'
        : `To have such calls sent again, give them ${idempotencyHeader === undefined ? vouch : `the header ${idempotencyHeader}, or ${vouch}`}.`),
    fields: { provider, merchant, method, status },
  };
};

export const mockOverlooked = (provider: string): LogLine => ({
  level: 'warn',
  code: 'BANK_AUTH_MOCK_OVERLOOKED',
  text:
    `${provider}: axios.defaults.adapter is not axios' own. If it is a mock, it does not see this call, which goes ` +
    'to the bank itself: the HttpService of a bank does not use axios.defaults. Mock its axiosRef instead, for ' +
    'instance with new MockAdapter(http.axiosRef): docs/testing.md.',
  fields: { provider },
});

// Errors of this library.

export const AXIOS_MOCKED =
  'axios.create returns no new instance, perhaps because all of axios is mocked, so no HttpService of a bank was made. ' +
  'Use a fake instead, by provideFakeBankHttp() of nestjs-bank-auth/testing: docs/testing.md.';

export const atProvider = (provider: string, problem: string): string => `${provider}: ${problem}`;

export const attachedAlready = (provider: string, other: string): string =>
  `${provider}: this axios instance already has the interceptor of ${other}. Give each bank its own instance, or ` +
  'detach the other interceptor first.';

export const untrustedOrigin = (provider: string, target: string, origins: ReadonlySet<string>): string =>
  `${provider}: this request goes to ${target}, so it was not sent: the token is for ${[...origins].join(', ')} only. ` +
  'Use another client for other hosts, or add the origin to allowedOrigins.';
export const A_SOCKET = 'a local socket (socketPath)';
export const NO_URL = 'no absolute URL (is baseURL missing?)';
export const NO_ORIGIN = 'no HTTP origin';
export const A_URL_WITH_CREDENTIALS = 'a URL that contains credentials';

export const agentReplaced = (provider: string): string =>
  `${provider}: something in this process, such as global-agent, put an agent in place of the one with the configured ` +
  'certificate, authorities or proxy, so this request was not sent. Exempt the bank from it, or use http.proxy.';
export const OWN_TRANSPORT =
  'this request has its own "transport", which could follow a redirect with the token, so it was not sent. Leave ' +
  'that option out.';
export const INSECURE_PARSER =
  'this request asks for "insecureHTTPParser", which may read a part of one answer as another answer, so it was not ' +
  'sent. Leave that option out.';
export const partLost = (part: string): string =>
  `this request was made from a copy of a configuration that lacks its "${part}", so it was not sent. Send ` +
  `error.config itself, or a copy made by { ...error.config }, or set "${part}" again.`;
export const otherAgent = (option: string): string =>
  `this request (or the defaults of its axios instance) has its own "${option}", which lacks the ` +
  'tlsCertificate or tlsCa of the credentials, so it was not sent. Leave one of the two out.';
export const ignored = (way: string, isAgent: boolean): string =>
  `${way} would ignore the configured ${isAgent ? 'tlsCertificate, tlsCa or httpsAgent' : 'proxy'}, so this request was ` +
  `not sent. Leave ${way} out.`;
export const unverified = (way: string): string =>
  `${way} cannot verify the bank while NODE_TLS_REJECT_UNAUTHORIZED is 0, so this request was not sent. Remove that ` +
  `variable, or leave ${way} out.`;
export const oddHttp2Options = (names: readonly string[]): string =>
  `"http2Options" may contain options of the session only, not ${names.map((name) => quoted(name.slice(0, 40))).join(', ')}, so this request was not sent. Leave ` +
  'them out.';

// Calls by an engine whose connections are not its own.

const CONNECTIONS = {
  application: 'the connections that the application gave to http.engine',
  mock: 'the connections of a mock, which are in place of all others,',
  process: 'the connections that something in this process has put in place of all others',
} as const;
export type ForeignConnections = keyof typeof CONNECTIONS;
export const engineCannot = (by: ForeignConnections, member: string): string =>
  `this request would have to go past ${CONNECTIONS[by]}, since http.engine cannot send its ${quoted(member.slice(0, 40))}, ` +
  "so it was not sent. Leave that option out, or say adapter: 'http', which sends it by axios' own adapter.";
export const engineWithoutTls = (by: ForeignConnections): string =>
  `${CONNECTIONS[by]} lack the tlsCertificate or tlsCa of the credentials, so this request was not sent. Leave one of ` +
  "the two out, or say adapter: 'http'.";
export const engineUnverified = (by: ForeignConnections): string =>
  `${CONNECTIONS[by]} cannot verify the bank while NODE_TLS_REJECT_UNAUTHORIZED is 0, so this request was not sent. ` +
  "Remove that variable, or say adapter: 'http'.";

// Problems of `bankAuth` and of the options of attach().

export const REQUEST_NOT_SENT = 'so no request was sent';
export const NOT_ATTACHED = 'so nothing was attached';
export const noPlainObject = (name: string, members: readonly string[], consequence: string): string =>
  `${name} must be a plain object of ${members.join(' and ')}, ${consequence}.`;
export const oddMember = (
  name: string,
  member: string,
  {
    members,
    similar,
    consequence,
  }: {
    readonly members: readonly string[];
    readonly similar: string | undefined;
    readonly consequence: string;
  },
): string =>
  `${name} has no member ${member}, ${consequence}; ` +
  (similar === undefined ? `it may contain only ${members.join(' and ')}` : `did you mean ${similar}?`);
export const oddReplay = (name: string, consequence: string): string =>
  `${name}.replay must be true or false, ${consequence}.`;

// Bodies that are streams.

const ANEW =
  'Create a new stream or form for each attempt, for example in defer(), and do not let a retry library send such ' +
  'requests again.';
export const streamRead = (provider: string): string =>
  `${provider}: the body of this request is a stream that had already been read to its end or closed, so the request was ` +
  `not sent. ${ANEW}`;
export const streamSent = (provider: string, ended: string | undefined): string =>
  `${provider}: this request was already sent${ended === undefined ? '' : ` and ended with ${ended}`}; its body was a ` +
  `stream, which can be read once, so it was not sent again. ${ANEW}`;
export const lengthMismatch = (what: 'longer' | 'shorter', announced: number | undefined): string =>
  `The body is ${what} than its Content-Length of ${announced} bytes, so the request was cut off`;

// Calls by fetch.

export const FOLLOWED_REDIRECT =
  "redirect: 'follow' would carry the token to any host that the answer names. Leave it out, and the caller gets the " +
  "redirect as the answer; or set redirect: 'error'";
export const OWN_DISPATCHER =
  'a dispatcher could send the token to another host. Leave it out, and use http.httpsAgent, http.proxy or tlsCa of the provider';
export const UNCHECKED_INTEGRITY = 'integrity is not checked here. Leave it out';
export const misplacedMember = (name: string): string =>
  `${name} belongs in bankAuth: { bankAuth: { ${name}: … } }`;
export const misspeltBankAuth = (name: string): string =>
  `there is no option ${name}; did you mean bankAuth?`;
export const fetchRefused = (provider: string, problem: string): string =>
  `${provider}: ${problem}; no request was sent.`;
export const NO_SIGNAL = 'the signal of a request must be an AbortSignal.';
export const ODD_HEADER =
  'a header of this request has a name or a value that HTTP cannot carry, so it was not sent.';
export const NO_REQUEST =
  'The first argument of fetch must be a string, a URL or a Request of this Node.js, not the Request of another ' +
  'package. Pass its URL and its options.';
export const BODY_USED = 'The body of this Request has already been used';
export const NO_OPTIONS = 'the options of a request must be an object; no request was sent.';
export const ODD_BODY =
  'fetch does not support this body, and would send a string like "[object Object]", so the request was not sent. For ' +
  'an object pass JSON.stringify(…); for a form of the package form-data, the FormData of Node.js.';
export const BODY_ITERATED =
  'the body of this request is an async iterator that a request has already read, so it was not sent. Create a new one ' +
  'for each attempt.';
export const NO_BYTES = 'The stream of a body must yield Uint8Arrays';
export const redirected = (status: number): string => `the bank answered with a redirect (${status})`;
export const callFailed = (
  { provider, merchant, method, url }: Readonly<Record<'provider' | 'merchant' | 'method' | 'url', string>>,
  message: string,
): string => `${provider}, merchant ${quoted(merchant)}: ${method} ${url} failed: ${message}`;
export const NO_REASON = 'no reason given';
/** Replaces a URL that cannot be parsed. */
export const ITS_URL = 'its URL';
export const bankSilent = (milliseconds: number): string => `the bank sent nothing for ${milliseconds}ms`;

/** The error for an adapter that sends after its call has ended. */
export const CALL_IS_OVER = 'the call is over, so that nothing of it is sent any more';

// The messages of axios and of Node's fetch, since code looks for them.

export const FETCH_FAILED = 'fetch failed';
export const ABORTED = 'This operation was aborted';
export const ANSWER_CUT = 'aborted';
export const STREAM_ABORTED = 'stream has been aborted';
export const statusRejected = (status: number): string => `Request failed with status code ${status}`;
export const timedOut = (timeout: unknown): string => `timeout of ${timeout}ms exceeded`;
export const answerTooLong = (most: number): string => `maxContentLength size of ${most} exceeded`;
export const NO_JSON = 'The answer is not JSON';

// Replacements for a failed answer, or for a part of it.

export const cutAfter = (most: number): string =>
  `\n[cut: only the first ${most} bytes of a failed answer are kept]`;
export const COMPRESSED = '[redacted: the body is compressed, so it cannot be searched for secrets]';
export const OUT_OF_SIGHT = '[out of sight]';
