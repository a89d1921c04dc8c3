// The common versions of the cells: the Nodes, and the packages of an application for each NestJS.

/** The lowest supported and the newest of each line; the current Node.js counts as the 20 of the table. */
export const NODES = ['20.19.0', '20', '22.12.0', '22', '24', 'latest'];

const common = {
  axios: '^1',
  'class-validator': '^0.15',
  'reflect-metadata': '^0.2',
  rxjs: '^7',
  tslib: '^2',
  typescript: '6.0',
  '@types/node': '^20',
};

const versions = {
  11: {
    '@nestjs/axios': '^4',
    '@nestjs/common': '^11',
    '@nestjs/config': '^4',
    '@nestjs/core': '^11',
    '@nestjs/microservices': '^11',
    '@nestjs/platform-express': '^11',
    '@nestjs/platform-fastify': '^11',
    '@nestjs/testing': '^11',
  },
  12: {
    '@nestjs/axios': '^12',
    '@nestjs/common': '^12',
    '@nestjs/config': '^12',
    '@nestjs/core': '^12',
    '@nestjs/microservices': '^12',
    '@nestjs/platform-express': '^12',
    '@nestjs/platform-fastify': '^12',
    '@nestjs/testing': '^12',
  },
};

/** The peers that an application needs, and the packages that start it in any shape; no optional peer. */
export const NESTS = Object.fromEntries(
  Object.entries(versions).map(([nest, packages]) => [nest, { ...common, ...packages }]),
);

/** The packages beside this one and its peers: few projects, as the installation takes most of the time. */
const more = {
  '': () => ({}),
  '-more': (nest) => ({
    jest: '^30',
    '@jest/globals': '^30',
    'ts-jest': '^29',
    vite: '^8',
    vitest: '^5',
    '@nestjs/bullmq': `^${nest}`,
    bullmq: '^5',
    '@nestjs/cqrs': `^${nest}`,
    '@nestjs/observe': '^0.3',
    '@nestjs/schedule': nest === '11' ? '^6' : '^12',
    '@nestjs/terminus': `^${nest}`,
    '@opentelemetry/api': '^1.9',
    ioredis: '^6',
    'nestjs-cls': '^6',
    'nestjs-pino': '^4',
    pino: '^10',
    'pino-http': '^11',
    undici: '^7',
  }),
  '-other': () => ({
    jest: '^29',
    '@jest/globals': '^29',
    'ts-jest': '^29',
    vitest: '^4',
    'nestjs-cls': '^7',
  }),
};

/** A project with a room for each cell. Companions' peer ranges may lag behind NestJS, so npm ignores them. */
export const projectOf = (nest, kind = '') => ({
  name: `nest-${nest}${kind}`,
  packages: { ...NESTS[nest], ...more[kind](nest) },
  install: (folder, workshop) => workshop.npm(folder, ...(kind === '' ? [] : ['--legacy-peer-deps'])),
});

export const MODULES = { cjs: 'CommonJS', esm: 'ES modules' };

/** Compiler options for Nest's decorators, which emit the types of injected parameters. */
export const compilerOptions = {
  target: 'es2022',
  module: 'nodenext',
  strict: true,
  experimentalDecorators: true,
  emitDecoratorMetadata: true,
  useDefineForClassFields: false,
  skipLibCheck: true,
  types: ['node'],
  rootDir: 'src',
  outDir: 'dist',
};
