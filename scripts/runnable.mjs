import { createHash, randomUUID } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

const CACHE = 'node_modules/.cache/nestjs-bank-auth-start';
const HOUR = 3_600_000;

/**
 * The library and the samples as JavaScript, laid out as a build is, in a folder that is named after the content of
 * their sources.
 * @param {string} root of the repository
 * @returns {Promise<string>} the folder
 */
export async function runnable(root) {
  const files = filesOf(root);
  return kept(
    join(root, CACHE),
    nameOf(root, files),
    (folder) => isWhole(folder, files),
    (draft) => make(draft, files, root),
  );
}

/**
 * A folder that is made once and named after its content. So no source is compiled twice and no outdated code runs. The
 * folder is whole or absent: neither an aborted start nor a concurrent one leaves half of it.
 * @param {string} cache
 * @param {string} name
 * @param {(folder: string) => boolean} whole
 * @param {(draft: string) => Promise<void>} fill
 * @returns {Promise<string>} the folder
 */
export async function kept(cache, name, whole, fill) {
  const made = join(cache, name);
  if (!whole(made)) {
    const draft = join(cache, `draft-${randomUUID()}`);
    try {
      await fill(draft);
      // A person has tidied up there.
      if (existsSync(made) && !whole(made)) rmSync(made, { recursive: true, force: true });
      try {
        renameSync(draft, made);
      } catch (error) {
        // Another start was faster.
        if (!whole(made)) throw error;
      }
    } finally {
      rmSync(draft, { recursive: true, force: true });
    }
    forget(cache);
  }
  const now = new Date();
  utimesSync(made, now, now);
  return made;
}

function filesOf(root) {
  const samples = readdirSync(join(root, 'sample'), { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  );
  return [
    ...sourcesIn(root, 'src', 'dist/esm'),
    ...samples.flatMap(({ name }) => sourcesIn(root, `sample/${name}/src`, `sample/${name}/dist`)),
  ];
}

function sourcesIn(root, from, to) {
  const folder = join(root, from);
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      const target = join(to, path.slice(folder.length)).replace(/\.ts$/, '.js');
      // Read once: what the name says must be what was made.
      return { path, target, source: readFileSync(path, 'utf8') };
    });
}

function nameOf(root, files) {
  const hash = createHash('sha256');
  const others = ['package.json', 'scripts/transpile.mjs', 'node_modules/@swc/core/package.json'];
  for (const name of others) hash.update(JSON.stringify(readFileSync(join(root, name), 'utf8')));
  for (const { path, source } of files) hash.update(JSON.stringify([path, source]));
  return hash.digest('hex').slice(0, 32);
}

function isWhole(folder, files) {
  return [...files.map(({ target }) => target), 'package.json'].every((name) =>
    existsSync(join(folder, name)),
  );
}

async function make(draft, files, root) {
  const { transpiled } = await import('./transpile.mjs');
  for (const { path, target, source } of files) {
    mkdirSync(dirname(join(draft, target)), { recursive: true });
    writeFileSync(join(draft, target), transpiled(source, path, { sourceMaps: 'inline' }));
  }
  // The samples find the library by its name and its exports.
  writeFileSync(join(draft, 'package.json'), readFileSync(join(root, 'package.json')));
}

/** Removes folders without a start for an hour: a sample that runs may still load from its folder. */
function forget(cache) {
  for (const name of readdirSync(cache)) {
    const age = Date.now() - (statSync(join(cache, name), { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > HOUR) rmSync(join(cache, name), { recursive: true, force: true });
  }
}
