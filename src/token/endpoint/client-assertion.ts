import { createHmac, createPrivateKey, randomUUID } from 'node:crypto';
import { defer, merge, mergeMap, type Observable, take, throwError } from 'rxjs';
import type { BankEnvironment, ClientAuthentication } from '../../banks/index.js';
import { readAssertion, type VersionedCredentials } from '../../credentials/index.js';
import type { Clock } from '../../time/clock.js';
import { afterRunning } from '../../time/running-time.js';
import { tokenFailure, unusableCredentials } from '../token-failure.js';
import { ASSERTION_KEY, JOSE, signerLate, UNUSABLE_CLAIMS } from '../token-failure.messages.js';
import { signatureBy } from './assertion-signature.js';
import { hasMembersOnly, madeAtOnce } from './made-by-definition.js';
import { bankCredentials } from './token-request.js';

/** The part of a definition that describes assertions. */
type Asked = Extract<ClientAuthentication, { readonly audience: unknown }>;

interface AssertionContext {
  readonly environment: BankEnvironment;
  readonly clock: Clock;
  /** Milliseconds that a signer has. */
  readonly timeMs: number;
}

/** RFC 10070 §4. */
const TYPE = 'client-authentication+jwt';
/** Milliseconds that an assertion is valid by default: enough for clocks that differ. */
const LIFETIME = 60_000;

/**
 * Emits a JWT by which the client proves that it holds its key (RFC 7523 §3): for one request, since its `jti` may be
 * used once only. Errors with a `TokenFailure` if the key does not sign, a file holds no assertion or jose cannot be
 * loaded, and with any error of a function of the definition.
 */
export function assertionFor(
  credentials: VersionedCredentials,
  asked: Asked,
  context: AssertionContext,
): Observable<string> {
  const { assertionFile, signer } = credentials;
  if (asked.method === 'private_key_jwt') {
    if (assertionFile !== undefined) return defer(() => assertionIn(assertionFile));
    if (signer !== undefined) {
      const { algorithm } = asked;
      const signed = defer(() =>
        joined(credentials, asked, context, (data) => signatureBy(signer, data, algorithm)),
      );
      return withinTime(signed, context);
    }
    return defer(() => signedByKey(credentials, asked, context));
  }
  const hash = `sha${asked.algorithm.slice(2)}`;
  return defer(() =>
    joined(credentials, asked, context, (data) =>
      createHmac(hash, credentials.clientSecret).update(data).digest(),
    ),
  );
}

async function assertionIn(path: string): Promise<string> {
  try {
    return await readAssertion(path);
  } catch (error) {
    throw tokenFailure({ kind: 'credentials-unreadable', reason: (error as Error).message });
  }
}

function withinTime(signed: Observable<string>, { timeMs, clock }: AssertionContext): Observable<string> {
  const late = afterRunning(timeMs, clock).pipe(
    mergeMap(() =>
      throwError(() => tokenFailure({ kind: 'credentials-unreadable', reason: signerLate(timeMs) })),
    ),
  );
  return merge(signed, late).pipe(take(1));
}

async function signedByKey(
  credentials: VersionedCredentials,
  asked: Asked,
  context: AssertionContext,
): Promise<string> {
  const { header, claims } = partsOf(credentials, asked, context);
  const { SignJWT } = await loadJose();
  try {
    const key = createPrivateKey(credentials.privateKey ?? '');
    return await new SignJWT(claims).setProtectedHeader(header).sign(key);
  } catch (error) {
    throw unusableCredentials(ASSERTION_KEY, error);
  }
}

/** The compact form (RFC 7515 §7.1). */
async function joined(
  credentials: VersionedCredentials,
  asked: Asked,
  context: AssertionContext,
  sign: (data: string) => Uint8Array | Promise<Uint8Array>,
): Promise<string> {
  const { header, claims } = partsOf(credentials, asked, context);
  const data = [header, claims].map((part) => encoded(JSON.stringify(part))).join('.');
  return `${data}.${encoded(await sign(data))}`;
}

function encoded(part: string | Uint8Array): string {
  return Buffer.from(part as Uint8Array).toString('base64url');
}

/** RFC 7523 §3; the audience is the server's issuer identifier, and the only one (RFC 10070). */
function partsOf(credentials: VersionedCredentials, asked: Asked, { environment, clock }: AssertionContext) {
  const { clientId, keyId } = credentials;
  const { algorithm, audience, type = TYPE, issuer = clientId, lifetime = LIFETIME } = asked;
  const issuedAt = Math.floor(clock.wall() / 1000);
  const own = {
    iss: issuer,
    sub: clientId,
    aud: audience[environment] as string,
    jti: randomUUID(),
    iat: issuedAt,
    exp: issuedAt + Math.ceil(lifetime / 1000),
  };
  return {
    header: { alg: algorithm, typ: type, ...(keyId === undefined ? {} : { kid: keyId }) },
    claims: { ...furtherClaims(credentials, asked, environment, [...Object.keys(own), 'nbf']), ...own },
  };
}

/** The further claims of the definition, as a copy, since its function may return anything. */
function furtherClaims(
  credentials: VersionedCredentials,
  { claims = {} }: Asked,
  environment: BankEnvironment,
  reserved: readonly string[],
): Record<string, unknown> {
  const given: unknown =
    typeof claims === 'function' ? madeAtOnce(claims(bankCredentials(credentials), { environment })) : claims;
  const copy: unknown = hasMembersOnly(given) ? JSON.parse(JSON.stringify(given) ?? 'null') : undefined;
  const isObject = typeof copy === 'object' && copy !== null && !Array.isArray(copy);
  if (!isObject || reserved.some((name) => Object.hasOwn(copy, name))) {
    throw tokenFailure({ kind: 'invalid', reason: UNUSABLE_CLAIMS, trouble: 'definition' });
  }
  return copy as Record<string, unknown>;
}

/** Loads jose only where it is needed: few banks want assertions. */
async function loadJose(): Promise<typeof import('jose')> {
  try {
    return await import('jose');
  } catch (error) {
    throw unusableCredentials(JOSE, error);
  }
}
