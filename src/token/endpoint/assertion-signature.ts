import { types } from 'node:util';
import type { AssertionAlgorithm } from '../../banks/index.js';
import { describeForeignFailure, type VersionedCredentials } from '../../credentials/index.js';
import { inNobodysContext } from '../async-context.js';
import { type TokenFailure, tokenFailure } from '../token-failure.js';
import {
  oddSignature,
  SIGNER_WITHOUT_BYTES,
  signatureLength,
  signerFailed,
} from '../token-failure.messages.js';

type Signer = NonNullable<VersionedCredentials['signer']>;

/** Bytes of r and s together (RFC 7518 §3.4), and of Ed25519 (RFC 8032 §5.1.6). */
const LENGTHS: Partial<Record<AssertionAlgorithm, number>> = { ES256: 64, ES384: 96, ES512: 132, EdDSA: 64 };
/** Bytes, for RSA keys from 2048 bits, which RFC 7518 §3.3 requires, to the longest that OpenSSL verifies with. */
const RSA = { least: 256, most: 2048 };

/**
 * The signature that the user's function makes, in the context of no caller.
 * @throws TokenFailure that tells only the class, status and code of a thrown error, and only the length of a signature
 */
export async function signatureBy(
  signer: Signer,
  data: string,
  algorithm: AssertionAlgorithm,
): Promise<Uint8Array> {
  let signature: unknown;
  try {
    // Called with a copy, and as a plain function, not as a method of ours.
    signature = await inNobodysContext(() => signer(new TextEncoder().encode(data), algorithm));
  } catch (error) {
    throw unusable(signerFailed(describeForeignFailure(error)));
  }
  if (!types.isUint8Array(signature)) throw unusable(SIGNER_WITHOUT_BYTES);
  const { length } = signature;
  const wanted = LENGTHS[algorithm];
  if (wanted !== undefined && length !== wanted) throw unusable(oddSignature(algorithm, length, wanted));
  if (wanted === undefined && (length < RSA.least || length > RSA.most))
    throw unusable(signatureLength(algorithm, length));
  return signature;
}

function unusable(reason: string): TokenFailure {
  return tokenFailure({ kind: 'credentials-unreadable', reason });
}
