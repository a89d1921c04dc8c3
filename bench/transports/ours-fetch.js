import { openOurs } from './ours-application.js';

/** The bank's `fetch`. */
export default {
  name: "ours: the bank's fetch",
  packages: ['nestjs-bank-auth'],
  isOurs: true,
  async create(account, _token, options) {
    const { fetch, close } = await openOurs(account, options);
    return {
      get: async (path) => (await fetch(path)).json(),
      post: async (path, body) => {
        const headers = { 'content-type': 'application/json' };
        return (await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) })).json();
      },
      close,
    };
  },
};
