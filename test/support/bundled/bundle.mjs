// Bundles the packages that nearly every test file loads. Jest gives each test file modules of its own, and the thousand
// small files of these packages took it longer than the tests of many a file. A bundle is made of the same sources, once
// an installation. The resolver next door hands out a bundle in the place of a file, or fails: nothing exists twice.
import { createHash } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const packages = realpathSync(fileURLToPath(new URL('../../../node_modules', import.meta.url)));
const folder = join(packages, '.cache/bundled-packages');

/** What `src`, tests and other packages import of ES modules. */
const ES_MODULES = [
  'axios',
  '@nestjs/axios',
  '@nestjs/config',
  '@nestjs/common',
  '@nestjs/common/constants',
  '@nestjs/common/enums/route-paramtypes.enum',
  '@nestjs/common/interfaces/index',
  '@nestjs/common/internal',
  '@nestjs/common/pipes/validation.pipe',
  '@nestjs/common/utils/load-package.util',
  '@nestjs/common/utils/shared.utils',
  '@nestjs/core',
  '@nestjs/core/errors/exceptions/unknown-dependencies.exception',
  '@nestjs/core/helpers/execution-context-host',
  '@nestjs/core/helpers/external-context-creator',
  '@nestjs/core/helpers/messages',
  '@nestjs/core/injector/constants',
  '@nestjs/core/injector/injector',
  '@nestjs/core/injector/internal-core-module/index',
  '@nestjs/core/inspector/index',
  '@nestjs/core/inspector/serialized-graph',
  '@nestjs/core/internal',
  '@nestjs/core/metadata-scanner',
  '@nestjs/core/router/legacy-route-converter',
  '@nestjs/core/router/request/request-constants',
  '@nestjs/core/router/route-path-factory',
];

/** And of packages that Node.js loads as CommonJS: each row shares one bundle. */
const COMMON_JS = [['rxjs', 'rxjs/operators'], ['class-validator']];

/** The exports in use, where the others are most of a package: validators of tax numbers, telephones and the like. */
const IN_USE = {
  'class-validator': [
    ...[
      'ArrayMaxSize',
      'ArrayMinSize',
      'ArrayNotEmpty',
      'IsArray',
      'IsDefined',
      'IsIBAN',
      'IsISO8601',
      'IsIn',
    ],
    ...[
      'IsInstance',
      'IsInt',
      'IsNumber',
      'IsObject',
      'IsOptional',
      'IsRFC3339',
      'IsString',
      'IsUUID',
      'IsUrl',
    ],
    ...['Length', 'Matches', 'Max', 'Min', 'ValidateBy', 'ValidateIf', 'ValidateNested', 'ValidationTypes'],
    ...['getMetadataStorage', 'validate', 'validateSync'],
  ],
};

/** Becomes part of the bundles; any other import stays one. */
const INSIDE = {
  esm: /^(@nestjs\/(axios|common|config|core)|axios|es-toolkit|iterare|uid)(\/|$)/,
  cjs: /^(rxjs|class-validator|validator|libphonenumber-js)(\/|$)/,
};

/** Makes the bundles, unless those of this installation exist. False without esbuild, which not every platform has. */
export async function bundlePackages() {
  const key = createHash('sha256')
    .update(readFileSync(join(packages, '.package-lock.json')))
    .update(readFileSync(fileURLToPath(import.meta.url)))
    .digest('hex');
  if (isMade(key)) return true;
  const esbuild = await import('esbuild').catch(() => undefined);
  if (!esbuild) return false;
  mkdirSync(dirname(folder), { recursive: true });
  const made = mkdtempSync(`${folder}-`);
  const bundles = { ...(await esModules(esbuild, made)) };
  for (const names of COMMON_JS) Object.assign(bundles, await commonJs(esbuild, made, names));
  const whole = [...new Set(Object.keys(bundles).map((file) => /^(@[^/]+\/)?[^/]+\//.exec(file)[0]))];
  writeFileSync(join(made, 'bundles.json'), JSON.stringify({ key, whole, bundles }, undefined, 1));
  try {
    rmSync(folder, { recursive: true, force: true });
    renameSync(made, folder);
  } catch (error) {
    rmSync(made, { recursive: true, force: true });
    // Another first run was faster.
    if (!isMade(key)) throw error;
  }
  return true;
}

function isMade(key) {
  try {
    return JSON.parse(readFileSync(join(folder, 'bundles.json'), 'utf8')).key === key;
  } catch {
    // There are none.
    return false;
  }
}

function options(format) {
  const setup = (build) =>
    build.onResolve({ filter: /^[^./]/ }, ({ kind, path }) =>
      kind === 'entry-point' || INSIDE[format].test(path) ? undefined : { path, external: true },
    );
  const plugins = [{ name: 'inside', setup }];
  return {
    format,
    bundle: true,
    target: 'node20',
    logLevel: 'error',
    absWorkingDir: dirname(packages),
    plugins,
  };
}

/** @returns the bundle of each file, both relative to their folders */
async function esModules(esbuild, outdir) {
  const { metafile } = await esbuild.build({
    ...options('esm'),
    platform: 'node',
    splitting: true,
    // Nest shows the names of classes, and tells modules apart by them.
    keepNames: true,
    entryPoints: ES_MODULES.map((name) => ({ in: name, out: name })),
    outdir,
    outExtension: { '.js': '.mjs' },
    metafile: true,
  });
  const outputs = Object.entries(metafile.outputs).filter(([, { entryPoint }]) => entryPoint);
  return Object.fromEntries(
    outputs.map(([output, { entryPoint }]) => [
      entryPoint.replace('node_modules/', ''),
      resolve(dirname(packages), output).slice(outdir.length + 1),
    ]),
  );
}

/** The newest form of the sources; for each entry a file that names its exports, as imports of CommonJS need. */
async function commonJs(esbuild, outdir, names) {
  const bundle = `${names[0]}.bundle.cjs`;
  await esbuild.build({
    ...options('cjs'),
    stdin: {
      contents: names.map(exportsOf).join('\n'),
      resolveDir: packages,
    },
    platform: 'neutral',
    conditions: ['es2015'],
    mainFields: ['es2015', 'module', 'main'],
    outfile: join(outdir, bundle),
  });
  const all = require(join(outdir, bundle));
  return Object.fromEntries(
    names.map((name, i) => {
      const file = `${name.replace('/', '.')}.cjs`;
      const exported = Object.keys(IN_USE[name] ? require(name) : all[`_${i}`]).map((each) =>
        each in all[`_${i}`]
          ? `exports.${each} = all.${each};\n`
          : `exports.${each} = () => { throw new Error('list ${each} of ${name} in test/support/bundled/bundle.mjs'); };\n`,
      );
      writeFileSync(
        join(outdir, file),
        `Object.defineProperty(exports, '__esModule', { value: true });\nconst all = require('./${bundle}')._${i};\n${exported.join('')}`,
      );
      return [realpathSync(require.resolve(name)).slice(packages.length + 1), file];
    }),
  );
}

/** As one namespace, whose unused members esbuild leaves out. */
function exportsOf(name, i) {
  const used = IN_USE[name];
  if (!used) return `export * as _${i} from '${name}';`;
  const list = used.join(', ');
  return `import { ${list} } from '${name}';\nexport const _${i} = { ${list} };`;
}
