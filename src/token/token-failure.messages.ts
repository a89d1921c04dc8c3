import { duration, instant, quoted } from '../errors/index.js';

// Reasons: clauses in our own words, which messages show in parentheses. None of them repeats a bank's words.

export const noAnswer = (what: string, milliseconds: number): string =>
  `${what} within ${Math.round(milliseconds)} ms`;
export const SILENCE = 'no answer';
export const OTHERS_WITHOUT_TOKEN = 'another process was asking the bank, and brought no token';
export const credentialsLate = (credentialsFrom: string, milliseconds: number): string =>
  `${credentialsFrom}: ${noAnswer(SILENCE, milliseconds)}`;
export const tokenExpired = (ageMs: number, lifetime: number): string =>
  `a token that lives ${Math.round(lifetime)} ms, ${Math.round(ageMs)} ms after it was asked for`;
export const unusable = (what: string, code: string | undefined): string =>
  `${what} cannot be used${code === undefined ? '' : `, ${code}`}`;
export const ASSERTION_KEY = 'the private key for assertions';
export const JOSE = 'the package jose, which signs assertions,';
export const signerFailed = (details: string): string =>
  `the function "signer" failed${details === '' ? '' : ` (${details})`}`;
export const signerLate = (milliseconds: number): string =>
  `the function "signer" gave no signature within ${Math.round(milliseconds)} ms`;
export const SIGNER_WITHOUT_BYTES = 'the function "signer" gave no Uint8Array';
export const oddSignature = (algorithm: string, bytes: number, wanted: number): string =>
  `the function "signer" gave ${bytes} bytes, but a signature of ${algorithm} has ${wanted}: perhaps it is in DER, and ` +
  'has to be converted to the form of JWS';
export const signatureLength = (algorithm: string, bytes: number): string =>
  `the function "signer" gave ${bytes} bytes, which is no signature of ${algorithm} by a key of at least 2048 bits`;
export const UNUSABLE_CLAIMS =
  'the "claims" of the bank definition made no object that JSON can carry, or one with a claim that the assertion has of ' +
  'its own';
export const TLS_MATERIAL = 'the TLS certificate, its key or the authorities';
export const DEFINITION_THREW = 'a function of the bank definition threw';
export const DEFINITION_PROMISED =
  'a function of the bank definition gave a promise, but has to answer at once';
export const UNUSABLE_TOKEN_HEADERS =
  'the "tokenRequest.headers" of the bank definition made no headers of visible characters, or one that steers HTTP ' +
  'itself';
export const UNUSABLE_HEADERS =
  'the "headers" of the bank definition made no headers of visible characters, or one that steers HTTP itself';
export const UNUSABLE_PARAMETERS =
  'the "tokenRequest.parameters" of the bank definition made no object of strings';
export const SECRET_IN_URL = 'the "tokenRequest.parameters" of the bank definition put a secret into a URL';
export const AGENT_REPLACED =
  'something in this process, such as global-agent, put an agent in place of the one with the configured ' +
  'certificate, authorities or proxy';
export const queueFull = (queue: number, what = 'token requests'): string =>
  `${queue} ${what} of this provider are already waiting for their turn`;

export const READS_OF_CREDENTIALS = 'reads of credentials';

// The sources of credentials and scopes, where nothing more precise is known.

export const THE_CONFIGURATION = 'the configuration';
export const scopesOf = (provider: string): string => `providers.${provider}.scopes`;

export const httpStatus = (status: number, more = ''): string => `HTTP ${status}${more}`;
export const A_REDIRECT = ', a redirect, which is never followed';
export const NO_JSON_OBJECT = ', but the body is not a JSON object in UTF-8';
export const NO_BEARER = ', but its type is not Bearer';
export const butToken = (problem: string): string => `, but ${problem}`;
export const NO_ACCESS_TOKEN = 'it contains no access token';
export const longToken = (most: number): string => `the access token has more than ${most} characters`;
export const ODD_TOKEN = 'the access token does not consist of visible ASCII characters';
export const largeBody = (most: number): string => `an answer of more than ${most} bytes`;
export const undecompressible = (code: string): string => `an answer that cannot be decompressed, ${code}`;
export const UNKNOWN_NETWORK_ERROR = 'unknown network error';
export const NETWORK_CLAUSES = {
  untrusted: ': the TLS certificate of that host is not trusted',
  handshake: ': the TLS handshake failed, perhaps because a client certificate is missing',
  cut: ': the connection broke off in the middle of the answer',
} as const;
/** Node's own wording of such an error; its code is ECONNRESET. */
export const PROTOCOL_SWITCHED = 'The bank switched protocols without being asked';

/** The cause of a failed token request, where no HTTP status of the bank tells it. */
export type Trouble =
  | 'time-out'
  | 'name-unknown'
  | 'name-server'
  | 'refused'
  | 'unreachable'
  | 'out-of-handles'
  | 'cut'
  | 'untrusted'
  | 'certificate-expired'
  | 'other-host'
  | 'handshake'
  | 'others'
  | 'expired'
  | 'definition'
  | 'agent-replaced';

const WAIT = 'Wait: nothing is wrong here.';
const REPORT = 'If it lasts, report it to the bank.';

/** The party at fault and the remedy, for each trouble. */
const TROUBLES: Readonly<Record<Trouble, string>> = {
  'time-out':
    'The bank is slow or down, or something on the way drops packets. Wait; if it lasts, check that the firewall ' +
    'lets this machine out and that the bank admits its address, then ask the bank.',
  'name-unknown':
    'The fault is here: the DNS of this machine knows no host of that name, so nothing was sent. Check the spelling of ' +
    'the token URL, then the DNS of this machine or container; if it comes and goes, that DNS is overloaded.',
  'name-server':
    'The fault is here: the DNS of this machine does not answer, so nothing was sent. Wait; if it lasts, fix the DNS of ' +
    'this machine or container.',
  refused:
    "Nothing accepts connections there, so nothing was sent. The bank's server is down, or the port is wrong, or a " +
    `firewall refuses. Check the token URL and the way out of this network. ${REPORT}`,
  unreachable:
    'The fault is on the way: this machine has no route to the bank, so nothing was sent. Check routes, firewall and ' +
    'proxy of this network.',
  'out-of-handles':
    'The fault is here: this process, or this machine, has as many files and connections open as it may, so nothing was ' +
    'sent. Find the code that leaves them open, or raise the limit (ulimit -n).',
  cut:
    'The bank, or a firewall or proxy on the way, closed the connection. Wait; if it lasts, check that the bank admits ' +
    'the address of this machine, then ask the bank.',
  untrusted:
    'That host does not prove that it is the bank, so no credentials were sent. Leave verification on. Check the token ' +
    'URL; where a proxy or a test double has its own authority, name the authority in tlsCa or NODE_EXTRA_CA_CERTS. ' +
    "If the certificate is the bank's, report it to the bank.",
  'certificate-expired':
    'The certificate of that host is out of date, or the clock of this machine is wrong, so no credentials were sent. ' +
    'Leave verification on. Check the clock, then report it to the bank.',
  'other-host':
    'The certificate is made out to another host, so no credentials were sent. Leave verification on. Check the token ' +
    'URL, and whether a proxy or DNS leads to another host.',
  handshake:
    'The bank refused the client certificate, or requires one and none was given, or a host on the way does not speak TLS. ' +
    'Check tlsCertificate and tlsKey, and that the token URL begins with https.',
  others:
    'Another replica of this application held the lease to ask, and got no token either. Wait; if it lasts, read the ' +
    'logs of the other replicas.',
  expired:
    'The bank issues tokens that expire before they can be used, or answers too slowly. Ask the bank for tokens that live ' +
    'longer.',
  definition: 'The fault is in the bank definition of this application, not at the bank: fix that function.',
  'agent-replaced': 'Exempt the bank from this, or use http.proxy.',
};

/** The advice on an unavailable token endpoint. */
export function adviceOnUnavailable(status: number | undefined, trouble: Trouble | undefined): string {
  if (trouble !== undefined) return TROUBLES[trouble];
  if (status === undefined) return 'Wait if the bank is down; if not, check the network between.';
  if (status === 429) {
    return (
      'The bank receives more token requests than it allows. Wait; if it happens often, let replicas share tokens in a store, ' +
      'or set tokenRequests.rate.'
    );
  }
  if (status === 408 || status === 425) {
    return 'The bank gave up on this one request. Wait; if it lasts, check the network between, then report it to the bank.';
  }
  if (status >= 500) return `The fault is the bank's: its token endpoint failed. ${WAIT} ${REPORT}`;
  return `The bank says that it is out of service. ${WAIT} ${REPORT}`;
}

const NO_ENDPOINT = new Set([404, 405, 410]);
/** Codes of RFC 6749 §5.2 by which the bank says that it does not understand the request. */
const MISUNDERSTOOD = new Set(['invalid_request', 'unsupported_grant_type']);
const MISUNDERSTOOD_BY = new Set([406, 415, 422]);

/** The advice on an answer that is no token. */
export function adviceOnInvalid(
  status: number | undefined,
  code: string | undefined,
  reason: string,
): string {
  if ((code !== undefined && MISUNDERSTOOD.has(code)) || MISUNDERSTOOD_BY.has(status ?? 0)) {
    return "The bank does not understand the request: compare the bank definition with the bank's documentation.";
  }
  if (status === undefined) return 'Check the token URL and the bank definition, then ask the bank.';
  if (NO_ENDPOINT.has(status)) return 'There is no token endpoint at this URL: check the token URL.';
  if (status === 403) {
    return (
      'The bank, or a firewall before it, turns this client away: ask the bank whether it admits the address of this ' +
      'machine. Some servers answer a wrong secret so: check that too; tokenResponse.rejectsCredentials of the ' +
      'definition tells the two apart.'
    );
  }
  if (status >= 300 && status < 400) {
    return 'The token URL is outdated, or a proxy answers in place of the bank: check the token URL.';
  }
  if (reason.includes(NO_JSON_OBJECT)) {
    return 'Perhaps a proxy or a maintenance page answered in place of the bank: check which server answers at that URL.';
  }
  if (status >= 200 && status < 300) {
    return "The answer does not match the bank definition: compare its tokenResponse with the bank's documentation.";
  }
  return 'Check the token URL and the bank definition, then ask the bank.';
}

/** How HTTP Basic carried an id or a secret that it can carry in two ways. */
export type BasicEncoding = 'raw' | 'rfc6749';

/** The known facts of a rejection. */
export interface Rejection {
  readonly status?: number | undefined;
  /** The error code of RFC 6749 §5.2. */
  readonly code?: string | undefined;
  /** Only where the id or the secret has characters that the two encodings of HTTP Basic write differently. */
  readonly encoding?: BasicEncoding | undefined;
}

/** The subject of the refusal, and the advice on it. */
export function rejection(
  { status, code, encoding }: Rejection,
  {
    provider,
    credentialsFrom,
    scopesFrom,
  }: Pick<FailureContext, 'provider' | 'credentialsFrom' | 'scopesFrom'>,
): { readonly what: string; readonly advice: string } {
  if (code === 'invalid_scope') {
    return {
      what: 'the scopes',
      advice:
        `The bank knows the client, but grants it other scopes, or requires scopes to be named. Check ${scopesFrom}, ` +
        'and ask the bank which scopes this client has.',
    };
  }
  const hint = encoding === undefined ? '' : ` ${encodingHint(encoding, provider)}`;
  const check = `Check ${credentialsFrom}, and that they belong to this product and environment.${hint}`;
  if (code !== 'unauthorized_client') return { what: 'the credentials', advice: check };
  // RFC 6749 §5.2: the client may not use this grant type. Keycloak also sends the code for a wrong secret: with 401,
  // in older versions with 400.
  return status === 401
    ? {
        what: 'the credentials',
        advice: `The secret is wrong, or the bank has not enabled this product for the client. ${check} Then ask the bank.`,
      }
    : {
        what: 'the client',
        advice:
          'Most likely the bank has not enabled this product for the client: ask the bank to enable it. Some banks also ' +
          `answer this to a wrong secret. ${check}`,
      };
}

function encodingHint(encoding: BasicEncoding, provider: string): string {
  const other =
    encoding === 'raw'
      ? "this definition sends them as they are. Try encoding: 'rfc6749' (form-encoded)"
      : "this definition sends them form-encoded. Try encoding: 'raw'";
  return (
    'If they are right, it may be their special characters: HTTP Basic carries these in two ways, and ' +
    `${other} in the clientAuthentication of a definition of your own for providers.${provider}.bank, or ` +
    'client_secret_post, which is not Basic.'
  );
}

/** The provider and merchant of a failure, for messages. */
export interface FailureContext {
  readonly provider: string;
  /** The merchant's name in messages. */
  readonly merchant: string;
  /** A clause on provider and merchant. */
  readonly who: string;
  /** Origin and path of the token endpoint. */
  readonly endpoint: string;
  /** A clause on where the credentials come from. */
  readonly credentialsFrom: string;
  /** A clause on where the scopes come from. */
  readonly scopesFrom: string;
}

/**
 * The name of a merchant in messages.
 * @param label undefined for the provider's own credentials: any string may be a merchant's label
 */
export function whoIs(provider: string, label: string | undefined): string {
  return label === undefined ? provider : `${provider} (merchant ${quoted(label)})`;
}

/** How things go on after a failure. */
export interface Outlook {
  /** Milliseconds until the next token request is allowed. */
  readonly retryInMs: number;
  /** Whether the failure is a remembered earlier one, and no request was sent now. */
  readonly cooling: boolean;
  /** For how long, and until when, the current token stays in use. */
  readonly served?: { readonly forMs: number; readonly until: number } | undefined;
}

/** Sentences on when the bank is asked again, and on how long payments go on with the current token. */
export function outlook({ retryInMs, cooling, served }: Outlook): string {
  const sentNothing = cooling ? 'This call sent no token request, because one failed just before. ' : '';
  const goesOn =
    served === undefined
      ? ''
      : `Payments go on with the current token for ${duration(served.forMs)}, until ${instant(served.until)}. `;
  return `${goesOn}${sentNothing}The first call after ${duration(retryInMs)} asks the bank again.`;
}

type Told = Pick<FailureContext, 'who' | 'endpoint'> & { readonly reason: string; readonly next: string };

export const rejected = (
  { who, endpoint, reason, next }: Told,
  { what, advice }: ReturnType<typeof rejection>,
): string => `${who}: the bank refused ${what} at ${endpoint} (${reason}). ${advice} ${next}`;

export const unavailable = ({ who, endpoint, reason, next }: Told, advice: string): string =>
  `${who}: no token from ${endpoint} (${reason}). ${advice} ${next}`;

export const invalid = ({ who, endpoint, reason, next }: Told, advice: string): string =>
  `${who}: ${endpoint} answered something that is no token (${reason}). ${advice} ${next}`;

/** A function of the definition threw or returned an unusable value, whether or not the bank was asked. */
export const brokenDefinition = ({ who, endpoint, reason, next }: Told): string =>
  `${who}: no token from ${endpoint} (${reason}). ${TROUBLES.definition} ${next}`;

export const unreadable = ({ who, reason, next }: Omit<Told, 'endpoint'>): string =>
  `${who}: the credentials could not be read (${reason}), so the bank was not asked. Fix that; files and functions are ` +
  `read again without a restart. ${next}`;

export const agentReplaced = ({ who, reason, next }: Omit<Told, 'endpoint'>): string =>
  `${who}: no token was asked for, because ${reason}. ${TROUBLES['agent-replaced']} ${next}`;

export const unknownMerchant = (who: string, reason: string, retryInMs: number): string =>
  `${who}: there is no such merchant (${reason}), so nothing was sent. Correct the key, or add the merchant. ` +
  `It is looked up again in ${duration(retryInMs)}.`;

export const queueIsFull = ({ who, endpoint, reason, next }: Told): string =>
  `${who}: no token was asked for at ${endpoint} (${reason}). Ask again later; if it happens often, the bank is too ` +
  `slow for so many merchants, or "tokenRequests" allows too little. ${next}`;
