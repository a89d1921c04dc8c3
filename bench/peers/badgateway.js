import { OAuth2Client, OAuth2Fetch } from '@badgateway/oauth2-client';
import { consume } from '../lib/consume.js';

/** Its fetch wrapper keeps the token, and renews it after a 401. */
export default {
  name: '@badgateway/oauth2-client',
  packages: ['@badgateway/oauth2-client'],
  async create({ clientId, clientSecret, tokenUrl, apiBaseUrl }) {
    const { origin, pathname } = new URL(tokenUrl);
    const client = new OAuth2Client({ server: origin, clientId, clientSecret, tokenEndpoint: pathname });
    const wrapper = new OAuth2Fetch({ client, getNewToken: () => client.clientCredentials() });
    return {
      hot: wrapper,
      getAccessToken: () => wrapper.getAccessToken(),
      get: async (path) => consume(await wrapper.fetch(`${apiBaseUrl}/${path}`)),
    };
  },
};
