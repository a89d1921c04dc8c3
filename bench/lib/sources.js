import { existsSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FOLDER = fileURLToPath(new URL('../node_modules/.cache/', import.meta.url));

/**
 * Parts of the library that no entry exports, compiled from `src`: the built package holds them under other names.
 * @param name of the compiled file
 * @param files the imported names by file: `{ 'http/redaction.ts': ['Redaction'] }`
 * @param isMade whether another process has just compiled it
 */
export async function importSources(name, files, isMade = false) {
  const outfile = `${FOLDER}${name}.mjs`;
  if (!isMade || !existsSync(outfile)) {
    // From the root's packages, which have it for the tests.
    const { build } = await import('esbuild');
    const contents = Object.entries(files)
      .map(([file, names]) => `export { ${names.join(', ')} } from './src/${file}';`)
      .join('\n');
    await build({
      stdin: { contents, resolveDir: ROOT, loader: 'ts' },
      outfile,
      bundle: true,
      packages: 'external',
      platform: 'node',
      format: 'esm',
      target: 'node20',
      logLevel: 'error',
      tsconfigRaw: { compilerOptions: { experimentalDecorators: true, useDefineForClassFields: false } },
    });
  }
  return import(pathToFileURL(outfile).href);
}
