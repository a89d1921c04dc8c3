import * as client from 'openid-client';
import { consume } from '../lib/consume.js';

/** Keeps no token itself: the caller holds the response and reads its `expiresIn()`. */
export default {
  name: 'openid-client',
  packages: ['openid-client'],
  async create({ clientId, clientSecret, tokenUrl, apiBaseUrl }) {
    const config = new client.Configuration(
      { issuer: new URL(tokenUrl).origin, token_endpoint: tokenUrl },
      clientId,
      {},
      client.ClientSecretBasic(clientSecret),
    );
    client.allowInsecureRequests(config);
    let tokens;

    async function getAccessToken() {
      if (!(tokens?.expiresIn() > 0)) tokens = await client.clientCredentialsGrant(config);
      return tokens.access_token;
    }

    return {
      getAccessToken,
      async get(path) {
        const token = await getAccessToken();
        return consume(
          await client.fetchProtectedResource(config, token, new URL(`${apiBaseUrl}/${path}`), 'GET'),
        );
      },
    };
  },
};
