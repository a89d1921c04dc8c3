// Each test runner, with real and with fake timers.
import { NODES as ALL_NODES, MODULES, NESTS, projectOf } from '../versions.mjs';
import { bin, compileBoth, jestConfigOfThePage, run, write } from '../workshop.mjs';

/** The newest of each line. */
const NODES = ALL_NODES.filter((node) => !node.includes('.'));

/** The number of tests in each template. */
const TESTS = 3;

/** Jest as docs/testing.md configures it, over TypeScript. */
const jest = (nest, version) => ({
  ...projectOf(nest, version === 30 ? '-more' : '-other'),
  room: 'jest',
  template: 'tests',
  async prepare(folder) {
    for (const [kind, type] of Object.entries({ cjs: 'commonjs', esm: 'module' })) {
      await run('cp', ['-R', 'src', kind], { cwd: folder });
      const config = jestConfigOfThePage(kind === 'esm' ? ', for ES modules' : '');
      // Our names of test files. In CommonJS, a user's own imports have no `.js`.
      const own = `module.exports.testMatch = ['**/*.jest.ts'];
        module.exports.rootDir = __dirname;
        module.exports.moduleNameMapper ??= { '^(\\\\.{1,2}/.*)\\\\.js$': '$1' };`;
      write(folder, `${kind}/jest.config.cjs`, `${config}\n${own}\n`);
      write(folder, `${kind}/package.json`, { type });
      write(folder, `${kind}/tsconfig.json`, { compilerOptions: { ...typed, module: MODULE[kind] } });
    }
  },
});
const MODULE = { cjs: 'commonjs', esm: 'nodenext' };
const typed = {
  target: 'es2022',
  esModuleInterop: true,
  isolatedModules: true,
  experimentalDecorators: true,
  emitDecoratorMetadata: true,
  strict: true,
  skipLibCheck: true,
  types: ['node'],
  ignoreDeprecations: '6.0',
};

async function byJest({ folder, node, kind }) {
  const flags = kind === 'esm' ? ['--experimental-vm-modules'] : [];
  const args = [...flags, bin(folder, 'jest'), '--config', `${kind}/jest.config.cjs`, '--ci', '--runInBand'];
  const printed = await run(node, args, { cwd: folder });
  if (!printed.includes(`${TESTS} passed, ${TESTS} total`)) throw new Error(printed);
}

async function byVitest({ folder, node }) {
  const args = [bin(folder, 'vitest'), 'run', '--root', 'vitest', '--testTimeout', '60000'];
  const printed = await run(node, args, { cwd: folder });
  if (!new RegExp(`Tests +${TESTS} passed`).test(printed)) throw new Error(printed);
}

async function byNode({ folder, node, kind }) {
  const printed = await run(node, ['--test', '--test-reporter=tap', `${kind}/dist/payments.node.js`], {
    cwd: folder,
  });
  if (!printed.includes('# fail 0') || !printed.includes(`# pass ${TESTS}\n`)) throw new Error(printed);
}

const vitest = (nest, version) => ({
  ...projectOf(nest, version === '5' ? '-more' : '-other'),
  room: 'vitest',
  template: 'tests',
  async prepare(folder) {
    await run('cp', ['-R', 'src', 'vitest'], { cwd: folder });
    write(folder, 'vitest/package.json', { type: 'module' });
    write(folder, 'vitest/vitest.config.mjs', `export default { test: { include: ['*.vitest.ts'] } };\n`);
    write(folder, 'vitest/tsconfig.json', { compilerOptions: { ...typed, module: 'nodenext' } });
  },
});

const nodeTest = (nest) => ({
  ...projectOf(nest),
  room: 'node-test',
  template: 'tests',
  async prepare(folder) {
    await run('rm', ['src/payments.jest.ts', 'src/payments.vitest.ts'], { cwd: folder });
    await compileBoth(folder);
  },
});

const NEEDS_ESM = 'Jest cannot `require` an ES module, and NestJS 12 is nothing else: take ES modules';

function cellsOf({ runner, title, nest, kind, project, test, nodes = NODES, cannot }) {
  return nodes.map((node) => ({
    name: `test/${runner}/nest-${nest}/${kind}/node-${node}`,
    row: `${title}, NestJS ${nest}, ${MODULES[kind]}`,
    column: node,
    project,
    ...(cannot && { cannot }),
    run: async ({ folder, workshop }) => test({ folder, node: await workshop.node(node), kind }),
  }));
}

/** Vitest 5 does not support Node.js 20. */
const VITESTS = { 4: NODES, 5: NODES.filter((node) => !node.startsWith('20')) };

export const testRunners = Object.keys(NESTS).flatMap((nest) => [
  ...[29, 30].flatMap((version) => {
    const project = jest(nest, version);
    const shared = { runner: `jest-${version}`, title: `Jest ${version}`, nest, project, test: byJest };
    return [
      ...cellsOf({ ...shared, kind: 'cjs', ...(nest === '12' && { cannot: NEEDS_ESM }) }),
      ...cellsOf({ ...shared, kind: 'esm' }),
    ];
  }),
  ...Object.entries(VITESTS).flatMap(([version, nodes]) => {
    const shared = { runner: `vitest-${version}`, title: `Vitest ${version}`, nest, nodes };
    return cellsOf({ ...shared, kind: 'esm', project: vitest(nest, version), test: byVitest });
  }),
  ...Object.keys(MODULES).flatMap((kind) =>
    cellsOf({ runner: 'node-test', title: '`node:test`', nest, kind, project: nodeTest(nest), test: byNode }),
  ),
]);
