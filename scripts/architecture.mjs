// Prints the rooms of `src` with their floors and sizes, and the largest files and classes. Fails if a room imports
// from a room that is not below it, if files import each other in a circle, or if one has outgrown its limit.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('..', import.meta.url));
const { readSources } = await load('source-files');
const { cycles, floorOf, forbiddenImports, oversized, roomOf, unknownFolders } = await load('rules');

const sources = readSources(`${root}src`);
const rooms = grouped(sources);
const table = [...rooms]
  .map(([room, files]) => ({
    floor: floorOf(room),
    room: room === '' ? 'index.ts' : room,
    files: files.length,
    lines: files.reduce((sum, { lines }) => sum + lines, 0),
    imports: importedBy(room, files),
  }))
  .sort((a, b) => b.floor - a.floor || a.room.localeCompare(b.room));
print(['floor', 'room', 'files', 'lines', 'imports'], table);

const largest = (items) => items.sort((a, b) => b.lines - a.lines).slice(0, 10);
print(['lines', 'file'], largest(sources.map(({ path, lines }) => ({ file: path, lines }))));
print(
  ['lines', 'class'],
  largest(
    sources.flatMap(({ path, classes }) =>
      classes.map(({ name, lines }) => ({ lines, class: `${name} (${path})` })),
    ),
  ),
);

const problems = [
  ...unknownFolders(sources).map((folder) => `${folder} is a room that no rule knows`),
  ...forbiddenImports(sources),
  ...cycles(sources).map((cycle) => `a circle: ${cycle}`),
  ...oversized(sources),
];
for (const problem of problems) console.error(problem);
console.log(problems.length === 0 ? 'No arrow leads back.' : `${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;

function importedBy(room, files) {
  const targets = files.flatMap(({ imports }) => imports.flatMap(({ target }) => target ?? []));
  return [...new Set(targets.map(roomOf))]
    .filter((each) => each !== room && each !== '')
    .sort()
    .join(', ');
}

function grouped(files) {
  const groups = new Map();
  for (const file of files) groups.set(roomOf(file.path), [...(groups.get(roomOf(file.path)) ?? []), file]);
  return groups;
}

function print(columns, rows) {
  const width = (column) => Math.max(column.length, ...rows.map((row) => String(row[column]).length));
  const widths = columns.map(width);
  const cell = (value, index) =>
    typeof value === 'number'
      ? String(value).padStart(widths[index])
      : String(value).padEnd(index === columns.length - 1 ? 0 : widths[index]);
  console.log(columns.map(cell).join('  '));
  for (const row of rows) console.log(columns.map((column, index) => cell(row[column], index)).join('  '));
  console.log();
}

/** Loads a module of the architecture test, which has the rules in TypeScript. */
async function load(name) {
  const folder = `${root}node_modules/.cache/architecture`;
  mkdirSync(folder, { recursive: true });
  const code = readFileSync(`${root}test/architecture/${name}.ts`, 'utf8');
  const { outputText } = ts.transpileModule(code, {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
  });
  const file = `${folder}/${name}.mjs`;
  writeFileSync(file, outputText);
  try {
    return await import(pathToFileURL(file).href);
  } finally {
    rmSync(file);
  }
}
