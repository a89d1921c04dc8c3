import { consume } from '../lib/consume.js';

/** The solution of most code bases: a variable, and a look at the clock. */
export default {
  name: 'naive cached fetch',
  packages: [],
  async create({ clientId, clientSecret, tokenUrl, apiBaseUrl }) {
    const basic = Buffer.from(`${clientId}:${clientSecret}`).toString('base64');
    let cached;
    let expiresAt = 0;

    async function getAccessToken() {
      if (Date.now() < expiresAt) return cached;
      const response = await fetch(tokenUrl, {
        method: 'POST',
        headers: { authorization: `Basic ${basic}` },
        body: new URLSearchParams({ grant_type: 'client_credentials' }),
      });
      if (!response.ok) throw new Error(`The token endpoint answered ${response.status}`);
      const { access_token, expires_in } = await response.json();
      cached = access_token;
      expiresAt = Date.now() + expires_in * 1000;
      return cached;
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
