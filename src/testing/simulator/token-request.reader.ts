import type { ClientAuthentication } from './bank-profile.types.js';
import { type HttpCall, headerValues } from './http-call.types.js';

/**
 * "BOG: Authentication Method", "TBC: Get Access Token": Base64 of plain `client_id:client_secret`. The id
 * ends at the first colon (RFC 7617 §2).
 */
export function basicCredentials(
  call: Pick<HttpCall, 'rawHeaders'>,
): { clientId: string; clientSecret: string } | undefined {
  const [header] = headerValues(call, 'authorization');
  const encoded = /^Basic ([A-Za-z0-9+/]+={0,2})$/.exec(header ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const sent = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = sent.indexOf(':');
  return colon < 0 ? undefined : { clientId: sent.slice(0, colon), clientSecret: sent.slice(colon + 1) };
}

/** The client id that a token request names, be the rest of it right or not. */
export function namedClient(call: HttpCall, authentication: ClientAuthentication): string | undefined {
  switch (authentication) {
    case 'basic-form':
      return basicCredentials(call)?.clientId;
    case 'apikey-form':
      return new URLSearchParams(call.body).get('client_id') ?? undefined;
    case 'json':
      return clientInJson(call.body);
  }
}

function clientInJson(body: string): string | undefined {
  try {
    const { client_id: clientId } = JSON.parse(body) as { client_id?: unknown };
    return typeof clientId === 'string' ? clientId : undefined;
  } catch {
    return undefined;
  }
}
