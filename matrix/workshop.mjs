// The means of a cell: a folder with fresh projects, the packed tarball, Nodes, and programs with a time limit.
import { spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compilerOptions, NODES } from './versions.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const templates = fileURLToPath(new URL('templates', import.meta.url));
export const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** The most characters of a program's output that a failure shows. */
const SHOWN = 6_000;

/**
 * Runs a program to its end.
 * @returns {Promise<string>} its output
 */
export function run(command, args, { cwd, env = {}, limit = 180_000 } = {}) {
  return new Promise((resolve, reject) => {
    // A group of its own, so that its child processes end with it.
    const child = spawn(command, args, { cwd, env: environment(env), detached: true });
    let printed = '';
    const take = (text) => {
      printed += text;
    };
    child.stdout.setEncoding('utf8').on('data', take);
    child.stderr.setEncoding('utf8').on('data', take);
    const fail = (why) =>
      reject(new Error(`${[command, ...args].join(' ')}: ${why}\n${printed.slice(-SHOWN)}`));
    const timer = setTimeout(() => {
      process.kill(-child.pid, 'SIGKILL');
      fail(`has not ended after ${limit / 1_000} s`);
    }, limit);
    child.once('error', fail);
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      if (code === 0) resolve(printed);
      else fail(signal ?? `exit code ${code}`);
    });
  });
}

/** The environment without the settings of the package manager that runs this process in this repository. */
function environment(own) {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(npm_(lifecycle|package|execpath|command)|NODE_OPTIONS$|INIT_CWD$)/i.test(name),
  );
  return { ...Object.fromEntries(inherited), CI: 'true', NO_COLOR: '1', ...own };
}

/** The packages whose versions the page names. */
const NAMED = [
  '@nestjs/core',
  '@nestjs/axios',
  '@nestjs/config',
  '@nestjs/cli',
  'axios',
  'jest',
  'vitest',
  'esbuild',
];

const versionIn = (file) => JSON.parse(readFileSync(file, 'utf8')).version;

export class Workshop {
  /** Promises, so that concurrent cells install only once. */
  #installed = {};
  #rooms = {};
  #nodes = {};
  #seen = new Map();

  /** @param {string | undefined} kept a folder that outlives the run, and saves the next one the installation */
  constructor(kept) {
    this.kept = kept !== undefined;
    this.folder = kept ?? mkdtempSync(join(tmpdir(), 'matrix-'));
    mkdirSync(this.folder, { recursive: true });
  }

  /**
   * Packs the package, once.
   * @param {{ tarball?: string, built?: boolean }} options a tarball that exists, or whether the package is built
   */
  async pack({ tarball, built }) {
    if (tarball === undefined) {
      const args = ['pack', '--json', '--silent', '--pack-destination', this.folder];
      if (built) args.push('--ignore-scripts');
      const printed = await run('npm', args, { cwd: root, limit: 600_000 });
      this.tarball = join(this.folder, JSON.parse(printed.slice(printed.lastIndexOf('\n[') + 1))[0].filename);
    } else this.tarball = tarball;
    this.registry = (await run('npm', ['config', 'get', 'registry'], { cwd: this.folder })).trim();
  }

  /** A Node.js of the given version, from the registry; the current one if no version is given. */
  node(version) {
    if (version === undefined || process.versions.node.split('.')[0] === version)
      return Promise.resolve(process.execPath);
    this.#nodes[version] ??= this.#fetchNode(version);
    return this.#nodes[version];
  }

  async #fetchNode(version) {
    const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
    const folder = join(this.folder, `node-${version}`);
    const program = join(folder, 'node_modules', name, 'bin/node');
    if (!existsSync(program)) {
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'package.json'), '{ "private": true }');
      await this.npm(folder, `${name}@${version}`);
    }
    return program;
  }

  npm(folder, ...args) {
    const quiet = ['--no-audit', '--no-fund', '--prefer-offline', '--no-package-lock', '--ignore-scripts'];
    return run('npm', ['install', ...quiet, ...args], { cwd: folder, limit: 400_000 });
  }

  /**
   * A room of a project with the packed package. All rooms of projects with the same name share the installed packages.
   * @param {{ name: string, packages: Record<string, string>, room: string, template?: string,
   *   install?: (folder: string, workshop: Workshop) => Promise<unknown>,
   *   prepare?: (folder: string, workshop: Workshop) => unknown }} wanted
   * @returns {Promise<string>} the folder of the room
   */
  async project({ room = 'room', template = room, prepare, ...project }) {
    const { name } = project;
    this.#installed[name] ??= this.#install(project);
    await this.#installed[name];
    const folder = join(this.folder, name, room);
    this.#rooms[folder] ??= (async () => {
      rmSync(folder, { recursive: true, force: true });
      const own = join(templates, template);
      if (existsSync(own)) cpSync(own, folder, { recursive: true });
      else mkdirSync(folder);
      await prepare?.(folder, this);
      return folder;
    })();
    return this.#rooms[folder];
  }

  async #install({ name, packages, install }) {
    const folder = join(this.folder, name);
    const dependencies = { [manifest.name]: `file:${this.tarball}`, ...packages };
    const described = JSON.stringify({ name, version: '1.0.0', private: true, dependencies });
    const stamp = join(folder, '.installed');
    if (!(this.kept && existsSync(stamp) && readFileSync(stamp, 'utf8') === described)) {
      rmSync(folder, { recursive: true, force: true });
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'package.json'), described);
      await (install ?? ((into) => this.npm(into)))(folder, this);
      writeFileSync(stamp, described);
    }
    this.#look(folder);
  }

  /** The versions of which the cells were made, in one sentence. */
  async versions() {
    const nodes = await Promise.all(
      NODES.map(async (version) => (await run(await this.node(version), ['--version'])).trim()),
    );
    return `On ${process.platform} (${process.arch}), Node.js ${nodes.join(', ').replaceAll('v', '')}. ${this.#newest()}`;
  }

  #look(folder) {
    for (const name of NAMED) {
      const file = join(folder, 'node_modules', name, 'package.json');
      if (existsSync(file)) this.#seen.set(name, (this.#seen.get(name) ?? new Set()).add(versionIn(file)));
    }
  }

  /** The installed versions of the ranges. */
  #newest() {
    if (this.kept) for (const project of readdirSync(this.folder)) this.#look(join(this.folder, project));
    const versionsOf = (name) => [...(this.#seen.get(name) ?? [])].sort().join(' and ');
    return `Among what was installed: ${NAMED.map((name) => `${name} ${versionsOf(name)}`).join(', ')}.`;
  }

  /** Removes projects that no remaining cell needs. */
  forget(stillWanted) {
    for (const name of Object.keys(this.#installed).filter((name) => !stillWanted.has(name))) {
      if (!this.kept) rmSync(join(this.folder, name), { recursive: true, force: true });
      delete this.#installed[name];
    }
  }

  end() {
    if (!this.kept) rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Writes a file of a project; objects become JSON. */
export function write(folder, name, content) {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  const text = typeof content === 'string' ? content : `${JSON.stringify(content, null, 2)}\n`;
  writeFileSync(join(folder, name), text);
}

/** The folder of a package, as a room resolves it. */
function packageFolder(room, name) {
  const places = [room, dirname(room)].map((folder) => join(folder, 'node_modules', name));
  const found = places.find((place) => existsSync(place));
  if (found === undefined) throw new Error(`${name} is not installed in ${room}`);
  return found;
}

/** A program of a package, as Node.js starts it. */
export function bin(room, name, command = name) {
  const folder = packageFolder(room, name);
  const { bin: bins } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return join(folder, typeof bins === 'string' ? bins : bins[command]);
}

/** A Jest configuration of docs/testing.md, by the suffix of its name there. */
export function jestConfigOfThePage(kind) {
  const page = readFileSync(join(root, 'docs/testing.md'), 'utf8');
  const [, config] =
    new RegExp(`^\`\`\`js\n(// jest\\.config\\.cjs${kind}\n[^]*?)^\`\`\`$`, 'm').exec(page) ?? [];
  if (config === undefined) throw new Error('docs/testing.md does not show a configuration of Jest');
  return config;
}

/** The sources of a project, compiled as CommonJS and as ES modules: `cjs/dist` and `esm/dist`. */
export async function compileBoth(folder, options = {}) {
  for (const [kind, type] of Object.entries({ cjs: 'commonjs', esm: 'module' })) {
    cpSync(join(folder, 'src'), join(folder, kind, 'src'), { recursive: true });
    write(folder, `${kind}/package.json`, { type });
    write(folder, `${kind}/tsconfig.json`, {
      compilerOptions: { ...compilerOptions, ...options },
      include: ['src'],
    });
    await run(process.execPath, [bin(folder, 'typescript', 'tsc'), '-p', kind], { cwd: folder });
  }
}
