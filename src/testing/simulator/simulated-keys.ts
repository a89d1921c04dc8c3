import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { AssertionAlgorithm } from '../../index.js';

const CURVES: Partial<Record<AssertionAlgorithm, string>> = {
  ES256: 'P-256',
  ES384: 'P-384',
  ES512: 'P-521',
};

/** A private key for this algorithm, as PEM. */
export function makePrivateKey(algorithm: AssertionAlgorithm): string {
  return keyFor(algorithm).export({ type: 'pkcs8', format: 'pem' }) as string;
}

function keyFor(algorithm: AssertionAlgorithm): KeyObject {
  const namedCurve = CURVES[algorithm];
  if (namedCurve !== undefined) return generateKeyPairSync('ec', { namedCurve }).privateKey;
  if (algorithm === 'EdDSA') return generateKeyPairSync('ed25519').privateKey;
  return generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
}
