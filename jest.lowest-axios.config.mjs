import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import base from './jest.config.mjs';

// The behaviour tests on the lowest axios that the peers allow: what the package promises may not rest on a newer one.
const read = (path) => JSON.parse(readFileSync(fileURLToPath(new URL(path, import.meta.url)), 'utf8'));
const lowest = read('package.json').peerDependencies.axios.replace('^', '');
const { version } = read('node_modules/axios-lowest/package.json');
if (version !== lowest) throw new Error(`axios-lowest is ${version}, but the peers allow ${lowest}`);

/** @type {import('jest').Config} */
export default {
  ...base,
  testMatch: ['<rootDir>/test/behaviour/**/*.test.ts'],
  // Their applications run in processes of their own, with the axios that is installed.
  testPathIgnorePatterns: ['/node_modules/', '/(paused-process|unverified-environment)\\.test\\.ts$'],
  moduleNameMapper: { ...base.moduleNameMapper, '^axios$': '<rootDir>/node_modules/axios-lowest/index.js' },
};
