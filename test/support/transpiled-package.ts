import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transpiled } from '../../scripts/transpile.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));

/**
 * The library as plain Node runs it, made from the sources as they are now, in a folder of its own: programs in it
 * import `nestjs-bank-auth` by that name, through the exports of the package.
 */
export class TranspiledPackage {
  readonly folder = mkdtempSync(join(tmpdir(), 'bank-auth-'));

  constructor() {
    cpSync(join(root, 'package.json'), join(this.folder, 'package.json'));
    symlinkSync(join(root, 'node_modules'), join(this.folder, 'node_modules'));
    this.add('src', 'dist/esm');
  }

  /** More sources, from a folder of the repository into one of the package, as modules of either kind. */
  add(from: string, to: string, type: 'es6' | 'commonjs' = 'es6'): void {
    const source = join(root, from);
    for (const entry of readdirSync(source, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || !entry.name.endsWith('.ts')) continue;
      const path = join(entry.parentPath, entry.name);
      const target = join(this.folder, to, path.slice(source.length)).replace(/\.ts$/, '.js');
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, transpiled(readFileSync(path, 'utf8'), path, { type }));
    }
    if (type === 'commonjs') writeFileSync(join(this.folder, to, 'package.json'), '{"type":"commonjs"}');
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
