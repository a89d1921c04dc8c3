import { createHmac, randomBytes } from 'node:crypto';
import type { CredentialValues } from '../config/index.js';
import type { VersionedCredentials } from './credentials-source.js';

// Of this process only: a version is compared, never stored where somebody could try secrets against it.
const key = randomBytes(32);

const NAMES = [
  'clientId',
  'clientSecret',
  'apiKey',
  'privateKey',
  'keyId',
  'tlsCertificate',
  'tlsKey',
  'tlsCa',
] as const satisfies readonly (keyof CredentialValues)[];

/** Gives credentials a version that tells nothing about them. */
export function versioned(values: CredentialValues): VersionedCredentials {
  const given = NAMES.filter((name) => values[name] !== undefined).map((name) => [name, values[name]]);
  const version = createHmac('sha256', key)
    // JSON, so that no character in one of them can make two sets equal.
    .update(JSON.stringify(given))
    .digest('base64url');
  return { ...Object.fromEntries(given), version };
}
