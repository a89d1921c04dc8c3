import { ClientCredentials } from 'simple-oauth2';
import { consume } from '../lib/consume.js';

/** Keeps no token itself: as its README says, the caller holds it and checks whether it has expired. */
export default {
  name: 'simple-oauth2',
  packages: ['simple-oauth2'],
  async create({ clientId, clientSecret, tokenUrl, apiBaseUrl }) {
    const { origin, pathname } = new URL(tokenUrl);
    const client = new ClientCredentials({
      client: { id: clientId, secret: clientSecret },
      auth: { tokenHost: origin, tokenPath: pathname },
    });
    let accessToken;

    async function getAccessToken() {
      if (accessToken === undefined || accessToken.expired()) accessToken = await client.getToken({});
      return accessToken.token.access_token;
    }

    return {
      getAccessToken,
      async get(path) {
        const headers = { authorization: `Bearer ${await getAccessToken()}` };
        return consume(await fetch(`${apiBaseUrl}/${path}`, { headers }));
      },
    };
  },
};
