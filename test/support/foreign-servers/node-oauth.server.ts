import type { IncomingMessage, ServerResponse } from 'node:http';
import OAuth2Server from '@node-oauth/oauth2-server';
import { CLIENTS, type ForeignServerKind, SCOPES } from './foreign-server.js';
import { RestartableServer, textOf } from './restartable-server.js';

type Token = OAuth2Server.Token & { readonly client: OAuth2Server.Client };

const LIFETIME = 60;

export const nodeOauth: Omit<ForeignServerKind, 'seen' | 'pass'> = {
  lifetime: LIFETIME,
  start: () => RestartableServer.start(async () => listener(new OAuth2Server({ model: model() }))),
};

/** The same, but it gives a client its token again until that ends, as Spring and WSO2 do. */
export const thrifty = (): Promise<RestartableServer> =>
  RestartableServer.start(async () => {
    const held = model();
    const saveToken: typeof held.saveToken = async (token, client, user) => {
      const before = last.get(client.id);
      const lives = before?.accessTokenExpiresAt !== undefined && before.accessTokenExpiresAt > new Date();
      const given = lives ? before : await held.saveToken(token, client, user);
      if (given) last.set(client.id, given);
      return given;
    };
    const last = new Map<string, OAuth2Server.Token>();
    return listener(new OAuth2Server({ model: { ...held, saveToken } }));
  });

/** What a user of that library has to write: where its clients and tokens are. */
function model(): OAuth2Server.ClientCredentialsModel {
  const tokens = new Map<string, Token>();
  return {
    getClient: async (id, secret) => {
      const client = Object.values(CLIENTS).find(({ clientId }) => clientId === id);
      return client?.clientSecret === secret && { id, grants: ['client_credentials'] };
    },
    getUserFromClient: async ({ id }) => ({ id }),
    validateScope: async (_user, _client, scopes = []) =>
      scopes.every((scope) => (SCOPES as readonly string[]).includes(scope)) && scopes,
    saveToken: async (token, client, user) => {
      const saved = { ...token, client, user };
      tokens.set(token.accessToken, saved);
      return saved;
    },
    getAccessToken: async (value) => tokens.get(value),
  } as OAuth2Server.ClientCredentialsModel;
}

function listener(server: OAuth2Server) {
  return async (request: IncomingMessage, response: ServerResponse) => {
    const body = Object.fromEntries(new URLSearchParams(await textOf(request)));
    const asked = new OAuth2Server.Request({
      headers: request.headers as Record<string, string>,
      method: request.method as string,
      query: {},
      body,
    });
    const answer = new OAuth2Server.Response();
    try {
      if (request.url === '/token') await server.token(asked, answer, { accessTokenLifetime: LIFETIME });
      else {
        const { client } = await server.authenticate(asked, answer);
        answer.body = { client: client.id };
      }
    } catch (error) {
      // As its adapters for Express and Koa do.
      const { code, name, message } = error as OAuth2Server.OAuthError;
      answer.status = code;
      answer.body = { error: name, error_description: message };
    }
    response.writeHead(answer.status ?? 200, { 'content-type': 'application/json', ...answer.headers });
    response.end(JSON.stringify(answer.body));
  };
}
