// Mutation testing, as docs/mutation-testing.md says: `npm run mutation -- [folder or file…] [--force] [--write]`.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Stryker } from '@stryker-mutator/core';

/** The folders of src, each with the least score in percent and the tests that reach it quickly. */
const FOLDERS = {
  token: { least: 90, tests: ['unit/{token,credentials,store}/!(*.properties|*.orderings).test.ts'] },
  http: { least: 90, tests: ['unit/http/*.test.ts'] },
  config: { least: 80, tests: ['unit/config/!(no-values-in-messages).test.ts'] },
  banks: { least: 80, tests: ['unit/banks/!(adding-a-bank|bank-pages|required-options).test.ts'] },
};
const PAGE = 'docs/mutation-testing.md';
const reportOf = (folder) => `reports/mutation/${folder}.json`;

// In UTC, code that takes local time for it would not be seen.
process.env.TZ = 'Asia/Tbilisi';
process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const { values: options, positionals } = parseArgs({
  options: { write: { type: 'boolean' }, force: { type: 'boolean' } },
  allowPositionals: true,
});
const paths = positionals.map((path) => path.replace(/\/$/, '').replace(/^(?!src\/)/, 'src/'));
const stray = paths.find((path) => !(path.split('/')[1] in FOLDERS));
if (stray !== undefined)
  throw new Error(`${stray} is not in one of src/${Object.keys(FOLDERS).join(', src/')}`);

const asked = Object.keys(FOLDERS).filter(
  (folder) => paths.length === 0 || paths.some((path) => path.split('/')[1] === folder),
);
for (const folder of asked) {
  const files = paths.filter((path) => path.startsWith(`src/${folder}/`));
  const whole = files.length === 0 || paths.includes(`src/${folder}`);
  await new Stryker({
    mutate: [...(whole ? [`src/${folder}/**/*.ts`] : files), '!**/index.ts'],
    jest: {
      projectType: 'custom',
      configFile: 'jest.config.mjs',
      enableFindRelatedTests: false,
      config: {
        testMatch: FOLDERS[folder].tests.map((pattern) => `<rootDir>/test/${pattern}`),
        testRunner: '<rootDir>/scripts/covering-tests.jest-circus.mjs',
        testSequencer: '<rootDir>/scripts/quickest-first.sequencer.mjs',
      },
    },
    incrementalFile: `reports/mutation/${folder}.incremental.json`,
    jsonReporter: { fileName: reportOf(folder) },
    force: options.force,
  }).runMutationTest();
}

const scores = Object.keys(FOLDERS)
  .filter((folder) => existsSync(reportOf(folder)))
  .map(scoreOf);
const table = [
  '| folder | mutants | killed | timed out | survived | not covered | score | at least | not loadable |',
  '| --- | --: | --: | --: | --: | --: | --: | --: | --: |',
  ...scores.map(
    ({ folder, mutants, found, score, notLoadable }) =>
      `| \`src/${folder}\` | ${mutants} | ${found.Killed} | ${found.Timeout} | ${found.Survived} | ${found.NoCoverage} | ${score.toFixed(1)} % | ${FOLDERS[folder].least} % | ${notLoadable} |`,
  ),
].join('\n');
console.log(table);
if (options.write) {
  const [start, end] = ['<!-- scores -->', '<!-- end of scores -->'];
  const page = readFileSync(PAGE, 'utf8');
  writeFileSync(PAGE, `${page.split(start)[0]}${start}\n\n${table}\n\n${end}${page.split(end)[1]}`);
}
process.exitCode = scores.some(({ folder, score }) => asked.includes(folder) && score < FOLDERS[folder].least)
  ? 1
  : 0;

function scoreOf(folder) {
  const { files } = JSON.parse(readFileSync(reportOf(folder), 'utf8'));
  const statuses = Object.values(files).flatMap(({ mutants }) => mutants.map(({ status }) => status));
  const found = { Killed: 0, Timeout: 0, Survived: 0, NoCoverage: 0 };
  for (const status of statuses) if (status in found) found[status] += 1;
  const mutants = Object.values(found).reduce((sum, count) => sum + count, 0);
  const score = (100 * (found.Killed + found.Timeout)) / mutants;
  const notLoadable = statuses.filter((status) => status === 'RuntimeError').length;
  return { folder, mutants, found, score, notLoadable };
}
