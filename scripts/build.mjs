// Builds the package twice, as ES modules and as CommonJS, each with its own types.
import { spawnSync } from 'node:child_process';
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const tsc = fileURLToPath(new URL('../node_modules/typescript/bin/tsc', import.meta.url));

rmSync(`${root}dist`, { recursive: true, force: true });
for (const project of ['tsconfig.esm.json', 'tsconfig.cjs.json']) {
  const { status } = spawnSync(process.execPath, [tsc, '-p', project], { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
writeFileSync(`${root}dist/esm/package.json`, `${JSON.stringify({ type: 'module' })}\n`);
writeFileSync(`${root}dist/cjs/package.json`, `${JSON.stringify({ type: 'commonjs' })}\n`);

// Axios has its types twice, as ES modules and as CommonJS, and so has a program where Nest is of the other kind than
// the code that uses it: its own `axios`, and the one in the signatures of Nest's HttpService. A declaration file of the
// other kind adds `bankAuth` there too. It is a copy: both kinds may meet in one program, and must say the same.
for (const [build, file] of [
  ['esm', 'http/axios-other.d.cts'],
  ['cjs', 'http/axios-other.d.mts'],
]) {
  copyFileSync(`${root}dist/${build}/http/request-options.d.ts`, `${root}dist/${build}/${file}`);
  const types = `${root}dist/${build}/index.d.ts`;
  writeFileSync(types, `/// <reference path="./${file}" />\n${readFileSync(types, 'utf8')}`);
}
