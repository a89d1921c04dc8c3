// `nest build` with each of its builders, and esbuild to one file; the output is started.
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { compilerOptions, MODULES, NESTS } from '../versions.mjs';
import { bin, run, write } from '../workshop.mjs';

/** The packages that each NestJS's command line requires for its builders. */
const INSTALLED = {
  // The command line brings webpack, and the compiler for it.
  11: { typescript: '^5.9', '@swc/cli': '^0.7', '@swc/core': '^1', 'ts-loader': '^9.5.4' },
  12: {
    '@swc/cli': '^0.8',
    '@swc/core': '^1',
    webpack: '^5.105.4',
    '@rspack/core': '^2.1.10',
    'ts-loader': '^9.5.4',
    'fork-ts-checker-webpack-plugin': '^9.1.0',
    'ts-checker-rspack-plugin': '^1',
    'tsconfig-paths-webpack-plugin': '^4.2.0',
    'webpack-node-externals': '^3.0.0',
  },
};
const NO_WEBPACK = 'the command line of NestJS 12 bundles ES modules by rspack only, and says so';
/** NestJS 11 makes CommonJS projects, NestJS 12 ES modules; webpack builds CommonJS with both. */
const BUILDS = [
  ...['tsc', 'swc', 'webpack'].map((builder) => ({ nest: '11', kind: 'cjs', builder })),
  ...['tsc', 'swc', 'rspack'].map((builder) => ({ nest: '12', kind: 'esm', builder })),
  { nest: '12', kind: 'cjs', builder: 'webpack' },
  { nest: '12', kind: 'esm', builder: 'webpack', cannot: NO_WEBPACK },
];
const TYPE = { cjs: 'commonjs', esm: 'module' };

const projectOf = (nest) => ({
  name: `builds-nest-${nest}`,
  packages: { ...NESTS[nest], '@nestjs/cli': `^${nest}`, esbuild: '^0.28', ...INSTALLED[nest] },
});

const roomOf = ({ nest, kind, builder }) => ({
  ...projectOf(nest),
  room: `${builder}-${kind}`,
  template: 'nest-build',
  prepare(folder) {
    write(folder, 'package.json', { type: TYPE[kind] });
    if (kind === 'cjs') {
      // Imports without an extension, as such projects write them: webpack looks for no `.ts` behind a `.js`.
      const main = readFileSync(join(folder, 'src/main.ts'), 'utf8');
      write(folder, 'src/main.ts', main.replace('./payments.controller.js', './payments.controller'));
    }
    // Packages stay outside of webpack's bundle if it finds them here.
    symlinkSync('../node_modules', join(folder, 'node_modules'), 'dir');
    write(folder, 'tsconfig.json', { compilerOptions, include: ['src'] });
    write(folder, 'nest-cli.json', { sourceRoot: 'src', compilerOptions: { builder } });
  },
});

async function byNest({ folder }) {
  rmSync(join(folder, 'dist'), { recursive: true, force: true });
  await run(process.execPath, [bin(folder, '@nestjs/cli', 'nest'), 'build'], { cwd: folder });
  await starts(folder, existsSync(join(folder, 'dist/main.js')) ? 'dist/main.js' : 'dist/src/main.js');
}

async function starts(folder, file) {
  const printed = await run(process.execPath, [file], { cwd: folder });
  if (!printed.includes('it works')) throw new Error(printed);
}

const esbuild = (nest) => ({
  ...projectOf(nest),
  room: 'esbuild',
  template: 'nest-build',
  prepare(folder) {
    write(folder, 'tsconfig.json', { compilerOptions });
  },
});

/** Packages that Nest loads only if an application uses them; a bundler cannot know that they are absent. */
const UNUSED = [
  '@nestjs/microservices',
  '@nestjs/websockets',
  '@nestjs/platform-socket.io',
  'class-transformer',
  'ejs',
  'hbs',
];
const FORMATS = {
  cjs: [],
  // CommonJS code in the bundle loads Node's own modules by `require`.
  esm: [
    "--banner:js=import { createRequire as requireOfBundle } from 'node:module'; const require = requireOfBundle(import.meta.url);",
  ],
};

function byEsbuild(format) {
  return async ({ folder, workshop }) => {
    // A folder from which no package can be found.
    const alone = join(workshop.folder, `one-file-${format}`);
    rmSync(alone, { recursive: true, force: true });
    mkdirSync(alone, { recursive: true });
    const file = `main.${format === 'esm' ? 'mjs' : 'cjs'}`;
    const args = ['src/main.ts', '--bundle', '--platform=node', '--target=node20', `--format=${format}`];
    const externals = UNUSED.flatMap((name) => [`--external:${name}`, `--external:${name}/*`]);
    const output = `--outfile=out/${file}`;
    await run(bin(folder, 'esbuild'), [...args, ...FORMATS[format], ...externals, output], {
      cwd: folder,
    });
    cpSync(join(folder, 'out', file), join(alone, file));
    await starts(alone, file);
  };
}

export const builds = [
  ...BUILDS.map((build) => ({
    name: `build/nest-${build.nest}/${build.builder}-${build.kind}`,
    row: `\`nest build\` with ${build.builder}, ${MODULES[build.kind]}`,
    column: `NestJS ${build.nest}`,
    project: roomOf(build),
    ...(build.cannot && { cannot: build.cannot }),
    run: byNest,
  })),
  ...Object.keys(NESTS).flatMap((nest) =>
    Object.keys(FORMATS).map((format) => ({
      name: `build/nest-${nest}/esbuild-${format}`,
      row: `esbuild to one file, ${format === 'esm' ? 'ES module' : 'CommonJS'}`,
      column: `NestJS ${nest}`,
      project: esbuild(nest),
      run: byEsbuild(format),
    })),
  ),
];
