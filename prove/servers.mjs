// Runs the behaviour tests of test/support/foreign-servers against authorization servers from Debian, in processes of
// their own, in a temporary folder. Names each missing package, and installs nothing.
//   npm run prove:servers                      all of it, about a minute
//   npm run prove:servers -- -t glewlwyd       one server; arguments are handed on to Jest
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The required files, and the Debian package of each. */
const NEEDED = [
  ['/usr/bin/glewlwyd', 'glewlwyd'],
  ['/usr/share/dbconfig-common/data/glewlwyd/install/sqlite3', 'glewlwyd'],
  ['/usr/bin/sqlite3', 'sqlite3'],
  ['/usr/bin/python3', 'python3'],
  ['/usr/lib/python3/dist-packages/oauth2_provider', 'python3-django-oauth-toolkit'],
  ['/usr/lib/python3/dist-packages/authlib', 'python3-authlib'],
  ['/usr/lib/python3/dist-packages/flask', 'python3-flask'],
];

const missing = NEEDED.filter(([path]) => !existsSync(path));
if (missing.length > 0) {
  for (const [path, name] of missing) console.error(`There is no ${path} on this machine (package ${name}).`);
  const packages = [...new Set(missing.map(([, name]) => name))].join(' ');
  console.error(`On Debian or Ubuntu: apt-get install --no-install-recommends ${packages}`);
  process.exit(2);
}
const folder = mkdtempSync(join(tmpdir(), 'prove-servers-'));
const test = fileURLToPath(new URL('../scripts/test.mjs', import.meta.url));
const args = ['--config', 'prove/servers/jest.config.mjs', '--maxWorkers=1', ...process.argv.slice(2)];
// A group of its own, so that all servers end with it, however this ends.
const child = spawn(process.execPath, [test, ...args], {
  stdio: 'inherit',
  detached: true,
  env: { ...process.env, PROVE_SERVERS_FOLDER: folder },
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => process.kill(-child.pid, 'SIGKILL'));
}
child.on('close', (code) => {
  rmSync(folder, { recursive: true, force: true });
  process.exitCode = code ?? 1;
});
