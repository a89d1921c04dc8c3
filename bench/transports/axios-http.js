import { Agent } from 'node:http';
import axios from 'axios';

/** axios over `node:http`, with the token in a fixed header. */
export default {
  name: 'bare axios',
  packages: ['axios'],
  async create({ apiBaseUrl }, token) {
    const httpAgent = new Agent({ keepAlive: true });
    const instance = axios.create({
      baseURL: apiBaseUrl,
      httpAgent,
      maxRedirects: 0,
      headers: { Authorization: `Bearer ${token}` },
    });
    return {
      get: (path) => instance.get(path),
      post: (path, body) => instance.post(path, body),
      close: async () => httpAgent.destroy(),
    };
  },
};
