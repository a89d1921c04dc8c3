import * as oauth from 'oauth4webapi';
import { consume } from '../lib/consume.js';

const insecure = { [oauth.allowInsecureRequests]: true };

/** A protocol library without any state: the caller holds the token and its expiry. */
export default {
  name: 'oauth4webapi',
  packages: ['oauth4webapi'],
  async create({ clientId, clientSecret, tokenUrl, apiBaseUrl }) {
    const server = { issuer: new URL(tokenUrl).origin, token_endpoint: tokenUrl };
    const client = { client_id: clientId };
    const authentication = oauth.ClientSecretBasic(clientSecret);
    let cached;
    let expiresAt = 0;

    async function getAccessToken() {
      if (Date.now() < expiresAt) return cached;
      const response = await oauth.clientCredentialsGrantRequest(
        server,
        client,
        authentication,
        {},
        insecure,
      );
      const { access_token, expires_in } = await oauth.processClientCredentialsResponse(
        server,
        client,
        response,
      );
      cached = access_token;
      expiresAt = Date.now() + expires_in * 1000;
      return cached;
    }

    return {
      getAccessToken,
      async get(path) {
        const token = await getAccessToken();
        const url = new URL(`${apiBaseUrl}/${path}`);
        return consume(
          await oauth.protectedResourceRequest(token, 'GET', url, undefined, undefined, insecure),
        );
      },
    };
  },
};
