import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  AuthorizationServer,
  DateInterval,
  type OAuthClient,
  OAuthRequest,
  type OAuthToken,
} from '@jmondi/oauth2-server';
import { handleVanillaError, requestFromVanilla, responseToVanilla } from '@jmondi/oauth2-server/vanilla';
import { bearer, CLIENTS, type ForeignServerKind, SCOPES } from './foreign-server.js';
import { RestartableServer, textOf } from './restartable-server.js';

const LIFETIME = 60;

export const jmondi: Omit<ForeignServerKind, 'seen' | 'pass'> = {
  lifetime: LIFETIME,
  start: () => RestartableServer.start(async (origin) => listener(authorizationServer(), origin)),
};

function authorizationServer(): AuthorizationServer {
  const tokens = new Map<string, OAuthToken>();
  const clients = Object.values(CLIENTS).map(
    ({ clientId, clientSecret }): OAuthClient => ({
      id: clientId,
      name: clientId,
      secret: clientSecret,
      redirectUris: [],
      allowedGrants: ['client_credentials'],
      scopes: [],
    }),
  );
  const none = async (): Promise<never> => {
    throw new Error('there are no refresh tokens');
  };
  const server = new AuthorizationServer(
    {
      getByIdentifier: async (id) => clients.find((client) => client.id === id) as OAuthClient,
      isClientValid: async (_grant, client, secret) => client.secret === secret,
    },
    {
      issueToken: async (client, scopes) => ({
        accessToken: randomUUID(),
        accessTokenExpiresAt: new Date(0),
        client,
        scopes,
      }),
      persist: async (token) => void tokens.set(token.accessToken, token),
      getByAccessToken: async (id) => tokens.get(id) as OAuthToken,
      issueRefreshToken: none,
      revoke: none,
      isRefreshTokenRevoked: none,
      getByRefreshToken: none,
    },
    {
      getAllByIdentifiers: async (names) =>
        SCOPES.filter((scope) => names.includes(scope)).map((name) => ({ name })),
      finalize: async (scopes) => scopes,
    },
    randomUUID(),
    { authenticateIntrospect: false },
  );
  server.enableGrantTypes(['client_credentials', new DateInterval(`${LIFETIME}s`)]);
  return server;
}

function listener(server: AuthorizationServer, origin: string) {
  return async (request: IncomingMessage, response: ServerResponse) => {
    const headers = { 'content-type': 'application/json' };
    if (request.url !== '/token') {
      const { body } = await server.introspect(
        new OAuthRequest({ body: { token: bearer(request.headers.authorization) } }),
      );
      // RFC 6750 §3.1, which the library leaves to its users.
      const challenge = { 'www-authenticate': 'Bearer error="invalid_token"' };
      response.writeHead(body.active ? 200 : 401, { ...headers, ...(body.active ? {} : challenge) });
      response.end(JSON.stringify(body.active ? { client: body.client_id } : { error: 'invalid_token' }));
      return;
    }
    const asked = new Request(`${origin}/token`, {
      method: 'POST',
      headers: request.headers as Record<string, string>,
      body: await textOf(request),
    });
    const answered = await server
      .respondToAccessTokenRequest(await requestFromVanilla(asked))
      .catch(handleVanillaError);
    const answer = responseToVanilla(answered);
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    response.end(await answer.text());
  };
}
