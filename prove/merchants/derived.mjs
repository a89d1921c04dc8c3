import { createHash, createHmac } from 'node:crypto';

/** A key as a client's id. Of its UTF-16 code units: keys that differ at all, if by a lone surrogate, have different ones. */
export function clientIdOf(merchant) {
  return `client-${createHash('sha256').update(merchant, 'utf16le').digest('base64url')}`;
}

/** Anybody can say what a client's secret is, so that nobody has to keep a hundred thousand of them. */
export function secretOf(clientId, generation = 0) {
  return createHmac('sha256', 'secret').update(`${generation} ${clientId}`).digest('base64url');
}

export function credentialsOf(merchant, generation = 0) {
  const clientId = clientIdOf(merchant);
  return { clientId, clientSecret: secretOf(clientId, generation) };
}
