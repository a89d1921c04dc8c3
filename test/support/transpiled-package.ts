import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll } from '@jest/globals';
import { kept, runnable } from '../../scripts/runnable.mjs';
import { transpiled } from '../../scripts/transpile.mjs';
import { bundledLibrary } from './bundled/bundled-library.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));

/**
 * For a test file, or a part of it: the library and the samples as plain Node runs them, made from the sources as they are
 * now, in a folder of its own. Programs in it import `nestjs-bank-auth` by that name, through the exports of the package.
 * @param packages `bundled` has Nest, rxjs, axios and class-validator in a few files, with which a program starts in half
 * the time; `separate` is for programs with packages that import one of these themselves
 */
export function useTranspiledPackage(
  packages: 'bundled' | 'separate',
  { commonJs = false } = {},
): TranspiledPackage {
  const made = new TranspiledPackage();
  // The first of them transpiles all sources, and is not alone on the machine.
  beforeAll(async () => {
    const library = packages === 'bundled' ? await bundledLibrary() : undefined;
    if (library === undefined) made.fill(await runnable(root), root);
    else made.fill(library, library);
    if (commonJs) symlinkSync(await commonJsLibrary(), join(made.folder, 'dist/cjs'));
  }, 60_000);
  afterAll(() => made.remove());
  return made;
}

/** The library as CommonJS, made once as well. */
async function commonJsLibrary(): Promise<string> {
  const sources = await runnable(root);
  return kept(
    join(root, 'node_modules/.cache/commonjs-library'),
    basename(sources),
    (folder) => existsSync(join(folder, 'package.json')),
    async (draft) => transpile('src', draft, 'commonjs'),
  );
}

class TranspiledPackage {
  folder = '';

  fill(library: string, packages: string): void {
    this.folder = mkdtempSync(join(tmpdir(), 'bank-auth-'));
    cpSync(join(library, 'package.json'), join(this.folder, 'package.json'));
    symlinkSync(join(packages, 'node_modules'), join(this.folder, 'node_modules'));
    symlinkSync(join(library, 'sample'), join(this.folder, 'sample'));
    mkdirSync(join(this.folder, 'dist'));
    symlinkSync(join(library, 'dist/esm'), join(this.folder, 'dist/esm'));
  }

  /** More sources, from a folder of the repository into one of the package, as modules of either kind. */
  add(from: string, to: string, type: 'es6' | 'commonjs' = 'es6'): void {
    transpile(from, join(this.folder, to), type);
  }

  remove(): void {
    if (this.folder !== '') rmSync(this.folder, { recursive: true, force: true });
  }
}

function transpile(from: string, to: string, type: 'es6' | 'commonjs'): void {
  const source = join(root, from);
  for (const entry of readdirSync(source, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.ts')) continue;
    const path = join(entry.parentPath, entry.name);
    const target = join(to, path.slice(source.length)).replace(/\.ts$/, '.js');
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, transpiled(readFileSync(path, 'utf8'), path, { type }));
  }
  // Last: where it stands, all is there.
  if (type === 'commonjs') writeFileSync(join(to, 'package.json'), '{"type":"commonjs"}');
}
