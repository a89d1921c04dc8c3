import type { IncomingMessage, ServerResponse } from 'node:http';
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import { type MutableResponse, OAuth2Issuer, OAuth2Service } from 'oauth2-mock-server';
import { bearer, CLIENTS, type ForeignServerKind, SCOPES } from './foreign-server.js';
import { RestartableServer } from './restartable-server.js';

const LIFETIME = 60;

/** It believes everybody; the hooks that it has for that make it refuse. */
export const mockServer: Omit<ForeignServerKind, 'seen' | 'pass'> = {
  lifetime: LIFETIME,
  start: () => RestartableServer.start(boot),
};

async function boot(origin: string) {
  const issuer = new OAuth2Issuer();
  issuer.url = origin;
  await issuer.keys.generate('ES256');
  const service = new OAuth2Service(issuer);
  service.on('beforeTokenSigning', ({ payload }, request) => {
    payload.exp = payload.iat + LIFETIME;
    payload.client = clientOf(request);
  });
  service.on('beforeResponse', (answer: MutableResponse, request) => {
    const { scope = '' } = request.body;
    const unknown = scope.split(' ').some((name: string) => name !== '' && !SCOPES.includes(name as never));
    if (clientOf(request) === undefined) {
      Object.assign(answer, { statusCode: 401, body: { error: 'invalid_client' } });
    } else if (unknown) Object.assign(answer, { statusCode: 400, body: { error: 'invalid_scope' } });
    else Object.assign(answer.body, { expires_in: LIFETIME });
  });
  return async (request: IncomingMessage, response: ServerResponse) => {
    if (!request.url?.startsWith('/api/')) return service.requestHandler(request, response);
    const keys = createLocalJWKSet({ keys: issuer.keys.toJSON() } as JSONWebKeySet);
    const verified = await jwtVerify(bearer(request.headers.authorization), keys).catch(() => undefined);
    response.writeHead(verified ? 200 : 401, { 'content-type': 'application/json' });
    response.end(JSON.stringify(verified ? { client: verified.payload.client } : { error: 'invalid_token' }));
  };
}

/** Whom a token request proves to be, by Basic as RFC 7617 has it, or in the body. */
function clientOf({ headers, body }: { headers: IncomingMessage['headers']; body: any }): string | undefined {
  const basic = /^Basic (\S+)$/.exec(headers.authorization ?? '')?.[1];
  const sent =
    basic === undefined ? `${body.client_id}:${body.client_secret}` : Buffer.from(basic, 'base64').toString();
  return Object.values(CLIENTS).find(({ clientId, clientSecret }) => sent === `${clientId}:${clientSecret}`)
    ?.clientId;
}
