/** The `fetch` of Node.js, with the token in a fixed header. */
export default {
  name: 'global fetch, the token by hand',
  packages: [],
  async create({ apiBaseUrl }, token) {
    const authorization = `Bearer ${token}`;
    return {
      get: async (path) =>
        (await fetch(`${apiBaseUrl}/${path}`, { headers: { authorization }, redirect: 'manual' })).json(),
      post: async (path, body) => {
        const response = await fetch(`${apiBaseUrl}/${path}`, {
          method: 'POST',
          headers: { authorization, 'content-type': 'application/json' },
          body: JSON.stringify(body),
          redirect: 'manual',
        });
        return response.json();
      },
      close: async () => undefined,
    };
  },
};
