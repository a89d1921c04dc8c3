import { type BankDefinition, defineBank } from '../../index.js';
import { oauthErrors } from './bank-error.shapes.js';
import type { BankProfile, DefinedBank, TokenCarrier, TokenGrant } from './bank-profile.types.js';
import type { SimulatedAnswers, SimulatedCredentials } from './simulated-bank.types.js';

const HOUR = 3_600_000;

/** Whose values stand for a client's where a definition is tried out. */
const PROBE: SimulatedCredentials = {
  clientId: 'probe-id',
  clientSecret: 'probe-secret',
  apiKey: 'probe-key',
};

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
  if (method !== 'client_secret_basic' && method !== 'client_secret_post') {
    problems.push(
      `it cannot check clientAuthentication '${method}': it speaks plain HTTP and knows secrets, but no certificates and no keys`,
    );
  } else if (options?.tlsCertificate === 'required') {
    problems.push('it cannot check a TLS client certificate (options.tlsCertificate): it speaks plain HTTP');
  }
  attempt('tokenRequest.headers', () => tokenRequest?.headers?.(PROBE));
  const carrier = attempt('headers', () => carrierOf(definition));
  if (typeof carrier === 'string') problems.push(carrier);

  const base = pathOf(apiBaseUrl.sandbox ?? apiBaseUrl.production ?? '');
  const token = tokenUrl.sandbox ?? tokenUrl.production ?? '/oauth2/token';
  const tokenPath = token.startsWith('/') ? `${base}${token}` : pathOf(token) || '/';
  const scopes = options?.defaultScopes ?? options?.knownScopes ?? [];
  const errors = { ...oauthErrors(id) };
  const { tokenRefused } = answers;
  if (tokenRefused !== undefined) errors.refused = () => tokenRefused;
  const defined: DefinedBank = {
    definition,
    tokenMember: tokenResponse?.members?.accessToken ?? 'access_token',
    anyScope: options?.knownScopes === undefined,
    carrier: typeof carrier === 'object' ? carrier : { header: 'authorization', shownAs: bearer },
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
    tokenBody: (grant) => ({ ...answers.token, ...tokenBody(definition, grant) }),
    resources: () => [],
  };
  attempt('tokenResponse.errorCode', () => {
    const body = profile.tokenBody({ ...PROBE_GRANT, scopes });
    if (tokenResponse?.errorCode?.(body) === undefined) return;
    problems.push(
      'tokenResponse.errorCode sees an error in a response that has the token: say with answers.token what else a good one holds',
    );
  });
  attempt('rejectsToken', () => {
    const { status, body } = errors.refused('unknown');
    const asked = status === 401 || definition.rejectsTokenOn?.includes(status) === true;
    const answer = { status, body: typeof body === 'object' ? { ...body } : undefined };
    if (asked && definition.rejectsToken?.(answer) !== false) return;
    problems.push(
      'the definition does not take the answer to a wrong token for one: say with answers.tokenRefused how this bank answers then',
    );
  });
  if (problems.length > 0)
    throw new Error(`The simulator cannot be the bank '${id}': ${problems.join('; ')}.`);
  return profile;
}

/** What somebody has misspelt would be what the simulator answers by itself. */
function problemsOfAnswers(answers: unknown): string[] {
  if (!isObject(answers)) return ['answers must be an object of token and tokenRefused'];
  const { token, tokenRefused, ...unknown } = answers;
  const problems = Object.keys(unknown).map(
    (name) => `answers has no member '${name}': there are token and tokenRefused`,
  );
  if (token !== undefined && !isObject(token)) problems.push('answers.token must be an object');
  if (tokenRefused !== undefined && !isStatus((tokenRefused as { status?: unknown } | null)?.status)) {
    problems.push('answers.tokenRefused must have a status, a whole number from 200 to 599');
  }
  return problems;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isStatus = (value: unknown): boolean =>
  Number.isInteger(value) && Number(value) >= 200 && Number(value) <= 599;

const PROBE_GRANT: Omit<TokenGrant, 'scopes'> = {
  clientId: PROBE.clientId,
  issuedAt: 0,
  lifetime: HOUR,
  origin: '',
  issuer: { opaque: () => 'probe-token' } as TokenGrant['issuer'],
};

const bearer = (token: string): string => `Bearer ${token}`;

/** Found by trying, since `headers` is a function; a text says why it cannot be. */
function carrierOf({ headers }: BankDefinition): TokenCarrier | string {
  if (headers === undefined) return { header: 'authorization', shownAs: bearer };
  const of = (value: string) => headers({ value }, PROBE);
  const [one, again, other] = [of('token-one'), of('token-one'), of('token-two')];
  const names = Object.keys(one).filter((name) => one[name] !== other[name] && one[name] === again[name]);
  const [name] = names;
  if (name === undefined) {
    return 'headers shows the token in no header in the same way each time, so it cannot tell which token a call bears';
  }
  const shownAs = (value: string, credentials: SimulatedCredentials) =>
    headers({ value }, credentials)[name] ?? '';
  return { header: name.toLowerCase(), shownAs };
}

function tokenBody({ tokenResponse = {} }: BankDefinition, grant: TokenGrant): Record<string, unknown> {
  const { members = {}, tokenTypes = [], expiresIn = 'seconds' } = tokenResponse;
  const { issuedAt, lifetime, scopes, issuer } = grant;
  const stated = {
    seconds: lifetime / 1000,
    milliseconds: lifetime,
    'epoch-seconds': (issuedAt + lifetime) / 1000,
    'epoch-milliseconds': issuedAt + lifetime,
  }[expiresIn];
  const body: Record<string, unknown> = {
    [members.accessToken ?? 'access_token']: issuer.opaque(),
    [members.tokenType ?? 'token_type']: tokenTypes[0] ?? 'Bearer',
    [members.expiresIn ?? 'expires_in']: stated,
  };
  if (scopes.length > 0) body[members.scope ?? 'scope'] = scopes.join(' ');
  return body;
}

/** The path of a URL without the slash at its end; empty for the root. */
const pathOf = (url: string): string => (url === '' ? '' : new URL(url).pathname.replace(/\/+$/, ''));
