// Builds the package twice, as ES modules and as CommonJS, each with its own types. Every module has its declarations;
// the code of all entries is bundled together: a program reads a few files instead of some hundreds, and the common
// code of two entries is in one file, so that a class is the same class in both.
import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rollup } from 'rollup';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
/** The compiler's output for each file, before it is bundled. */
const compiled = join(dist, 'compiled');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
/** The packages that stay outside the bundle. */
const PACKAGES = ['dependencies', 'peerDependencies'].flatMap((kind) => Object.keys(manifest[kind]));
/** The compiler's helpers for decorators, once instead of in each file. */
const HELPERS = fileURLToPath(import.meta.resolve('tslib/tslib.es6.mjs'));

rmSync(dist, { recursive: true, force: true });
await Promise.all([
  compile(
    'tsconfig.esm.json',
    '--outDir',
    compiled,
    '--declarationDir',
    join(dist, 'esm'),
    '--importHelpers',
  ),
  compile('tsconfig.cjs.json', '--emitDeclarationOnly'),
]);
const bundle = await rollup({
  input: Object.fromEntries(entries().map((entry) => [entry.replace(/\.js$/, ''), join(compiled, entry)])),
  external: (id) =>
    id.startsWith('node:') || PACKAGES.some((name) => id === name || id.startsWith(`${name}/`)),
  plugins: [{ name: 'helpers', resolveId: (id) => (id === 'tslib' ? HELPERS : null) }],
  onLog: (_level, { message }) => fail(message),
});
for (const format of ['esm', 'cjs']) {
  await bundle.write({
    dir: join(dist, format),
    format,
    manualChunks: (id) => (isShared(id) ? 'core' : undefined),
    chunkFileNames: 'shared/[name].js',
    // As the compiler does: a CommonJS module with `__esModule` has its default export in `default`.
    interop: 'auto',
    esModule: true,
    externalLiveBindings: false,
    hoistTransitiveImports: false,
    // Imports by `require`, also of ES modules: Jest knows no other way in CommonJS.
    dynamicImportInCjs: false,
    generatedCode: { preset: 'es2015', symbols: false },
  });
}
await bundle.close();
rmSync(compiled, { recursive: true });
write(join(dist, 'esm/package.json'), `${JSON.stringify({ type: 'module' })}\n`);
write(join(dist, 'cjs/package.json'), `${JSON.stringify({ type: 'commonjs' })}\n`);

// Axios has its types twice, as ES modules and as CommonJS, and so has a program where Nest is of the other kind than
// the code that uses it: its own `axios`, and the one in the signatures of Nest's HttpService. A declaration file of the
// other kind adds `bankAuth` there too. It is a copy: both kinds may meet in one program, and must say the same.
copyFileSync(join(dist, 'esm/http/request-options.d.ts'), join(dist, 'esm/http/axios-other.d.cts'));
copyFileSync(join(dist, 'cjs/http/request-options.d.ts'), join(dist, 'cjs/http/axios-other.d.mts'));
const types = (kind) => join(dist, kind, 'index.d.ts');
// Last: with module resolution `bundler`, TypeScript 5.7 takes the axios that it has found first for every file.
write(types('esm'), `${readFileSync(types('esm'), 'utf8')}import type {} from './http/axios-other.cjs';\n`);
// By a reference: CommonJS may not import an ES module.
write(
  types('cjs'),
  `/// <reference path="./http/axios-other.d.mts" />\n${readFileSync(types('cjs'), 'utf8')}`,
);

/** Both compilations run at once, one on each core. */
async function compile(project, ...options) {
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const child = spawn(process.execPath, [tsc, '-p', project, ...options], { cwd: root, stdio: 'inherit' });
  const status = await new Promise((resolve, reject) => child.once('exit', resolve).once('error', reject));
  if (status !== 0) process.exit(status ?? 1);
}

/** The exports and the command of package.json, and the file that the command requires in a copy of the package. */
function entries() {
  const targets = Object.values(manifest.exports).flatMap((target) => target.import?.default ?? []);
  const files = [...targets, ...Object.values(manifest.bin)].map((path) => path.replace('./dist/esm/', ''));
  const found = files.flatMap((file) => {
    if (!file.includes('*')) return [file];
    const [, end] = file.split('*');
    return readdirSync(join(compiled, dirname(file)))
      .filter((name) => name.endsWith(end))
      .map((name) => join(dirname(file), name));
  });
  return [...found, 'internal.js'];
}

/** Whether several entries need this file, which goes into one bundle: fewer files take less time to read. */
function isShared(file) {
  if (file === HELPERS) return true;
  const path = relative(compiled, file);
  return path.includes(sep) && !entries().some((entry) => path.startsWith(join(dirname(entry), sep)));
}

function fail(message) {
  console.error(message);
  process.exit(1);
}

function write(path, text) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
