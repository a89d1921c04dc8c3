import type { IncomingMessage, ServerResponse } from 'node:http';
import { configurationFor } from '../authorization-server.js';
import { bearer, CLIENTS, type ForeignServerKind } from './foreign-server.js';
import { RestartableServer } from './restartable-server.js';

const LIFETIME = 60;

export const oidcProvider: Omit<ForeignServerKind, 'seen' | 'pass'> = {
  lifetime: LIFETIME,
  start: () => RestartableServer.start(boot),
};

async function boot(issuer: string) {
  const { default: Provider } = await import('oidc-provider');
  const clients = Object.values(CLIENTS).map(({ clientId, clientSecret }) => ({
    client_id: clientId,
    client_secret: clientSecret,
    // It lets in each client in the one way in which that is registered.
    token_endpoint_auth_method: clientId.endsWith('-in-body') ? 'client_secret_post' : 'client_secret_basic',
  }));
  const provider = new Provider(issuer, configurationFor(clients, LIFETIME));
  const issue = provider.callback();
  return async (request: IncomingMessage, response: ServerResponse) => {
    if (!request.url?.startsWith('/api/')) return issue(request, response);
    const token = await provider.ClientCredentials.find(bearer(request.headers.authorization));
    const good = token?.isValid === true;
    response.writeHead(good ? 200 : 401, { 'content-type': 'application/json' });
    response.end(JSON.stringify(good ? { client: token.clientId } : { error: 'invalid_token' }));
  };
}
