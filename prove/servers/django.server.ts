import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  CLIENTS,
  type ForeignServerKind,
  SCOPES,
} from '../../test/support/foreign-servers/foreign-server.js';
import { unusedPort } from '../../test/support/unused-port.mjs';
import { FOLDER, PYTHON } from './debian.js';
import { ServerProcess } from './server-process.js';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const LIFETIME = 4;

export const django: Omit<ForeignServerKind, 'seen' | 'pass'> = {
  lifetime: LIFETIME,
  // By default, its views answer a dead token with a bare 403.
  definition: { rejectsTokenOn: [403], rejectsToken: () => true },
  async start() {
    const folder = mkdtempSync(join(FOLDER, 'django-site-'));
    const database = join(folder, 'database');
    const withoutTokens = join(folder, 'without-tokens');
    const port = await unusedPort();
    const clients = Object.values(CLIENTS).map(({ clientId, clientSecret }) => [clientId, clientSecret]);
    const env = {
      PYTHONPATH: HERE,
      PYTHONDONTWRITEBYTECODE: '1',
      SITE_DATABASE: database,
      SITE_LIFETIME: `${LIFETIME}`,
      SITE_CLIENTS: JSON.stringify({ scopes: SCOPES, clients: Object.fromEntries(clients) }),
    };
    execFileSync(PYTHON, [join(HERE, 'django_site_fill.py')], { env: { ...process.env, ...env } });
    copyFileSync(database, withoutTokens);
    const serve = ['-m', 'django', 'runserver', '--noreload', '--settings=django_site', `127.0.0.1:${port}`];
    const server = new ServerProcess(PYTHON, serve, port, { cwd: folder, env });
    await server.start();
    const origin = `http://127.0.0.1:${port}`;
    return {
      tokenUrl: `${origin}/token`,
      apiBaseUrl: origin,
      restart: async () => {
        await server.kill();
        copyFileSync(withoutTokens, database);
        await server.start();
      },
      stop: async () => {
        await server.kill();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  },
};
