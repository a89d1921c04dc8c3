import type { Import, SourceFile } from './source-files.js';

/** Which rooms a room may import, and of which no more than types. */
interface Permission {
  readonly values: readonly string[];
  readonly types?: readonly string[];
}

/** A room is a folder of `src`. It may always import itself; `index.ts` and `module` wire everything together. */
const permissions: Readonly<Record<string, Permission>> = {
  errors: { values: [] },
  time: { values: [] },
  copies: { values: [] },
  banks: { values: ['errors'] },
  store: { values: ['errors', 'time'] },
  engine: { values: [] },
  config: { values: ['banks', 'errors'], types: ['store', 'engine'] },
  credentials: { values: ['config', 'errors'] },
  logs: { values: ['errors'] },
  events: { values: ['copies', 'errors'], types: ['reports'] },
  token: { values: ['credentials', 'store', 'time', 'events', 'errors'], types: ['banks'] },
  reports: { values: ['copies', 'errors'] },
  filter: { values: ['reports', 'logs', 'errors'] },
  http: { values: ['token', 'events', 'reports', 'copies', 'errors'], types: ['engine'] },
  module: {
    values: [
      'http',
      'reports',
      'events',
      'logs',
      'token',
      'credentials',
      'config',
      'store',
      'banks',
      'copies',
      'time',
      'errors',
    ],
  },
};

/** Rooms within `token`, from the lowest on: each may import those below it, and the files beside the rooms. */
const floorsOfToken = ['endpoint', 'sharing', 'flight', 'merchants'];

/** Entries beside the root see of it what everybody sees. */
const entries = ['redis', 'terminus', 'testing', 'opentelemetry', 'devtools', 'webhooks', 'undici'];

/** The commands are no entry. What they see of the root besides, only the fakes see too, to refuse by the same code. */
const seenByCommands = ['index.ts', 'internal.ts', 'testing/index.ts', 'redis/index.ts'];

/** Every room, with those that it may import; for the table of them that newcomers read. */
export const roomsWithImports: readonly (readonly [room: string, imports: readonly string[]])[] = [
  ...Object.entries(permissions).map(
    ([room, { values, types = [] }]) => [room, [...values, ...types]] as const,
  ),
  ...floorsOfToken.map(
    (part, floor) =>
      [`token/${part}`, floorsOfToken.slice(0, floor).map((below) => `token/${below}`)] as const,
  ),
  ...entries.map((entry) => [entry, ['module']] as const),
  ['cli', entries],
];

export function folderOf(path: string): string {
  return path.includes('/') ? (path.split('/')[0] as string) : '';
}

/** As a newcomer finds it: `token/flight`, `http`. */
export function roomOf(path: string): string {
  const [folder = '', room = ''] = path.split('/');
  if (!path.includes('/')) return '';
  return folder === 'token' && floorsOfToken.includes(room) ? `${folder}/${room}` : folder;
}

/** How many rooms of values stand below one, at most. */
export function floorOf(room: string): number {
  const [folder = '', part] = room.split('/');
  if (part !== undefined) return floorOf(folder);
  if (room === '') return floorOf('module') + 1;
  if (room === 'cli') return floorOf('testing') + 1;
  if (entries.includes(room)) return floorOf('') + 1;
  const { values = [], types = [] } = permissions[room] ?? {};
  return 1 + Math.max(0, ...[...values, ...types].map(floorOf));
}

/** Lines that no file of logic, and no class, should be longer than. */
export const LONGEST_FILE = 400;
export const LONGEST_CLASS = 350;

export function oversized(sources: readonly SourceFile[]): string[] {
  return sources.flatMap(({ path, lines, classes }) => [
    ...(lines > LONGEST_FILE ? [`${path} has ${lines} lines`] : []),
    ...classes
      .filter((each) => each.lines > LONGEST_CLASS)
      .map((each) => `${path}: class ${each.name} has ${each.lines} lines`),
  ]);
}

export function forbiddenImports(sources: readonly SourceFile[]): string[] {
  return sources.flatMap(({ path, imports }) =>
    imports.filter((one) => !mayImport(path, one)).map(({ specifier }) => `${path} imports ${specifier}`),
  );
}

function mayImport(path: string, { target, typeOnly }: Import): boolean {
  if (target === undefined) return true;
  if (target.startsWith('..')) return false;
  // An entry for each, which nothing else may bring along.
  if (target.startsWith('banks/beyond/')) return false;
  const [from, to] = [folderOf(path), folderOf(target)];
  if (target === 'internal.ts') return from === 'cli' || from === 'testing';
  if (from === to) return from !== 'token' || standsBelow(roomOf(target), roomOf(path));
  if (from === 'cli') return seenByCommands.includes(target);
  if (to === 'cli') return false;
  // Buttons for simulated banks, where an application brings them.
  if (from === 'devtools' && target === 'testing/index.ts') return typeOnly;
  if (entries.includes(from)) return target === 'index.ts';
  if (entries.includes(to)) return false;
  if (from === '') return true;
  const { values, types = [] } = permissions[from] ?? { values: [] };
  return values.includes(to) || (typeOnly && types.includes(to));
}

function standsBelow(target: string, room: string): boolean {
  const [to, from] = [target, room].map((each) => floorsOfToken.indexOf(each.split('/')[1] ?? ''));
  return from === -1 || (to as number) <= (from as number);
}

/** Folders that no rule knows, which would be free to import nothing, unnoticed. */
export function unknownFolders(sources: readonly SourceFile[]): string[] {
  const folders = new Set(sources.map(({ path }) => folderOf(path)));
  return [...folders].filter(
    (folder) => !['', 'cli', ...entries].includes(folder) && !(folder in permissions),
  );
}

/** Imports that lead to no file, which the other rules could not follow. */
export function danglingImports(sources: readonly SourceFile[]): string[] {
  const paths = new Set(sources.map(({ path }) => path));
  return sources.flatMap(({ path, imports }) =>
    imports
      .filter(({ target }) => target !== undefined && !paths.has(target))
      .map(({ specifier }) => `${path} imports ${specifier}`),
  );
}

/** Each cycle once, from the file that comes first in the alphabet. */
export function cycles(sources: readonly SourceFile[]): string[] {
  const targets = new Map(
    sources.map(({ path, imports }) => [path, imports.flatMap(({ target }) => target ?? [])] as const),
  );
  const found = new Set<string>();
  const done = new Set<string>();
  const walk = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) {
      const cycle = trail.slice(start);
      const first = cycle.indexOf([...cycle].sort()[0] as string);
      const turned = [...cycle.slice(first), ...cycle.slice(0, first)];
      found.add([...turned, turned[0]].join(' → '));
      return;
    }
    if (done.has(path)) return;
    for (const target of targets.get(path) ?? []) walk(target, [...trail, path]);
    done.add(path);
  };
  for (const { path } of sources) walk(path, []);
  return [...found].sort();
}

/** Files other than definitions, doubles and the index that name a bank, in code or in what they say. */
export function bankNames(sources: readonly SourceFile[], ids: readonly string[]): string[] {
  const host = /\b(?:[\w-]+\.)*(?:bog|tbcbank|ipay|businessonline)\.ge\b/i;
  const named = ids.map((id) => new RegExp(`(?<![\\w-])${id}(?![\\w-])`, 'i'));
  return sources
    .filter(({ path }) => !['banks', 'testing'].includes(folderOf(path)) && path !== 'index.ts')
    .flatMap(({ path, texts }) =>
      texts
        .filter((text) => host.test(text) || named.some((name) => name.test(text)))
        .map((text) => `${path} says ${JSON.stringify(text)}`),
    );
}

/** What data and pure functions have no use for. */
const impure = [
  'process',
  'globalThis',
  'global',
  'fetch',
  'WebSocket',
  'XMLHttpRequest',
  'console',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'Promise',
  'Date',
  'performance',
  'crypto',
  'random',
  'eval',
  'require',
];

/** Whatever would make a definition of a bank more than data and pure functions. */
export function impurities(sources: readonly SourceFile[]): string[] {
  return sources
    .filter(({ path }) => folderOf(path) === 'banks')
    .flatMap(({ path, imports, identifiers }) => [
      ...imports
        .filter(({ target }) => target === undefined)
        .map(({ specifier }) => `${path} imports ${specifier}`),
      ...impure.filter((name) => identifiers.has(name)).map((name) => `${path} uses ${name}`),
    ]);
}

/** `kebab-case.ts`, or with the file's role: `kebab-case.some-role.ts`. */
export function oddFileNames(sources: readonly SourceFile[]): string[] {
  const kebab = '[a-z0-9]+(?:-[a-z0-9]+)*';
  const name = new RegExp(`^(?:${kebab}/)*${kebab}(?:\\.${kebab})?\\.ts$`);
  return sources.map(({ path }) => path).filter((path) => !name.test(path));
}

export function defaultExports(sources: readonly SourceFile[]): string[] {
  return sources.filter(({ hasDefaultExport }) => hasDefaultExport).map(({ path }) => path);
}
