import { cpSync, existsSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const INSTALLED = fileURLToPath(new URL('../node_modules/nestjs-bank-auth', import.meta.url));

/**
 * Copies the current build of the library to the place where npm has installed it: npm copies it once, and not again
 * while its version stays the same.
 */
export function refreshOurs() {
  if (!existsSync(`${ROOT}dist/esm/index.js`)) throw new Error('Run `npm run build` in the root first.');
  if (!existsSync(INSTALLED)) throw new Error('Run `npm ci` in bench first.');
  rmSync(`${INSTALLED}/dist`, { recursive: true, force: true });
  cpSync(`${ROOT}dist`, `${INSTALLED}/dist`, { recursive: true });
  cpSync(`${ROOT}package.json`, `${INSTALLED}/package.json`);
}
