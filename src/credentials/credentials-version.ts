import { createHmac, randomBytes } from 'node:crypto';
import type { VersionedCredentials } from './credentials-source.js';

// Of this process only: a version is compared, never stored where somebody could try secrets against it.
const key = randomBytes(32);

/** Gives credentials a version that tells nothing about them. */
export function versioned({
  clientId,
  clientSecret,
  apiKey,
}: Omit<VersionedCredentials, 'version'>): VersionedCredentials {
  const version = createHmac('sha256', key)
    // JSON, so that no character in one of them can make two sets equal.
    .update(JSON.stringify([clientId, clientSecret, apiKey ?? null]))
    .digest('base64url');
  return { clientId, clientSecret, ...(apiKey === undefined ? {} : { apiKey }), version };
}
