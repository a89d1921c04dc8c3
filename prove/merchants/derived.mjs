import { createHash, createHmac } from 'node:crypto';

/** The client id of a key, from its UTF-16 code units: keys that differ only by a lone surrogate have two ids. */
export function clientIdOf(merchant) {
  return `client-${createHash('sha256').update(merchant, 'utf16le').digest('base64url')}`;
}

/** A client's secret, derived from its id, so that no process has to store a hundred thousand of them. */
export function secretOf(clientId, generation = 0) {
  return createHmac('sha256', 'secret').update(`${generation} ${clientId}`).digest('base64url');
}

export function credentialsOf(merchant, generation = 0) {
  const clientId = clientIdOf(merchant);
  return { clientId, clientSecret: secretOf(clientId, generation) };
}
