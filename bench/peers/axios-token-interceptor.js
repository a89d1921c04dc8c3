import axios from 'axios';
import { clientCredentials } from 'axios-oauth-client';
import tokenProvider from 'axios-token-interceptor';

/** Two packages that belong together: one requests the token, the other keeps it. */
export default {
  name: 'axios-oauth-client + axios-token-interceptor',
  packages: ['axios-oauth-client', 'axios-token-interceptor'],
  async create({ clientId, clientSecret, tokenUrl, apiBaseUrl }) {
    const getToken = clientCredentials(axios.create(), tokenUrl, clientId, clientSecret);
    const cache = tokenProvider.tokenCache(getToken, { getMaxAge: (body) => body.expires_in * 1000 });
    const instance = axios.create({ baseURL: apiBaseUrl });
    instance.interceptors.request.use(
      tokenProvider({ getToken: cache, headerFormatter: (body) => `Bearer ${body.access_token}` }),
    );
    return {
      getAccessToken: async () => (await cache()).access_token,
      get: (path) => instance.get(path),
    };
  },
};
