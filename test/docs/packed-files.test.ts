import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from '@jest/globals';

const root = fileURLToPath(new URL('../../', import.meta.url));
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

describe('package.json', () => {
  const { exports, typesVersions, peerDependencies, peerDependenciesMeta, dependencies } = manifest;
  const entries = Object.entries<{ import?: Record<string, string>; require?: Record<string, string> }>(
    exports,
  );

  test('names license, command and the Node.js versions that every page names', () => {
    expect(manifest).toMatchObject({
      name: 'nestjs-bank-auth',
      license: 'MIT',
      type: 'module',
      sideEffects: false,
      engines: { node: '^20.19.0 || ^22.12.0 || >=24.0.0' },
      bin: { 'nestjs-bank-auth': './dist/esm/cli/main.js' },
    });
    expect(existsSync(join(root, 'LICENSE'))).toBe(true);
    expect(manifest.version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(manifest.description.length).toBeLessThan(200);
    expect(new Set(manifest.keywords).size).toBe(manifest.keywords.length);
  });

  // Where the repository will be is not known yet: each of these either says it or is not there.
  test('gives repository, homepage, bugs and funding by https, the first three of one place', () => {
    const { repository, homepage, bugs, funding } = manifest;
    const addresses = [repository?.url, homepage, bugs?.url, funding?.url].filter((url) => url !== undefined);
    for (const address of addresses) expect(address).toMatch(/^(git\+)?https:\/\//);
    const place = repository?.url.replace(/^git\+|\.git$/g, '');
    for (const address of [homepage, bugs?.url])
      if (address !== undefined) expect(address.startsWith(place)).toBe(true);
  });

  test('has for each entry types before code, twice, and types for compilers that do not read exports', () => {
    for (const [entry, target] of entries.filter(([entry]) => entry !== './package.json')) {
      for (const [condition, kind] of [
        ['import', 'esm'],
        ['require', 'cjs'],
      ] as const) {
        const conditions = target[condition] ?? {};
        expect([entry, Object.keys(conditions)]).toEqual([entry, ['types', 'default']]);
        expect(conditions.types).toBe(conditions.default?.replace(/\.js$/, '.d.ts'));
        expect(conditions.default).toMatch(new RegExp(`^\\./dist/${kind}/`));
      }
      if (entry === '.') expect(manifest.types).toBe(target.require?.types);
      else expect(typesVersions['*'][entry.slice(2)]).toEqual([target.require?.types]);
    }
    expect(Object.keys(typesVersions['*'])).toHaveLength(entries.length - 2);
    expect([manifest.main, manifest.module]).toEqual([
      exports['.'].require.default,
      exports['.'].import.default,
    ]);
  });

  test('has peers with an upper end, and each optional one is imported by an entry of its own only', () => {
    const optional = Object.keys(peerDependenciesMeta);
    expect(optional).toEqual(['@nestjs/terminus', '@opentelemetry/api', 'ioredis', 'undici']);
    for (const name of optional) {
      expect(peerDependenciesMeta[name]).toEqual({ optional: true });
      expect(peerDependencies).toHaveProperty([name]);
    }
    for (const [name, range] of Object.entries(peerDependencies))
      expect([name, range]).toEqual([
        name,
        expect.stringMatching(/^\^\d+\.\d+\.\d+( \|\| \^\d+\.\d+\.\d+)*$/),
      ]);
    expect(Object.keys(dependencies).filter((name) => name in peerDependencies)).toEqual([]);
    const versions = ['@nestjs/common', '@nestjs/core', '@nestjs/terminus'].map(
      (name) => peerDependencies[name],
    );
    expect(new Set(versions).size).toBe(1);
  });

  test('has a report of the API for each entry', () => {
    const reports = readdirSync(join(root, 'api'), { recursive: true }).map((file) => String(file));
    for (const [entry] of entries.filter(([entry]) => entry !== './package.json' && !entry.includes('*')))
      expect(reports).toContain(`${entry === '.' ? 'root' : entry.slice(2)}.d.ts`);
    const beyond = readdirSync(join(root, 'src/banks/beyond'));
    for (const file of beyond) expect(reports).toContain(`banks/${file.replace('.bank.ts', '.d.ts')}`);
  });
});

describe('the tarball', () => {
  let files: string[] = [];
  beforeAll(() => {
    const args = ['pack', '--dry-run', '--json', '--ignore-scripts', '--silent'];
    const printed = execFileSync('npm', args, { cwd: root, encoding: 'utf8' });
    files = JSON.parse(printed)[0].files.map(({ path }: { path: string }) => path);
  }, 60_000);

  // A reader of node_modules has no repository to follow a link into.
  test('has what its pages link to and what they show', () => {
    const pages = files.filter((path) => /\.md$|^llms\.txt$/.test(path));
    expect(pages.length).toBeGreaterThan(40);
    const links = pages.flatMap((page) =>
      [...readFileSync(join(root, page), 'utf8').matchAll(/\]\((?![a-z]+:)([^)#\s]+)/g)].map(
        ([, link]) => [page, posix.join(posix.dirname(page), link as string)] as const,
      ),
    );
    expect(links.length).toBeGreaterThan(400);
    const there = new Set(files.flatMap((path) => [path, `${posix.dirname(path)}/`]));
    expect(links.filter(([, target]) => !there.has(target))).toEqual([]);
  });

  test('has neither sources nor tests nor what is for this repository only', () => {
    const allowed =
      /^(dist|docs|schematics|skills)\/|^(README|CHANGELOG|CONTRIBUTING|SECURITY)\.md$|^llms\.txt$|^LICENSE$|^package\.json$/;
    expect(files.filter((path) => !allowed.test(path))).toEqual([]);
    expect(files.filter((path) => /\.(map|tsbuildinfo)$/.test(path))).toEqual([]);
  });
});
