import { constants, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { types } from 'node:util';

/** In bits: below, RSA signatures can be forged; above, the key's owner could make each check arbitrarily expensive. */
const SHORTEST_KEY = 2048;
const LONGEST_KEY = 16_384;
/** In characters, more than the longest key has. */
const LONGEST_PEM = 16_384;
/** Public keys only: a private key in this place is a secret in the wrong hands, and works nowhere. */
const PUBLIC_PEM = /^\s*-----BEGIN (RSA )?PUBLIC KEY-----[\s\S]*-----END \1PUBLIC KEY-----\s*$/;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/**
 * Whether Bank of Georgia has signed a callback of `bog-payments`: the header `Callback-Signature` is base64 of
 * SHA256withRSA (RFC 8017, RSASSA-PKCS1-v1_5) over the body as it was received. Returns `false` also for an invalid
 * body, signature or key, and never throws. A signature of the wrong length is refused before anything is computed.
 *
 * @param rawBody the bytes as received, before any parser: JSON that was parsed and written again has other bytes
 * @param signature the value of the header `Callback-Signature`
 * @param publicKey the bank's key of the environment: PEM (`PUBLIC KEY` or `RSA PUBLIC KEY`), or a key made once by
 *   `createPublicKey(pem)`, which throws if the PEM is broken. RSA of 2048 to 16384 bits. None is built in.
 */
export function verifyBogCallback(
  rawBody: Buffer,
  signature: string,
  publicKey: KeyObject | string,
): boolean {
  try {
    // From JavaScript callers: a request without the header, or without `rawBody: true`.
    if (!types.isUint8Array(rawBody) || typeof signature !== 'string') return false;
    const key = rsaPublicKey(publicKey);
    if (key === undefined) return false;
    const bytes = bytesOf(signature, key.bytes);
    if (bytes === undefined) return false;
    return verify('sha256', rawBody, { key: key.key, padding: constants.RSA_PKCS1_PADDING }, bytes);
  } catch {
    return false;
  }
}

function rsaPublicKey(given: unknown): { key: KeyObject; bytes: number } | undefined {
  const key = typeof given === 'string' ? keyOfPem(given) : given;
  if (!types.isKeyObject(key) || key.type !== 'public' || key.asymmetricKeyType !== 'rsa') return undefined;
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  if (bits < SHORTEST_KEY || bits > LONGEST_KEY) return undefined;
  return { key, bytes: Math.ceil(bits / 8) };
}

function keyOfPem(pem: string): KeyObject | undefined {
  return pem.length <= LONGEST_PEM && PUBLIC_PEM.test(pem) ? createPublicKey(pem) : undefined;
}

/** Refuses invalid base64, which Node.js would skip: many strings would be the same signature. */
function bytesOf(signature: string, length: number): Buffer | undefined {
  if (signature.length !== 4 * Math.ceil(length / 3) || !BASE64.test(signature)) return undefined;
  const bytes = Buffer.from(signature, 'base64');
  return bytes.length === length && bytes.toString('base64') === signature ? bytes : undefined;
}
