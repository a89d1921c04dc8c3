// A child process that reads Nest, rxjs, axios and class-validator as a thousand small files spends a second on that alone.
// So they and the library are bundled for children once, as a build is: a few files, under the names of the packages.
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { kept, runnable } from '../../../scripts/runnable.mjs';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const packages = realpathSync(join(root, 'node_modules'));

/** What programs, samples and the library import of what is bundled. */
const BUNDLED = [
  '@nestjs/axios',
  '@nestjs/common',
  '@nestjs/config',
  '@nestjs/core',
  '@nestjs/microservices',
  '@nestjs/platform-express',
  '@nestjs/swagger',
  '@nestjs/terminus',
  'axios',
  'class-transformer',
  'class-validator',
  'rxjs',
];
/** Becomes part of the bundles; any other import stays one. */
const INSIDE =
  /^(@nestjs|axios|class-transformer|class-validator|es-toolkit|iterare|libphonenumber-js|rxjs|tslib|uid|validator)(\/|$)/;

/**
 * @returns {Promise<string | undefined>} a folder like that of `runnable`, with `node_modules` of its own; nothing without
 * esbuild, which not every platform has
 */
export async function bundledLibrary() {
  const esbuild = await import('esbuild').catch(() => undefined);
  if (!esbuild) return undefined;
  // Its name says of what sources it is.
  const plain = await runnable(root);
  const hash = createHash('sha256').update(plain);
  for (const path of [join(packages, '.package-lock.json'), fileURLToPath(import.meta.url)])
    hash.update(readFileSync(path));
  return kept(
    join(packages, '.cache/bundled-library'),
    hash.digest('hex').slice(0, 32),
    (folder) => existsSync(join(folder, 'dist/esm/index.js')) && existsSync(join(folder, 'package.json')),
    (draft) => make(esbuild, draft, plain),
  );
}

async function make(esbuild, draft, plain) {
  await bundle(esbuild, draft, join(plain, 'dist/esm'));
  cpSync(join(plain, 'sample'), join(draft, 'sample'), { recursive: true });
  cpSync(join(plain, 'package.json'), join(draft, 'package.json'));
  for (const name of installed()) offer(draft, name);
}

async function bundle(esbuild, outdir, library) {
  const setup = (build) =>
    build.onResolve({ filter: /^[^./]/ }, ({ kind, path }) =>
      kind === 'entry-point' || INSIDE.test(path) ? undefined : { path, external: true },
    );
  await esbuild.build({
    entryPoints: [
      ...BUNDLED.map((name) => ({ in: name, out: `node_modules/${name}/index` })),
      ...entriesOf(library).map((file) => ({
        in: join(library, file),
        out: `dist/esm/${file.slice(0, -3)}`,
      })),
    ],
    outdir,
    absWorkingDir: root,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'neutral',
    target: 'node20',
    // rxjs and class-validator as ES modules.
    conditions: ['es2015'],
    mainFields: ['es2015', 'module', 'main'],
    // Nest shows the names of classes, and tells modules apart by them.
    keepNames: true,
    logLevel: 'error',
    chunkNames: 'dist/shared/[name]-[hash]',
    plugins: [{ name: 'inside', setup }],
  });
}

/** What package.json exports, the command, and what the command asks for in a copy of the package. */
function entriesOf(library) {
  const files = readdirSync(library, { recursive: true }).map(String);
  return files.filter((file) =>
    /^([a-z]+\/index|banks\/beyond\/.*\.bank|cli\/main|index|internal)\.js$/.test(file),
  );
}

/** A bundle under the name of its package, or a package where it is. One that asks for a bundled one is not there. */
function offer(draft, name) {
  const place = join(draft, 'node_modules', name);
  if (BUNDLED.includes(name)) {
    const manifest = { name, type: 'module', exports: './index.js' };
    writeFileSync(join(place, 'package.json'), JSON.stringify(manifest));
  } else if (!INSIDE.test(name) && !asksForBundled(name)) {
    mkdirSync(dirname(place), { recursive: true });
    symlinkSync(join(packages, name), place);
  }
}

/** It would load a second one: of Nest, for example, with other classes of the same names. */
function asksForBundled(name) {
  const { peerDependencies = {} } = JSON.parse(readFileSync(join(packages, name, 'package.json'), 'utf8'));
  return Object.keys(peerDependencies).some((peer) => INSIDE.test(peer));
}

function installed() {
  return readdirSync(packages).flatMap((name) => {
    if (!name.startsWith('@')) return existsSync(join(packages, name, 'package.json')) ? [name] : [];
    return readdirSync(join(packages, name)).map((own) => `${name}/${own}`);
  });
}
