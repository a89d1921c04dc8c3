// Each package manager installs the package, in its strictest form; then the application starts, and the command.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MODULES, NESTS } from '../versions.mjs';
import { bin, manifest, run, write } from '../workshop.mjs';

/** The package managers themselves. */
const BUN = `@oven/bun-${process.platform}-${process.arch === 'arm64' ? 'aarch64' : process.arch}`;
const tools = {
  name: 'package-managers',
  packages: { pnpm: '^10', '@yarnpkg/cli-dist': '^4', [BUN]: '^1' },
};

const MANAGERS = {
  npm: {
    title: 'npm, with strict peers',
    install: (folder, workshop) => workshop.npm(folder, '--strict-peer-deps'),
    start: ({ folder, file }) => run(process.execPath, [file], { cwd: folder }),
    command: ({ folder, args }) => run('npx', ['--no-install', manifest.name, ...args], { cwd: folder }),
  },
  pnpm: {
    title: 'pnpm, with strict peers and nothing hoisted',
    async install(folder, workshop) {
      const strict = [
        'strict-peer-dependencies=true',
        'auto-install-peers=false',
        'hoist=false',
        'node-linker=isolated',
      ];
      const store = `store-dir=${join(workshop.folder, 'pnpm-store')}`;
      const flags = [...strict, store].map((setting) => `--config.${setting}`);
      const pnpm = bin(await workshop.project(tools), 'pnpm');
      const args = ['install', '--ignore-scripts', '--no-frozen-lockfile', ...flags];
      await run(process.execPath, [pnpm, ...args], { cwd: folder, limit: 400_000 });
    },
    start: ({ folder, file }) => run(process.execPath, [file], { cwd: folder }),
    command: ({ folder, args }) =>
      run(join(folder, '../node_modules/.bin', manifest.name), args, { cwd: folder }),
  },
  yarn: {
    title: 'yarn, Plug’n’Play',
    async install(folder, workshop) {
      const { protocol, hostname } = new URL(workshop.registry);
      write(
        folder,
        '.yarnrc.yml',
        [
          'nodeLinker: pnp',
          'pnpMode: strict',
          'enableTelemetry: false',
          'enableImmutableInstalls: false',
          'enableScripts: false',
          'enableGlobalCache: false',
          `globalFolder: ${JSON.stringify(join(workshop.folder, 'yarn'))}`,
          `npmRegistryServer: ${JSON.stringify(workshop.registry)}`,
          ...(protocol === 'http:' ? [`unsafeHttpWhitelist: [${JSON.stringify(hostname)}]`] : []),
          '',
        ].join('\n'),
      );
      // As docs/client-authentication.md says: Node.js cannot require an ES module from an archive, and jose is one.
      const described = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
      write(folder, 'package.json', { ...described, dependenciesMeta: { jose: { unplugged: true } } });
      // A lock file of this project: otherwise Yarn would use one above it.
      write(folder, 'yarn.lock', '');
      await yarn({ folder, workshop, args: ['install'], limit: 400_000 });
    },
    start: ({ folder, file, workshop }) => yarn({ folder, workshop, args: ['node', file] }),
    command: ({ folder, args, workshop }) =>
      yarn({ folder, workshop, args: ['run', manifest.name, ...args] }),
  },
  bun: {
    title: 'bun installs, Node.js runs',
    install: bunInstall,
    start: ({ folder, file }) => run(process.execPath, [file], { cwd: folder }),
    command: ({ folder, args }) =>
      run(join(folder, '../node_modules/.bin', manifest.name), args, { cwd: folder }),
  },
  'bun-runtime': {
    title: 'bun installs and runs',
    install: bunInstall,
    start: async ({ folder, file, workshop }) => run(await bun(workshop), [file], { cwd: folder }),
    command: async ({ folder, args, workshop }) =>
      run(await bun(workshop), ['--bun', 'run', manifest.name, ...args], { cwd: folder }),
  },
};

async function yarn({ folder, workshop, args, limit }) {
  const program = bin(await workshop.project(tools), '@yarnpkg/cli-dist', 'yarn');
  return run(process.execPath, [program, ...args], { cwd: folder, ...(limit && { limit }) });
}

async function bun(workshop) {
  return join(await workshop.project(tools), '../node_modules', BUN, 'bin/bun');
}

async function bunInstall(folder, workshop) {
  const cache = join(workshop.folder, 'bun-cache');
  const env = { npm_config_registry: workshop.registry, BUN_INSTALL_CACHE_DIR: cache };
  await run(await bun(workshop), ['install', '--ignore-scripts', '--no-save'], {
    cwd: folder,
    env,
    limit: 400_000,
  });
}

const PNP_AND_MODULES =
  'Node.js reads no ES module that is required out of the archives in which Plug’n’Play keeps packages, and NestJS 12 is nothing else: take ES modules';

export const packageManagers = Object.keys(NESTS).flatMap((nest) =>
  Object.entries(MANAGERS).flatMap(([name, { title, install, start, command }]) =>
    Object.entries({ esm: 'app.mjs', cjs: 'app.cjs' }).map(([kind, file]) => ({
      name: `install/nest-${nest}/${name}/${kind}`,
      row: `${title}, ${MODULES[kind]}`,
      column: `NestJS ${nest}`,
      project: {
        name: `${name.replace('-runtime', '')}-nest-${nest}`,
        packages: NESTS[nest],
        room: 'packages',
        install,
      },
      ...(name === 'yarn' && nest === '12' && kind === 'cjs' && { cannot: PNP_AND_MODULES }),
      async run({ folder, workshop }) {
        const printed = await start({ folder, workshop, file });
        if (!printed.includes('it works')) throw new Error(printed);
        const usage = await command({ folder, workshop, args: ['simulate', '--help'] });
        if (!usage.includes('Usage: nestjs-bank-auth simulate')) throw new Error(usage);
      },
    })),
  ),
);
