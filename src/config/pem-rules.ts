import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import type { AssertionAlgorithm } from '../banks/index.js';
import { ecKey, edKey, rsaKey } from './config.messages.js';

/** PEM with real line breaks: in environment variables it is often one line with `\n` written out. */
export function unfoldedPem(text: string): string {
  const line = text.trim();
  return line.includes('\n') ? text.replace(/^\ufeff/, '') : line.replaceAll(/(?:\\r)?\\n/g, '\n');
}

export function isPrivateKey(text: string): boolean {
  return privateKeyIn(text) !== undefined;
}

/** Whether a string is a certificate, or a certificate followed by its chain. */
export function isCertificate(text: string): boolean {
  return certificateIn(text) !== undefined;
}

/** Whether the private key belongs to the certificate; true if one cannot be read, which is reported elsewhere. */
export function belongTogether(certificate: string, privateKey: string): boolean {
  const key = privateKeyIn(privateKey);
  return key === undefined || (certificateIn(certificate)?.checkPrivateKey(key) ?? true);
}

/** Curves by OpenSSL's names and their usual names. */
const CURVES: Partial<Record<AssertionAlgorithm, { readonly curve: string; readonly name: string }>> = {
  ES256: { curve: 'prime256v1', name: 'P-256' },
  ES384: { curve: 'secp384r1', name: 'P-384' },
  ES512: { curve: 'secp521r1', name: 'P-521' },
};

/** Why a private key cannot sign with this algorithm (RFC 7518 §3, RFC 8037 §3.1); undefined if it can. */
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

/** The last parsed key, for the several checks of a key, since parsing is slow. Forgotten in the next microtask. */
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
