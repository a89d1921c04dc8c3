// The public types of the package, one entry a file, as `api/<entry>.d.ts`: a change of the API is a change of these
// files, which a review sees. Fails if they differ from the build's; UPDATE_DOCS=1 writes them. Needs the build.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rollup } from 'rollup';
import { dts } from 'rollup-plugin-dts';

const root = fileURLToPath(new URL('..', import.meta.url));
const reports = join(root, 'api');
const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** Each entry's report, and the declarations it is made of. */
function entries() {
  return Object.entries(exports).flatMap(([entry, target]) => {
    const types = target.import?.types;
    if (types === undefined) return [];
    const report = entry === '.' ? 'root' : entry.slice(2);
    if (!types.includes('*')) return [{ report, types: join(root, types) }];
    const [folder, end] = [dirname(types), types.split('*')[1]];
    return readdirSync(join(root, folder))
      .filter((file) => file.endsWith(end))
      .map((file) => ({
        report: report.replace('*', file.slice(0, -end.length)),
        types: join(root, folder, file),
      }));
  });
}

/** The declarations of one entry, with our own declarations that they use, and no internal ones. */
async function reportOf(types) {
  // The other entries import the root's declarations, so that they are said once.
  const index = join(root, 'dist/esm/index.js');
  const isOfRoot = (id, importer) => importer !== undefined && join(dirname(importer), id) === index;
  const isOfBanks = (id) => types.includes('/banks/beyond/') && id.startsWith('../');
  const bundle = await rollup({
    input: types,
    // A copy of our additions to axios, which says the same once more.
    external: (id, importer) =>
      !/^[./]/.test(id) || isOfRoot(id, importer) || isOfBanks(id) || id.endsWith('/axios-other.cjs'),
    plugins: [dts()],
    onLog: (level, { message }) => {
      if (level === 'warn') throw new Error(`${types}: ${message}`);
    },
  });
  const { output } = await bundle.generate({ format: 'es' });
  await bundle.close();
  return output[0].code;
}

if (!existsSync(join(root, 'dist/esm/index.d.ts'))) throw new Error('there is no build: npm run build');
const made = new Map();
for (const { report, types } of entries()) made.set(`${report}.d.ts`, await reportOf(types));
const committed = existsSync(reports)
  ? readdirSync(reports, { recursive: true }).filter((file) => file.endsWith('.d.ts'))
  : [];
if (process.env.UPDATE_DOCS === '1') {
  rmSync(reports, { recursive: true, force: true });
  for (const [file, text] of made) {
    mkdirSync(dirname(join(reports, file)), { recursive: true });
    writeFileSync(join(reports, file), text);
  }
  console.log(`api: ${made.size} reports are written`);
} else {
  const stale = [...new Set([...made.keys(), ...committed])].filter(
    (file) => !committed.includes(file) || readFileSync(join(reports, file), 'utf8') !== made.get(file),
  );
  if (stale.length > 0) {
    console.error(
      `The API is not what these files say: ${stale.map((file) => `api/${file}`).join(', ')}. If the change is meant, write them: UPDATE_DOCS=1 npm run api. Then look at the difference: what leaves or narrows breaks users`,
    );
    process.exitCode = 1;
  } else console.log(`api: ${made.size} reports say what the build has`);
}
