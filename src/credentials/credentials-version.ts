import { createHmac } from 'node:crypto';
import { CREDENTIAL_FIELDS, CREDENTIAL_NAMES, type CredentialValues } from '../config/index.js';
import type { VersionedCredentials } from './credentials-source.js';

// The same in every replica, so that they can tell whether they have the same credentials. A version is therefore as
// secret as the credentials: it is compared, and leaves the process in encrypted records only.
const key = 'nestjs-bank-auth credentials version 1';

/**
 * Gives credentials a version that is the same wherever they are.
 * @param own the source's own version, in place of a version made of the values. It is hashed as well, so that no
 *   source can give credentials the version of others by chance: replicas compare this version only, and two that read
 *   different values under one version take them for the same.
 */
export function versioned(values: CredentialValues, own?: string): VersionedCredentials {
  const given = CREDENTIAL_NAMES.filter((name) => values[name] !== undefined).map((name) => [
    name,
    values[name],
  ]);
  const compared = given.filter(([name]) => CREDENTIAL_FIELDS[name as 'signer'].isOfVersion);
  const version = createHmac('sha256', key)
    // JSON, so that no character in one of them can make two sets equal. A set begins with a list, not with a string.
    .update(JSON.stringify(own === undefined ? compared : ['version', own]))
    .digest('base64url');
  return { ...Object.fromEntries(given), version };
}
