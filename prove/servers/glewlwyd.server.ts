import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import {
  bearer,
  CLIENTS,
  type ForeignServerKind,
  SCOPES,
} from '../../test/support/foreign-servers/foreign-server.js';
import { RestartableServer } from '../../test/support/foreign-servers/restartable-server.js';
import { unusedPort } from '../../test/support/unused-port.mjs';
import { FOLDER, GLEWLWYD } from './debian.js';
import { ServerProcess } from './server-process.js';

const LIFETIME = 4;

export const glewlwyd: Omit<ForeignServerKind, 'seen' | 'pass'> = {
  lifetime: LIFETIME,
  definition: {
    tokenResponse: { rejectsCredentials: ({ status, body }) => status === 403 && body === undefined },
  },
  async start() {
    const folder = mkdtempSync(join(FOLDER, 'glewlwyd-'));
    const database = join(folder, 'database');
    const withoutTokens = join(folder, 'without-tokens');
    const port = await unusedPort();
    const origin = `http://127.0.0.1:${port}`;
    execFileSync('sqlite3', [database], { input: readFileSync(GLEWLWYD.schema) });
    const configuration = join(folder, 'glewlwyd.conf');
    writeFileSync(configuration, configurationFor(origin, port, database));
    const server = new ServerProcess('glewlwyd', ['-c', configuration], port, { cwd: folder });
    await server.start();
    await configure(origin);
    // Copied after it is down: SQLite may have unwritten data before.
    await server.kill();
    copyFileSync(database, withoutTokens);
    await server.start();
    // Glewlwyd is no resource server: this one asks it about tokens (RFC 7662).
    const resources = await RestartableServer.start(async () => resourceServer(origin));
    return {
      tokenUrl: `${origin}/api/oidc/token`,
      apiBaseUrl: resources.apiBaseUrl,
      restart: async () => {
        await server.kill();
        copyFileSync(withoutTokens, database);
        await server.start();
      },
      stop: async () => {
        await server.kill();
        await resources.stop();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  },
};

function configurationFor(origin: string, port: number, database: string): string {
  const settings = {
    port,
    bind_address: '127.0.0.1',
    external_url: `${origin}/`,
    login_url: 'login.html',
    api_prefix: 'api',
    log_mode: 'console',
    log_level: 'WARNING',
    cookie_secure: 0,
    session_key: 'session',
    admin_scope: 'g_admin',
    profile_scope: 'g_profile',
    user_module_path: `${GLEWLWYD.modules}/user`,
    client_module_path: `${GLEWLWYD.modules}/client`,
    user_auth_scheme_module_path: `${GLEWLWYD.modules}/scheme`,
    plugin_module_path: `${GLEWLWYD.modules}/plugin`,
    hash_algorithm: 'SHA512',
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return `${lines.join('\n')}\ndatabase = { type = "sqlite3" path = ${JSON.stringify(database)} }\n`;
}

/** Sets up the parts that an administrator configures: scopes, the OpenID Connect plugin, and clients. */
async function configure(origin: string): Promise<void> {
  let cookie = '';
  const post = async (path: string, body: object) => {
    const headers = { 'content-type': 'application/json', cookie, connection: 'close' };
    const response = await fetch(`${origin}/api/${path}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`glewlwyd, ${path}: ${response.status} ${await response.text()}`);
    return response;
  };
  // The administrator of its own database schema.
  const session = await post('auth', { username: 'admin', password: 'password' });
  cookie = session.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ');
  for (const name of SCOPES) {
    await post('scope/', {
      name,
      display_name: name,
      description: name,
      password_required: false,
      scheme: {},
    });
  }
  await post('mod/plugin/', {
    module: 'oidc',
    name: 'oidc',
    display_name: 'oidc',
    parameters: {
      iss: origin,
      'jwt-type': 'sha',
      'jwt-key-size': '256',
      key: randomBytes(32).toString('hex'),
      'access-token-duration': LIFETIME,
      'refresh-token-duration': 3_600,
      'code-duration': 600,
      'refresh-token-rolling': false,
      'allow-non-oidc': true,
      'auth-type-client-enabled': true,
      'auth-type-code-enabled': false,
      'auth-type-token-enabled': false,
      'auth-type-id-token-enabled': true,
      'auth-type-none-enabled': false,
      'auth-type-password-enabled': false,
      'auth-type-refresh-enabled': false,
      'introspection-revocation-allowed': true,
      'introspection-revocation-allow-target-client': true,
    },
  });
  for (const { clientId, clientSecret } of Object.values(CLIENTS)) {
    await post('client/', {
      client_id: clientId,
      name: clientId,
      confidential: true,
      enabled: true,
      client_secret: clientSecret,
      authorization_type: ['client_credentials'],
      token_endpoint_auth_method: ['client_secret_basic', 'client_secret_post'],
      scope: SCOPES,
    });
  }
}

function resourceServer(origin: string) {
  return async (request: IncomingMessage, response: ServerResponse) => {
    const token = bearer(request.headers.authorization);
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    const client = Object.values(CLIENTS).find(({ clientId }) => clientId === claims.client_id);
    const { clientId = '', clientSecret = '' } = client ?? {};
    // A client may ask about its own tokens. Glewlwyd's database names no owner of a token that was obtained with the
    // secret in the body, and it knows such a token only if it is asked in the same way.
    const inBody = client === CLIENTS.plainInBody || client === CLIENTS.awkwardInBody;
    const basic = Buffer.from(`${clientId}:${clientSecret}`).toString('base64');
    const asked = await fetch(`${origin}/api/oidc/introspect`, {
      method: 'POST',
      headers: { connection: 'close', ...(inBody ? {} : { authorization: `Basic ${basic}` }) },
      body: new URLSearchParams({
        token,
        ...(inBody ? { client_id: clientId, client_secret: clientSecret } : {}),
      }),
    });
    const { active } = (await asked.json()) as { active: boolean };
    response.writeHead(active ? 200 : 401, { 'content-type': 'application/json' });
    response.end(JSON.stringify(active ? { client: clientId } : { error: 'invalid_token' }));
  };
}
