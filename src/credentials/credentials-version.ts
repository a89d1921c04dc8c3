import { createHmac } from 'node:crypto';
import type { CredentialValues } from '../config/index.js';
import type { VersionedCredentials } from './credentials-source.js';

// The same in every replica, so that they can tell whether they have the same credentials. A version is therefore as
// secret as what it is made of: it is compared, and leaves the process in encrypted records only.
const key = 'nestjs-bank-auth credentials version 1';

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

/** Gives credentials a version that is the same wherever they are. */
export function versioned(values: CredentialValues): VersionedCredentials {
  const given = NAMES.filter((name) => values[name] !== undefined).map((name) => [name, values[name]]);
  const version = createHmac('sha256', key)
    // JSON, so that no character in one of them can make two sets equal.
    .update(JSON.stringify(given))
    .digest('base64url');
  return { ...Object.fromEntries(given), version };
}
