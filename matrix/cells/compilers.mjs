// Compilers: strict, with exactOptionalPropertyTypes, and without `skipLibCheck`, also for the declarations of peers.
import { cpSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { NESTS, projectOf } from '../versions.mjs';
import { bin, run, write } from '../workshop.mjs';

const TYPESCRIPTS = ['5.4', '5.7', '5.8', '5.9', '6.0', '7.0'];
/** NestJS 11's declarations compile with it, and its own support ended long ago. */
const TOO_OLD = '5.3';

/** The optional peers that each template needs. */
const PEERS = {
  terminus: '@nestjs/terminus',
  ioredis: 'ioredis',
  opentelemetry: '@opentelemetry/api',
  undici: 'undici',
};
const SETS = {
  none: { title: 'no optional peer', peers: [] },
  all: { title: 'all optional peers', peers: Object.keys(PEERS) },
  ...Object.fromEntries(Object.keys(PEERS).map((peer) => [peer, { title: `${peer} only`, peers: [peer] }])),
};

const RESOLUTIONS = {
  node16: { module: 'node16', moduleResolution: 'node16' },
  nodenext: { module: 'nodenext', moduleResolution: 'nodenext' },
  bundler: { module: 'esnext', moduleResolution: 'bundler' },
};

/** All compilers in one project, each under an alias. */
const compilers = {
  name: 'compilers',
  packages: Object.fromEntries(
    [TOO_OLD, ...TYPESCRIPTS].map((version) => [`typescript-${version}`, `npm:typescript@~${version}.0`]),
  ),
};

const roomOf = (nest, set) => {
  return {
    ...projectOf(nest, set === 'none' ? '' : '-more'),
    room: `types-${set}`,
    async prepare(folder) {
      for (const template of ['root', ...SETS[set].peers])
        for (const kind of ['ts', 'mts', 'cts'])
          cpSync(
            new URL(`../templates/types/${template}.ts`, import.meta.url),
            join(folder, `${template}.${kind}`),
          );
    },
  };
};

/** The optional peers that a set hides; the project has all of them. */
const absentOf = (set) =>
  set === 'none'
    ? []
    : Object.keys(PEERS).flatMap((peer) => (SETS[set].peers.includes(peer) ? [] : PEERS[peer]));

/** Runs a function while packages are out of reach. */
async function without(packages, room, use) {
  const modules = join(room, '../node_modules');
  const moved = packages.map((name) => [
    join(modules, name),
    join(modules, `.away-${name.replace('/', '+')}`),
  ]);
  for (const [place, away] of moved) renameSync(place, away);
  try {
    await use();
  } finally {
    for (const [place, away] of moved) renameSync(away, place);
  }
}

/** The kinds of source files that a compiler accepts beside a NestJS. */
function kindsOf(nest, typescript, resolution) {
  if (resolution === 'bundler') return ['ts'];
  const knowsRequireOfModules = resolution === 'nodenext' && Number(typescript) >= 5.8;
  return nest === '11' || knowsRequireOfModules ? ['mts', 'cts'] : ['mts'];
}

function cellOf({
  nest,
  typescript,
  resolution,
  set,
  kinds = kindsOf(nest, typescript, resolution),
  cannot,
}) {
  const modules = kinds.join() === 'cts' ? 'CommonJS ' : kinds.join() === 'mts' ? 'ES modules ' : '';
  return {
    name: `types/nest-${nest}/${resolution}${modules && `-${kinds}`}/${set}/typescript-${typescript}`,
    row: `NestJS ${nest}, \`${resolution}\`${modules && `, ${modules.trim()}`}, ${SETS[set].title}`,
    column: typescript,
    project: roomOf(nest, set),
    ...(cannot && { cannot }),
    async run({ folder, workshop }) {
      const tools = await workshop.project(compilers);
      const files = ['root', ...SETS[set].peers].flatMap((name) => kinds.map((kind) => `${name}.${kind}`));
      const config = `tsconfig.${resolution}.json`;
      write(folder, config, { compilerOptions: { ...strict, ...RESOLUTIONS[resolution] }, files });
      const compiler = bin(tools, `typescript-${typescript}`, 'tsc');
      await without(absentOf(set), folder, () =>
        run(process.execPath, [compiler, '-p', config], { cwd: folder }),
      );
    },
  };
}

const strict = {
  target: 'es2022',
  lib: ['es2022'],
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noImplicitOverride: true,
  verbatimModuleSyntax: false,
  experimentalDecorators: true,
  skipLibCheck: false,
  noEmit: true,
  types: ['node'],
};

const NO_INFER = 'the declarations have `NoInfer`, which came with TypeScript 5.4';
const ESM_ONLY =
  'NestJS 12 is ES modules only, and this compiler allows no `require` of them under this resolution';

export const types = Object.keys(NESTS).flatMap((nest) => [
  ...Object.keys(RESOLUTIONS).flatMap((resolution) =>
    ['none', 'all'].flatMap((set) =>
      TYPESCRIPTS.map((typescript) => cellOf({ nest, typescript, resolution, set })),
    ),
  ),
  ...Object.keys(PEERS).flatMap((set) =>
    ['6.0', '7.0'].map((typescript) => cellOf({ nest, typescript, resolution: 'nodenext', set })),
  ),
  ...(nest === '11'
    ? [cellOf({ nest, typescript: TOO_OLD, resolution: 'nodenext', set: 'none', cannot: NO_INFER })]
    : []),
  ...(nest === '12'
    ? TYPESCRIPTS.map((typescript) =>
        cellOf({ nest, typescript, resolution: 'node16', set: 'none', kinds: ['cts'], cannot: ESM_ONLY }),
      )
    : []),
]);
