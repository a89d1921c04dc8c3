import base from './jest.config.mjs';

// What the compiler tells users: programs, examples of the documentation, and the tables that list types. The compiler takes
// seconds for each of them, so they stand beside the type check.

/** @type {import('jest').Config} */
export default { ...base, testMatch: ['<rootDir>/test/types/**/*.test.ts'] };
