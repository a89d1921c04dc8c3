import { OAuth2Client } from 'google-auth-library';

/**
 * Made for Google's own grants. For any other it takes a `refreshHandler`, made here from its own transporter; keeping,
 * renewing and attaching the token are its own.
 */
export default {
  name: 'google-auth-library',
  packages: ['google-auth-library'],
  async create({ clientId, clientSecret, tokenUrl, apiBaseUrl }) {
    const client = new OAuth2Client({ forceRefreshOnFailure: true });
    client.refreshHandler = async () => {
      const { data } = await client.transporter.request({
        url: tokenUrl,
        method: 'POST',
        headers: { authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}` },
        data: new URLSearchParams({ grant_type: 'client_credentials' }),
        responseType: 'json',
      });
      return { access_token: data.access_token, expiry_date: Date.now() + data.expires_in * 1000 };
    };
    return {
      getAccessToken: async () => (await client.getAccessToken()).token,
      get: (path) => client.request({ url: `${apiBaseUrl}/${path}`, responseType: 'json' }),
    };
  },
};
