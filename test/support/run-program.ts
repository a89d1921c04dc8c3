import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

let programs = 0;

/**
 * Runs a program beside the library, in a process of its own, as plain Node.js does; both kinds of modules have the
 * function `load`, by which they load others as modules of their kind.
 * @returns what it has printed on its last line, as JSON
 */
export async function runProgram<T>(
  library: { readonly folder: string },
  kind: 'mjs' | 'cjs',
  source: string,
  env: Record<string, string> = {},
): Promise<T> {
  const file = join(library.folder, `program-${programs++}.${kind}`);
  const load = kind === 'mjs' ? '(name) => import(name)' : 'async (name) => require(name)';
  writeFileSync(
    file,
    `const load = ${load};
    const named = async (name) => { const loaded = await load(name); return loaded.default ?? loaded; };
    (async () => { ${source} })().then(
      (result) => { console.log('\\n' + JSON.stringify(result)); process.exit(0); },
      (error) => { console.error(error); process.exit(1); });`,
  );
  const child = spawn(process.execPath, [file], {
    cwd: library.folder,
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // One that hangs ends with its test, which has failed by then.
  const end = setTimeout(() => child.kill('SIGKILL'), 60_000);
  let output = '';
  let errors = '';
  child.stdout.on('data', (data) => {
    output += data;
  });
  child.stderr.on('data', (data) => {
    errors += data;
  });
  const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  clearTimeout(end);
  if (code !== 0) throw new Error(`the program ended with ${code}: ${errors}`);
  return JSON.parse(output.trimEnd().split('\n').at(-1) as string);
}
