import { fileURLToPath } from 'node:url';
import base from '../../jest.config.mjs';

/** @type {import('jest').Config} */
export default {
  ...base,
  rootDir: fileURLToPath(new URL('../..', import.meta.url)),
  testMatch: ['<rootDir>/prove/servers/*.prove.ts'],
  verbose: true,
  // Tokens end in real time there.
  testTimeout: 60_000,
};
