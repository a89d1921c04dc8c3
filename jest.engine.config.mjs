import base from './jest.config.mjs';

// Some tests say what the engine does another way; workers inherit it.
process.env.TEST_ENGINE = 'undici';

// Tests of what a call promises, with all calls by the engine of `nestjs-bank-auth/undici` that it can send.

/** @type {import('jest').Config} */
export default {
  ...base,
  testMatch: [
    '<rootDir>/test/behaviour/**/*.test.ts',
    '<rootDir>/test/faults/**/*.test.ts',
    '<rootDir>/test/fuzz/refused-calls.test.ts',
    '<rootDir>/test/fuzz/adapter-urls.test.ts',
  ],
  moduleNameMapper: {
    '^\\./bank-connections\\.js$': '<rootDir>/test/support/engine-connections.ts',
    ...base.moduleNameMapper,
  },
};
