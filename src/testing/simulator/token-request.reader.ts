import type { ClientAuthentication } from '../../index.js';
import type { BankProfile } from './bank-profile.types.js';
import { type HttpCall, headerValues } from './http-call.types.js';

/**
 * "BOG: Authentication Method", "TBC: Get Access Token": Base64 of plain `client_id:client_secret`. The id
 * ends at the first colon (RFC 7617 §2). A definition may say that both are form-encoded first (RFC 6749 §2.3.1).
 */
export function basicCredentials(
  call: Pick<HttpCall, 'rawHeaders'>,
  encoding: 'raw' | 'rfc6749' = 'raw',
): { clientId: string; clientSecret: string } | undefined {
  const [header] = headerValues(call, 'authorization');
  const encoded = /^Basic ([A-Za-z0-9+/]+={0,2})$/.exec(header ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const sent = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = sent.indexOf(':');
  if (colon < 0) return undefined;
  const decode = (text: string) =>
    encoding === 'raw'
      ? text
      : (new URLSearchParams(`text=${text.replaceAll('&', '%26')}`).get('text') ?? '');
  return { clientId: decode(sent.slice(0, colon)), clientSecret: decode(sent.slice(colon + 1)) };
}

/** The names of the parameters or headers by which a definition lets a client send its credentials. */
export function sentNames(authentication: ClientAuthentication): {
  readonly clientId: string;
  readonly clientSecret: string | undefined;
} {
  if (authentication.method === 'client_secret_header')
    return { clientSecret: undefined, ...authentication.names };
  const { names = {} } = authentication as { names?: { clientId?: string; clientSecret?: string } };
  return { clientId: 'client_id', clientSecret: 'client_secret', ...names };
}

/** The client id that a token request names, whether the rest of the request is right or not. */
export function namedClient(
  call: HttpCall,
  { clientAuthentication, defined }: Pick<BankProfile, 'clientAuthentication' | 'defined'>,
): string | undefined {
  const definition = defined?.definition;
  const authentication = definition?.clientAuthentication;
  if (clientAuthentication === 'basic-form') return basicCredentials(call)?.clientId;
  if (authentication?.method === 'client_secret_basic') {
    return basicCredentials(call, authentication.encoding)?.clientId;
  }
  const name = authentication === undefined ? 'client_id' : sentNames(authentication).clientId;
  if (authentication?.method === 'client_secret_header') return headerValues(call, name.toLowerCase())[0];
  return clientAuthentication === 'json' || definition?.tokenRequest?.format === 'json'
    ? clientInJson(call.body, name)
    : (new URLSearchParams(call.body).get(name) ?? undefined);
}

function clientInJson(body: string, name: string): string | undefined {
  try {
    const clientId = (JSON.parse(body) as Record<string, unknown>)[name];
    return typeof clientId === 'string' ? clientId : undefined;
  } catch {
    return undefined;
  }
}
