import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import type { AssertionAlgorithm } from '../banks/index.js';
import { ecKey, edKey, rsaKey } from './config.messages.js';

/** PEM as it often stands in environment variables, on one line with `\n` written out, on its own lines again. */
export function unfoldedPem(text: string): string {
  const line = text.trim();
  return line.includes('\n') ? text.replace(/^\ufeff/, '') : line.replaceAll(/(?:\\r)?\\n/g, '\n');
}

export function isPrivateKey(text: string): boolean {
  return privateKeyIn(text) !== undefined;
}

/** Whether it is one certificate, or begins with one and goes on with its chain. */
export function isCertificate(text: string): boolean {
  return certificateIn(text) !== undefined;
}

/** Whether the private key is that of the certificate; true where one of them cannot be read, which is told elsewhere. */
export function belongTogether(certificate: string, privateKey: string): boolean {
  const key = privateKeyIn(privateKey);
  return key === undefined || (certificateIn(certificate)?.checkPrivateKey(key) ?? true);
}

/** Curves as OpenSSL calls them. */
const CURVES: Partial<Record<AssertionAlgorithm, { readonly curve: string; readonly name: string }>> = {
  ES256: { curve: 'prime256v1', name: 'P-256' },
  ES384: { curve: 'secp384r1', name: 'P-384' },
  ES512: { curve: 'secp521r1', name: 'P-521' },
};

/** Why a private key cannot sign in this way (RFC 7518 §3, RFC 8037 §3.1); undefined where it can. */
export function signingKeyProblem(privateKey: string, algorithm: AssertionAlgorithm): string | undefined {
  const key = privateKeyIn(privateKey);
  if (key === undefined) return undefined;
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  const elliptic = CURVES[algorithm];
  if (elliptic !== undefined) {
    return details?.namedCurve === elliptic.curve ? undefined : ecKey(elliptic.name, algorithm);
  }
  if (algorithm === 'EdDSA') return type === 'ed25519' ? undefined : edKey(algorithm);
  const fits = type === 'rsa' && (details?.modulusLength ?? 0) >= 2048;
  return fits ? undefined : rsaKey(algorithm);
}

/** A key is looked at from several sides, and to parse it takes long. Not kept beyond that. */
let parsed: { readonly text: string; readonly key: KeyObject | undefined } | undefined;

function privateKeyIn(text: string): KeyObject | undefined {
  if (parsed?.text === text) return parsed.key;
  if (parsed === undefined) queueMicrotask(forgetParsed);
  parsed = { text, key: parsePrivateKey(text) };
  return parsed.key;
}

function forgetParsed(): void {
  parsed = undefined;
}

function parsePrivateKey(text: string): KeyObject | undefined {
  try {
    return createPrivateKey(unfoldedPem(text));
  } catch {
    return undefined;
  }
}

function certificateIn(text: string): X509Certificate | undefined {
  try {
    return new X509Certificate(unfoldedPem(text));
  } catch {
    return undefined;
  }
}
