import { cpSync, existsSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const INSTALLED = fileURLToPath(new URL('../node_modules/nestjs-bank-auth', import.meta.url));

/**
 * Puts the library as it is built now where npm has installed it: npm copies it once, and sees no reason to do so again
 * while its version stays.
 */
export function refreshOurs() {
  if (!existsSync(`${ROOT}dist/esm/index.js`)) throw new Error('Run `npm run build` in the root first.');
  if (!existsSync(INSTALLED)) throw new Error('Run `npm ci` in bench first.');
  rmSync(`${INSTALLED}/dist`, { recursive: true, force: true });
  cpSync(`${ROOT}dist`, `${INSTALLED}/dist`, { recursive: true });
  cpSync(`${ROOT}package.json`, `${INSTALLED}/package.json`);
}
