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

/** The client id that a token request names, be the rest of it right or not. */
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
  return clientAuthentication === 'json' || definition?.tokenRequest?.format === 'json'
    ? clientInJson(call.body)
    : (new URLSearchParams(call.body).get('client_id') ?? undefined);
}

function clientInJson(body: string): string | undefined {
  try {
    const { client_id: clientId } = JSON.parse(body) as { client_id?: unknown };
    return typeof clientId === 'string' ? clientId : undefined;
  } catch {
    return undefined;
  }
}
