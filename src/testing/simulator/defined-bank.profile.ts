import { type BankContext, type BankCredentials, type BankDefinition, defineBank } from '../../index.js';
import { type BankErrors, oauthErrors } from './bank-error.shapes.js';
import type { BankProfile, DefinedBank, TokenCarrier, TokenGrant } from './bank-profile.types.js';
import { CONTEXTS } from './defined-texts.js';
import type { HttpReply } from './http-call.types.js';
import { setMember } from './member-place.js';
import { problemsOfAnswers } from './simulated-answers.checks.js';
import type { SimulatedAnswers, SimulatedCredentials } from './simulated-bank.types.js';
import { readable, valuesFor } from './simulated-values.js';

const HOUR = 3_600_000;

/** The credentials with which a definition is tried out. */
function probeOf(definition: BankDefinition): BankCredentials {
  const values = valuesFor(definition, (name) => `probe-${name}`) ?? {};
  return { clientId: PROBE_ID, clientSecret: 'probe-secret', apiKey: 'probe-key', values };
}

const PROBE_ID = 'probe-id';

/**
 * A bank that a definition of the user's own describes. Its errors have the form of RFC 6749 and RFC 6750, as a definition
 * says how to read a bank's errors, but not how the bank writes them.
 * @throws Error naming everything that cannot be simulated
 */
export function definedProfile(given: BankDefinition, said: SimulatedAnswers = {}): BankProfile {
  const definition = defineBank(given);
  const { id, tokenUrl, apiBaseUrl, clientAuthentication, tokenRequest, tokenResponse, options } = definition;
  const problems = problemsOfAnswers(said);
  const answers = problems.length === 0 ? said : {};
  const attempt = <T>(name: string, act: () => T): T | undefined => {
    try {
      return act();
    } catch (error) {
      problems.push(`${name} throws: ${String(error)}`);
      return undefined;
    }
  };
  const { method } = clientAuthentication;
  if (!CHECKED.has(method)) {
    problems.push(
      `it cannot check clientAuthentication '${method}': it speaks plain HTTP, and knows no certificates`,
    );
  } else if (options?.tlsCertificate === 'required') {
    problems.push('it cannot check a TLS client certificate (options.tlsCertificate): it speaks plain HTTP');
  }
  const probe = probeOf(definition);
  if ('audience' in clientAuthentication) {
    const { claims } = clientAuthentication;
    for (const context of CONTEXTS)
      attempt('clientAuthentication.claims', () => typeof claims === 'function' && claims(probe, context));
  }
  for (const context of CONTEXTS) {
    attempt('tokenRequest.headers', () => tokenRequest?.headers?.(probe, context));
    attempt('tokenRequest.parameters', () => {
      if (typeof tokenRequest?.parameters === 'function') tokenRequest.parameters(probe, context);
    });
  }
  const carrier = attempt('headers', () => carrierOf(definition));
  if (typeof carrier === 'string') problems.push(carrier);

  const base = pathOf(apiBaseUrl.sandbox ?? apiBaseUrl.production ?? '');
  const token = tokenUrl.sandbox ?? tokenUrl.production ?? '/oauth2/token';
  const tokenPath = token.startsWith('/') ? `${base}${token}` : pathOf(token) || '/';
  const scopes = options?.defaultScopes ?? options?.knownScopes ?? [];
  const { tokenRefused, credentialsRejected } = answers;
  const errors: BankErrors = { ...oauthErrors(id) };
  if (credentialsRejected !== undefined) errors.rejected = () => credentialsRejected;
  if (tokenRefused !== undefined) errors.refused = () => tokenRefused;
  else errors.refused = attempt('rejectsToken', () => refusalOf(definition, errors)) ?? errors.refused;
  const defined: DefinedBank = {
    definition,
    tokenMember: tokenResponse?.members?.accessToken ?? 'access_token',
    anyScope: options?.knownScopes === undefined,
    carrier: typeof carrier === 'object' ? carrier : BEARER,
  };
  const profile: BankProfile = {
    id,
    tokenPath,
    apiBasePath: base,
    clientAuthentication: 'defined',
    apiKeyOnResources: false,
    scopes: options?.knownScopes ?? scopes,
    scopeRequired: options?.scopes === 'required',
    lifetime: Math.min(HOUR, tokenResponse?.maxLifetime ?? HOUR),
    errors,
    defined,
    tokenBody: (grant) => tokenBody(definition, grant, answers.token),
    resources: () => [],
  };
  attempt('tokenResponse.errorCode', () => {
    const body = profile.tokenBody({ ...PROBE_GRANT, scopes });
    if (tokenResponse?.errorCode?.(body) === undefined) return;
    problems.push(
      'tokenResponse.errorCode sees an error in a response that has the token: say with answers.token what else a good one holds',
    );
  });
  attempt('tokenResponse', () => {
    if (isRejection(definition, errors.rejected('secret'))) return;
    problems.push(
      'the definition does not take answers.credentialsRejected for an answer to wrong credentials: its status has to be ' +
        '401, or tokenResponse.errorCode or tokenResponse.rejectsCredentials has to say so',
    );
  });
  attempt('rejectsToken', () => {
    if (isRefusal(definition, errors.refused('unknown'))) return;
    problems.push(
      'the definition does not take the answer to a wrong token for one: say with answers.tokenRefused how this bank answers then',
    );
  });
  if (problems.length > 0)
    throw new Error(`The simulator cannot be the bank '${id}': ${problems.join('; ')}.`);
  return profile;
}

/** Authentication methods whose proof the simulator can check. */
const CHECKED: ReadonlySet<string> = new Set([
  'client_secret_jwt',
  'private_key_jwt',
  'client_secret_basic',
  'client_secret_post',
  'client_secret_header',
]);

/** Codes by which any bank rejects credentials, besides those of its definition. */
const REJECTED_CODES: readonly unknown[] = [
  'invalid_client',
  'unauthorized_client',
  'invalid_scope',
  'invalid_grant',
];

/** An answer in the form that a definition reads. */
const shown = ({ status, body }: HttpReply) => ({
  status,
  body: typeof body === 'object' ? ({ ...body } as Record<string, unknown>) : undefined,
});

function isRejection({ tokenResponse = {} }: BankDefinition, reply: HttpReply): boolean {
  const answer = shown(reply);
  const { errorCode = ({ error }) => error as string | undefined, rejectsCredentials } = tokenResponse;
  const code = answer.body && errorCode(answer.body);
  const isError = answer.status >= 300 || code !== undefined;
  return (
    isError &&
    (answer.status === 401 || REJECTED_CODES.includes(code) || rejectsCredentials?.(answer) === true)
  );
}

function isRefusal({ rejectsToken, rejectsTokenOn = [] }: BankDefinition, reply: HttpReply): boolean {
  const asked = reply.status === 401 || rejectsTokenOn.includes(reply.status);
  return asked && rejectsToken?.(shown(reply)) !== false;
}

/** The answer of RFC 6750 with the first of the definition's statuses that it takes for one about the token. */
function refusalOf(definition: BankDefinition, { refused }: BankErrors): BankErrors['refused'] {
  const statuses = [...(definition.rejectsTokenOn ?? []), 401];
  const status = statuses.find((one) => isRefusal(definition, { ...refused('unknown'), status: one }));
  return (reason) => ({ ...refused(reason), ...(status === undefined ? {} : { status }) });
}

const PROBE_GRANT: Omit<TokenGrant, 'scopes'> = {
  clientId: PROBE_ID,
  issuedAt: 0,
  lifetime: HOUR,
  origin: '',
  issuer: { opaque: () => 'probe-token' } as TokenGrant['issuer'],
};

const BEARER: TokenCarrier = { header: 'authorization', shownAs: (token) => [`Bearer ${token}`] };

/** Found by trying, since `headers` is a function; a returned string is the reason why that failed. */
function carrierOf(definition: BankDefinition): TokenCarrier | string {
  const { headers } = definition;
  if (headers === undefined) return BEARER;
  const of = (value: string, context: BankContext) => headers({ value }, probeOf(definition), context);
  const names = CONTEXTS.map((context) => {
    const [one, again, other] = ['token-one', 'token-one', 'token-two'].map((value) => of(value, context));
    return Object.keys(one ?? {}).find(
      (name) => one?.[name] !== other?.[name] && one?.[name] === again?.[name],
    );
  });
  const [name] = names;
  if (name === undefined || names.some((other) => other !== name)) {
    return 'headers shows the token in no header in the same way each time, so it cannot tell which token a call bears';
  }
  const shownAs = (value: string, credentials: SimulatedCredentials) =>
    CONTEXTS.map((context) => headers({ value }, readable(credentials), context)[name] ?? '');
  return { header: name.toLowerCase(), shownAs };
}

/** A token response with the members that the definition reads, among those that `answers` adds. */
function tokenBody(
  { tokenResponse = {} }: BankDefinition,
  { issuedAt, lifetime, scopes, issuer }: TokenGrant,
  besides: Record<string, unknown> = {},
): Record<string, unknown> {
  const { members = {}, tokenType, tokenTypes = [], expiresIn, expiresAt } = tokenResponse;
  const body = { ...besides };
  setMember(body, members.accessToken ?? 'access_token', issuer.opaque());
  // An optional token type is left out: a client must do without it.
  if (tokenType !== 'optional') setMember(body, members.tokenType ?? 'token_type', tokenTypes[0] ?? 'Bearer');
  const end = issuedAt + lifetime;
  const instants = {
    date: new Date(end).toISOString(),
    'epoch-seconds': end / 1000,
    'epoch-milliseconds': end,
  };
  if (members.expiresAt !== undefined) setMember(body, members.expiresAt, instants[expiresAt ?? 'date']);
  // A bank that states an instant may state nothing else.
  if (members.expiresAt === undefined || members.expiresIn !== undefined || expiresIn !== undefined) {
    const stated = { ...instants, seconds: lifetime / 1000, milliseconds: lifetime };
    setMember(body, members.expiresIn ?? 'expires_in', stated[expiresIn ?? 'seconds']);
  }
  if (scopes.length > 0) setMember(body, members.scope ?? 'scope', scopes.join(' '));
  return body;
}

/** The path of a URL without the slash at its end; empty for the root. */
const pathOf = (url: string): string => (url === '' ? '' : new URL(url).pathname.replace(/\/+$/, ''));
