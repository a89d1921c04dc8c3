import axios from 'axios';
import { Agent, fetch, Headers, Request, Response } from 'undici';

/** axios' own `fetch` adapter, with the `fetch` of the package undici. */
export default {
  name: 'axios, its fetch adapter over undici',
  packages: ['axios', 'undici'],
  async create({ apiBaseUrl }, token) {
    const dispatcher = new Agent();
    const instance = axios.create({
      baseURL: apiBaseUrl,
      adapter: 'fetch',
      env: { fetch, Headers, Request, Response },
      fetchOptions: { dispatcher, redirect: 'manual' },
      headers: { Authorization: `Bearer ${token}` },
    });
    return {
      get: (path) => instance.get(path),
      post: (path, body) => instance.post(path, body),
      close: () => dispatcher.close(),
    };
  },
};
