import { createPrivateKey, randomUUID } from 'node:crypto';
import type { ClientAuthentication } from '../../banks/index.js';
import type { VersionedCredentials } from '../../credentials/index.js';
import { unusableCredentials } from '../token-failure.js';
import { ASSERTION_KEY, JOSE } from '../token-failure.messages.js';

/** What the assertion is for. */
export interface AssertionPurpose {
  readonly algorithm: Extract<ClientAuthentication, { method: 'private_key_jwt' }>['algorithm'];
  readonly audience: string;
  /** Milliseconds. */
  readonly lifetime: number;
  /** Milliseconds since the Unix epoch. */
  readonly wall: number;
}

/**
 * A JWT by which the client proves that it holds its private key (RFC 7523 §3): for one request, since its `jti` may be
 * used once only.
 * @throws TokenFailure if the key does not sign in this way, or jose cannot be loaded
 */
export async function signAssertion(
  { clientId, privateKey = '', keyId }: VersionedCredentials,
  { algorithm, audience, lifetime, wall }: AssertionPurpose,
): Promise<string> {
  const { SignJWT } = await loadJose();
  const issuedAt = Math.floor(wall / 1000);
  const assertion = new SignJWT({})
    .setProtectedHeader({ alg: algorithm, typ: 'JWT', ...(keyId === undefined ? {} : { kid: keyId }) })
    .setIssuer(clientId)
    .setSubject(clientId)
    .setAudience(audience)
    .setJti(randomUUID())
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + Math.ceil(lifetime / 1000));
  try {
    return await assertion.sign(createPrivateKey(privateKey));
  } catch (error) {
    throw unusableCredentials(ASSERTION_KEY, error);
  }
}

/** Loaded where it is needed only: few banks want assertions. */
async function loadJose(): Promise<typeof import('jose')> {
  try {
    return await import('jose');
  } catch (error) {
    throw unusableCredentials(JOSE, error);
  }
}
