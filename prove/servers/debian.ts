import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';

/** The folder for the servers' files; prove/servers.mjs removes it. */
export const FOLDER = process.env.PROVE_SERVERS_FOLDER ?? tmpdir();

/** Debian's own Python, which sees Debian's packages; another one may come first in the path. */
export const PYTHON = '/usr/bin/python3';

export const GLEWLWYD = {
  modules: '/usr/lib/glewlwyd',
  schema: '/usr/share/dbconfig-common/data/glewlwyd/install/sqlite3',
} as const;

/** The version of an installed package, as far as upstream has numbered it. */
export function versionOf(name: string): string {
  const version = execFileSync('dpkg-query', ['-W', '-f', '$' + '{Version}', name], { encoding: 'utf8' });
  return /^(?:\d+:)?(\d+(?:\.\d+)*)/.exec(version)?.[1] ?? version;
}
