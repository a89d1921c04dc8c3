import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import type { EncryptionKey } from './encryption-keys.js';

const NONCE = 12;
const TAG = 16;

/**
 * Encrypts a value with AES-256-GCM, bound to its place: it decrypts in no other place.
 * @returns nonce, tag and ciphertext in one, as base64url
 */
export function seal(value: unknown, key: EncryptionKey, context: readonly string[]): string {
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv('aes-256-gcm', key.cipher, nonce);
  cipher.setAAD(contextOf(key, context));
  const text = Buffer.concat([cipher.update(JSON.stringify(value), 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), text]).toString('base64url');
}

/** The value sealed for this place with this key; undefined for any other string. */
export function open(sealed: string, key: EncryptionKey, context: readonly string[]): unknown {
  try {
    const bytes = Buffer.from(sealed, 'base64url');
    // The unused last bits of base64 could be changed unnoticed.
    if (bytes.toString('base64url') !== sealed) return undefined;
    const decipher = createDecipheriv('aes-256-gcm', key.cipher, bytes.subarray(0, NONCE), {
      authTagLength: TAG,
    });
    decipher.setAAD(contextOf(key, context));
    decipher.setAuthTag(bytes.subarray(NONCE, NONCE + TAG));
    const text = Buffer.concat([decipher.update(bytes.subarray(NONCE + TAG)), decipher.final()]);
    return JSON.parse(text.toString('utf8'));
  } catch {
    return undefined;
  }
}

/** The digest by which others can compare tokens: without the key, nobody can tell which token it belongs to. */
export function digestOf(fingerprint: string, key: EncryptionKey): string {
  return createHmac('sha256', key.digest).update(fingerprint).digest('base64url');
}

/**
 * The version of the form of all records and messages; part of the names of keys too. A new form gets a new number, so
 * that replicas of two versions neither read nor replace each other's records.
 */
export const RECORD_FORM = 2;

/** JSON, so that no part can run into the next. */
function contextOf(key: EncryptionKey, context: readonly string[]): Buffer {
  return Buffer.from(JSON.stringify(['nestjs-bank-auth', RECORD_FORM, key.id, ...context]));
}

/** Whether this string has the form of a key id. */
export function isKeyId(text: string): boolean {
  return /^[A-Za-z0-9_-]{12}$/.test(text);
}
