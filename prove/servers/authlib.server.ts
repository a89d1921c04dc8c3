import { fileURLToPath } from 'node:url';
import {
  CLIENTS,
  type ForeignServerKind,
  SCOPES,
} from '../../test/support/foreign-servers/foreign-server.js';
import { unusedPort } from '../../test/support/unused-port.mjs';
import { FOLDER, PYTHON } from './debian.js';
import { ServerProcess } from './server-process.js';

const PROGRAM = fileURLToPath(new URL('authlib_server.py', import.meta.url));
const LIFETIME = 4;

export const authlib: Omit<ForeignServerKind, 'seen' | 'pass'> = {
  lifetime: LIFETIME,
  async start() {
    const port = await unusedPort();
    const clients = Object.values(CLIENTS).map(({ clientId, clientSecret }) => [clientId, clientSecret]);
    const known = JSON.stringify({ scopes: SCOPES, clients: Object.fromEntries(clients) });
    const server = new ServerProcess(PYTHON, [PROGRAM, `${port}`, `${LIFETIME}`, known], port, {
      cwd: FOLDER,
      // Otherwise the server refuses requests without TLS.
      env: { AUTHLIB_INSECURE_TRANSPORT: '1' },
    });
    await server.start();
    const origin = `http://127.0.0.1:${port}`;
    return {
      tokenUrl: `${origin}/token`,
      apiBaseUrl: origin,
      restart: async () => {
        await server.kill();
        await server.start();
      },
      stop: () => server.kill(),
    };
  },
};
