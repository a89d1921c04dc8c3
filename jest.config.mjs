import { availableParallelism } from 'node:os';
import { bundlePackages } from './test/support/bundled/bundle.mjs';

const bundled = await bundlePackages();
const quick = process.env.QUICK_TESTS === '1';

/** @type {import('jest').Config} */
export default {
  rootDir: '.',
  // What starts the compiler is `npm run test:types`.
  testMatch: ['<rootDir>/test/!(types)/**/*.test.ts'],
  testEnvironment: '<rootDir>/test/support/leaving.environment.mjs',
  // Two more than cores, as some tests wait for Redis and for time-outs of real connections.
  maxWorkers: availableParallelism() + 2,
  // Node.js forgets no module of a test file that has run: a worker that has run fifty spends its time on a heap of two
  // gigabytes, and is replaced before.
  workerIdleMemoryLimit: '600MB',
  // Machines are shared: a second may take several.
  testTimeout: 20_000,
  extensionsToTreatAsEsm: ['.ts'],
  ...(bundled && { resolver: '<rootDir>/test/support/bundled/bundled.resolver.cjs' }),
  moduleNameMapper: {
    ...(quick && { '^fast-check$': '<rootDir>/test/support/quick-fast-check.mjs' }),
    '^nestjs-bank-auth$': '<rootDir>/src/index.ts',
    '^nestjs-bank-auth/redis$': '<rootDir>/src/redis/index.ts',
    '^nestjs-bank-auth/terminus$': '<rootDir>/src/terminus/index.ts',
    '^nestjs-bank-auth/opentelemetry$': '<rootDir>/src/opentelemetry/index.ts',
    '^nestjs-bank-auth/testing$': '<rootDir>/src/testing/index.ts',
    '^nestjs-bank-auth/devtools$': '<rootDir>/src/devtools/index.ts',
    '^nestjs-bank-auth/undici$': '<rootDir>/src/undici/index.ts',
    '^nestjs-bank-auth/webhooks$': '<rootDir>/src/webhooks/index.ts',
    '^nestjs-bank-auth/banks/(.*)$': '<rootDir>/src/banks/beyond/$1.bank.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
        },
        module: { type: 'es6' },
        // In files of their own: each module would be twice as long with its map inside.
        sourceMaps: true,
        inlineSourcesContent: false,
      },
    ],
  },
  collectCoverageFrom: ['src/**/*.ts'],
  reporters: ['default', '<rootDir>/test/support/summary.reporter.mjs'],
};
