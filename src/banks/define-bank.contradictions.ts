import { holdsSecret } from '../errors/index.js';
import type { BankCredentials, BankDefinition } from './bank-definition.js';
import { oddMember } from './banks.messages.js';
import {
  AUTHORIZATION_HEADER,
  credentialsInQuery,
  EXPIRES_AT_NOWHERE,
  EXPIRES_AT_UNREAD,
  emptyName,
  FORMAT_OF_GET,
  NAMES_WITHOUT_METHOD,
  NO_ID_HEADER,
  NO_SECRET_SENT,
  noHeaderName,
  noPlace,
  ownHeader,
  SECRET_IN_QUERY,
  sameNames,
  samePlace,
  takenName,
  takenParameter,
} from './contradictions.messages.js';

/** Parts of a definition. Their members may be missing or wrong, which other checks report. */
type Parts = Pick<BankDefinition, 'clientAuthentication' | 'tokenRequest' | 'tokenResponse' | 'options'>;

/** The problems of members that are right each for itself. */
export function contradictions(definition: Parts): string[] {
  return [
    ...nameProblems(definition),
    ...requestProblems(definition),
    ...responseProblems(membersOf(definition.tokenResponse)),
  ];
}

/** RFC 9110 §5.6.2. */
const A_HEADER = /^[!#$%&'*+.^_`|~0-9a-z-]+$/i;

/** Headers that are made here, or that steer HTTP itself: a credential in one would change the request, or be lost. */
const OWN_HEADERS = new Set([
  'accept',
  'accept-encoding',
  'cache-control',
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'cookie',
  'date',
  'expect',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'user-agent',
]);

function nameProblems({ clientAuthentication, tokenRequest, options }: Parts): string[] {
  const { method, names } = membersOf(clientAuthentication);
  if (method !== 'client_secret_post' && method !== 'client_secret_header')
    return names === undefined ? [] : [NAMES_WITHOUT_METHOD];
  const { clientId, clientSecret, ...odd } = membersOf(names);
  const problems = Object.keys(odd).map((name) => oddMember(`clientAuthentication.names.${name}`));
  const given = Object.entries({ clientId, clientSecret }).filter(([, name]) => typeof name === 'string');
  if (method === 'client_secret_post') {
    const sent = [clientId ?? 'client_id', clientSecret ?? 'client_secret'];
    problems.push(...given.filter(([, name]) => name === '').map(([name]) => emptyName(name)));
    if (sent[0] === sent[1] && sent[0] !== '') problems.push(sameNames(String(sent[0])));
    const taken = tokenRequest?.grantType === false ? ['scope'] : ['grant_type', 'scope'];
    problems.push(...taken.filter((name) => sent.includes(name)).map(takenName));
    return problems;
  }
  if (clientId === undefined) problems.push(NO_ID_HEADER);
  for (const [name, header] of given) {
    const lower = String(header).toLowerCase();
    if (!A_HEADER.test(lower)) problems.push(noHeaderName(name));
    else if (lower === 'authorization') problems.push(AUTHORIZATION_HEADER);
    else if (OWN_HEADERS.has(lower) || lower.startsWith('proxy-')) problems.push(ownHeader(String(header)));
  }
  const [one, other] = given.map(([, header]) => String(header).toLowerCase());
  if (one !== undefined && one === other) problems.push(sameNames(String(clientId)));
  const proven = options?.apiKey === 'required' || options?.tlsCertificate === 'required';
  if (clientSecret === undefined && !proven) problems.push(NO_SECRET_SENT);
  return problems;
}

/** Methods that send no secret as a parameter. */
const OUTSIDE_PARAMETERS = new Set([
  'client_secret_basic',
  'client_secret_header',
  'tls_client_auth',
  'self_signed_tls_client_auth',
]);

function requestProblems({ clientAuthentication, tokenRequest }: Parts): string[] {
  const problems: string[] = [];
  const { method, format, parameters } = membersOf(tokenRequest);
  const proof = membersOf(clientAuthentication);
  const isGet = method === 'get';
  if (isGet && typeof proof.method === 'string' && !OUTSIDE_PARAMETERS.has(proof.method))
    problems.push(credentialsInQuery(proof.method));
  if (isGet && format === 'json') problems.push(FORMAT_OF_GET);
  const made = typeof parameters === 'function' ? tried(parameters) : parameters;
  if (
    isGet &&
    Object.entries(membersOf(made)).some((texts) => texts.some((text) => holdsSecret(shown(text), SECRETS)))
  )
    problems.push(SECRET_IN_QUERY);
  const taken = ['grant_type', 'scope', ...parametersOfProof(proof)];
  problems.push(
    ...Object.keys(membersOf(made))
      .filter((name) => taken.includes(name))
      .map(takenParameter),
  );
  return problems;
}

/** The names of the parameters by which the client authenticates. */
function parametersOfProof({ method, names }: Readonly<Record<string, unknown>>): string[] {
  if (method === 'client_secret_basic' || method === 'client_secret_header') return [];
  if (method !== 'client_secret_post') return ['client_id', 'client_assertion', 'client_assertion_type'];
  const { clientId = 'client_id', clientSecret = 'client_secret' } = membersOf(names);
  return [String(clientId), String(clientSecret)];
}

/** Stand-ins for a client's credentials, with which a definition is tried out. */
const PROBE: BankCredentials = {
  clientId: 'probe-client-id',
  clientSecret: 'probe-client-secret',
  apiKey: 'probe-api-key',
  values: {},
};
const SECRETS = ['probe-client-secret', 'probe-api-key'];

/** Empty for a value that is no string, which is refused elsewhere. */
function shown(text: unknown): string {
  return typeof text === 'string' ? text : '';
}

/** The result of a function for these credentials; undefined if it requires others. The real call is checked again. */
function tried(make: unknown): unknown {
  try {
    const made = (make as (credentials: BankCredentials, context: object) => unknown)(PROBE, {
      environment: 'sandbox',
    });
    // The rejection of a promise would end the process; the real call refuses a promise.
    const { catch: silence } = Object(made) as { readonly catch?: unknown };
    if (typeof silence === 'function') silence.call(made, () => undefined);
    return made;
  } catch {
    return undefined;
  }
}

const STANDARD_PLACES = {
  accessToken: 'access_token',
  tokenType: 'token_type',
  expiresIn: 'expires_in',
  scope: 'scope',
  expiresAt: undefined,
};

function responseProblems({ expiresAt, members: given }: Readonly<Record<string, unknown>>): string[] {
  const members = membersOf(given);
  const problems = Object.keys(members)
    .filter((name) => !Object.hasOwn(STANDARD_PLACES, name))
    .map((name) => oddMember(`tokenResponse.members.${name}`));
  const standard: Readonly<Record<string, string | undefined>> = STANDARD_PLACES;
  const places = new Map<string, string>();
  for (const name of Object.keys(standard)) {
    const place = members[name] === undefined ? standard[name] : members[name];
    if (place === undefined) continue;
    if (!isPlace(place)) {
      problems.push(noPlace(name));
      continue;
    }
    const path = JSON.stringify([place].flat());
    const other = places.get(path);
    if (other === undefined) places.set(path, name);
    else problems.push(samePlace(other, name));
  }
  if (expiresAt !== undefined && members.expiresAt === undefined) problems.push(EXPIRES_AT_NOWHERE);
  if (expiresAt === undefined && members.expiresAt !== undefined) problems.push(EXPIRES_AT_UNREAD);
  return problems;
}

function isPlace(place: unknown): boolean {
  const names: unknown[] = Array.isArray(place) ? [...place] : [place];
  return names.length > 0 && names.every((name) => typeof name === 'string' && name !== '');
}

/** The members of a part; none if it is missing, or no object, which is a problem elsewhere. */
function membersOf(part: unknown): Readonly<Record<string, unknown>> {
  return typeof part === 'object' ? { ...part } : {};
}
