import { randomBytes } from 'node:crypto';
import type { BankProfile } from './bank-profile.types.js';
import type { SimulatedCredentials } from './simulated-bank.types.js';
import { makePrivateKey } from './simulated-keys.js';
import { valuesFor } from './simulated-values.js';

/**
 * Fills up the given credentials with random ones. Characters that change under form encoding show whether Basic
 * credentials are sent raw, as the banks' pages write them (RFC 6749 §2.3.1 would encode them). A secret that travels
 * in a form has none of them, so that a search for it in a log finds it also where a whole form was logged.
 */
export function makeCredentials(
  profile: BankProfile,
  given: Partial<SimulatedCredentials> = {},
): SimulatedCredentials {
  const { clientAuthentication, apiKeyOnResources, defined } = profile;
  const authentication = defined?.definition.clientAuthentication;
  const inForm =
    clientAuthentication === 'apikey-form' ||
    (authentication?.method === 'client_secret_post' && defined?.definition.tokenRequest?.format !== 'json');
  const rawBasic = defined
    ? authentication?.method === 'client_secret_basic' && authentication.encoding !== 'rfc6749'
    : clientAuthentication === 'basic-form';
  const isHashed = authentication?.method === 'client_secret_jwt';
  // One call, because each call costs more than its bytes.
  const random = randomBytes(44).toString('hex');
  const secret = random.slice(16, 56);
  const credentials: SimulatedCredentials = {
    clientId: given.clientId ?? `client-${random.slice(0, 16)}`,
    // Twice, since a key of an HMAC is as long as the hash (RFC 7518 §3.2).
    clientSecret: given.clientSecret ?? (inForm ? secret : `${secret}+/:%3D=`.repeat(isHashed ? 2 : 1)),
  };
  const isSigned = authentication?.method === 'private_key_jwt';
  const isWithoutSecret =
    isSigned ||
    (authentication?.method === 'client_secret_header' && authentication.names.clientSecret === undefined);
  if (isSigned) credentials.privateKey = given.privateKey ?? makePrivateKey(authentication.algorithm);
  if (apiKeyOnResources || defined?.definition.options?.apiKey === 'required')
    credentials.apiKey = given.apiKey ?? random.slice(56);
  const values =
    defined === undefined
      ? undefined
      : valuesFor(defined.definition, (name) => given.values?.[name] ?? randomBytes(8).toString('hex'));
  for (const [name, value] of Object.entries(credentials)) {
    if (isWithoutSecret && name === 'clientSecret') credentials.clientSecret = '';
    else if (typeof value !== 'string' || value === '')
      throw new TypeError(`${name} must be a string, and not empty.`);
  }
  if (rawBasic && credentials.clientId.includes(':')) {
    throw new TypeError('A clientId has no colon here: in a Basic header it would end there (RFC 7617 §2).');
  }
  return values === undefined ? credentials : { ...credentials, values: Object.freeze(values) };
}
