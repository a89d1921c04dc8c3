import { stat } from 'node:fs/promises';
import { describeForeignFailure, type ResolvedProvider } from '../../internal.js';
import { fileUnreadable, secretOpen } from './check.messages.js';

/** A file that credentials are read from. */
export interface FileReport {
  readonly option: string;
  /** Null if no file can be read there: then the value may be a secret in the place of a path. */
  readonly path: string | null;
  /** Its permissions in octal; null if unknown. */
  readonly mode: string | null;
  readonly advice?: string;
}

/** The options whose files hold no secrets. */
const PUBLIC: ReadonlySet<string> = new Set(['clientId', 'keyId', 'tlsCertificate', 'tlsCa']);
const BY_OTHERS = 0o007;

/** The files of these credentials, with their permissions. On Windows, mode bits say nothing. */
export function filesOf({
  files,
  assertionFile,
}: NonNullable<ResolvedProvider['credentials']>): Promise<FileReport[]> {
  const all = { ...files, ...(assertionFile === undefined ? {} : { assertionFile }) };
  return Promise.all(Object.entries(all).map(([option, path]) => fileReport(option, String(path))));
}

/** The variables that name the files with the URL of Redis and its encryption keys. */
const OF_REDIS = ['REDIS_URL', 'ENCRYPTION_KEY', 'PREVIOUS_ENCRYPTION_KEY'].map(
  (name) => `BANK_AUTH_${name}_FILE`,
);

/** The files of a token store that the environment configures. */
export function storeFilesOf(env: Readonly<Record<string, string | undefined>>): Promise<FileReport[]> {
  return Promise.all(
    OF_REDIS.flatMap((variable) => (env[variable] ? [fileReport(variable, env[variable])] : [])),
  );
}

async function fileReport(option: string, path: string): Promise<FileReport> {
  try {
    const { mode } = await stat(path);
    if (process.platform === 'win32') return { option, path, mode: null };
    const octal = (mode & 0o777).toString(8).padStart(4, '0');
    const isOpen = !PUBLIC.has(option) && (mode & BY_OTHERS) !== 0;
    return { option, path, mode: octal, ...(isOpen ? { advice: secretOpen(path, octal) } : {}) };
  } catch (error) {
    return { option, path: null, mode: null, advice: fileUnreadable(option, describeForeignFailure(error)) };
  }
}
