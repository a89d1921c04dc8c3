// Mutation testing, as docs/mutation-testing.md says: `npm run mutation -- [folder or file…] [--force] [--write] [--no-static] [--seconds n] [--every n]`.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Stryker } from '@stryker-mutator/core';
import { isInSample, NOT_IN_SAMPLE } from './mutation/sample.mjs';

/** Test files by pattern, without the kinds of names given. */
const all = (folder, ...without) =>
  `unit/${folder}/${without.length > 0 ? `!(${without.join('|')})` : '*'}.test.ts`;
/** The kinds of slow tests: random searches, and tests that take seconds. */
const SLOW = ['*.properties', '*.orderings', '*.scale'];
const TOKEN = ['token', 'token/flight', 'token/sharing', 'token/merchants'].map((folder) =>
  all(folder, ...SLOW, '*.broken'),
);

/** The rooms of src, each with the tests that reach it quickly; for some rooms, the files that are judged. */
const ROOMS = {
  // Some functions of the definitions beyond the registry are asked by the pages of these banks only.
  banks: { tests: [all('banks'), 'docs/bank-pages.test.ts', 'unit/config/client-authentication.test.ts'] },
  // Expiry dates and files of assertions are read for other rooms.
  credentials: {
    tests: [
      all('credentials'),
      'unit/config/{client-authentication,secret-expiry}.test.ts',
      'unit/token/merchants/expiry-watch.test.ts',
      'unit/token/endpoint/client-{assertion,proof}.test.ts',
    ],
  },
  config: {
    tests: [
      all('config', 'no-values-in-messages'),
      'unit/credentials/{credential-forms,credentials}.test.ts',
      'unit/module/{from-env,registration}.test.ts',
    ],
  },
  store: { tests: [all('store', '*.broken')] },
  redis: {
    // The files that neither connect nor ask a server; the others are for test/redis and prove.
    files: [
      'encryption-keys',
      'record-cipher',
      'redis-moment',
      'redis-news',
      'redis-source',
      'redis-trouble',
      'sealed-records',
      'seen-orders',
      'verified-tls',
    ],
    tests: [all('redis')],
  },
  time: { tests: [all('time'), 'unit/token/flight/flight-budget.test.ts'] },
  http: {
    // `fetch` and the reports of calls are mostly tested over sockets.
    tests: [
      all('http'),
      'behaviour/{bank-fetch*,bank-http.hostile,call-reports,engine,failed-answers,sent-again}.test.ts',
      'unit/events/trace-channels.test.ts',
      'unit/testing-fakes/fake-bank-fetch.test.ts',
    ],
  },
  reports: {
    tests: [
      all('reports'),
      'behaviour/call-reports.test.ts',
      'unit/http/{authorising-adapter,call-record,delivery}.test.ts',
      all('testing-fakes'),
    ],
  },
  filter: { tests: [all('filter'), 'behaviour/exception-filter.test.ts'] },
  'token/endpoint': { tests: [all('token/endpoint'), all('token', ...SLOW)] },
  'token/sharing': { tests: TOKEN },
  'token/flight': { tests: TOKEN },
  // The tests of the state cover the total of all merchants.
  'token/merchants': { tests: [...TOKEN, 'unit/module/bank-auth-state.test.ts'] },
  // The tests of the endpoint cover limits and codes of answers.
  token: { tests: [...TOKEN, all('token/endpoint')] },
};
/** The messages, judged by the page that quotes them word for word; no room's score counts them. */
const MESSAGES = 'messages';
ROOMS[MESSAGES] = { tests: ['messages/messages-in-words.test.ts'] };
/** The least score of a room, in percent. */
const LEAST = 93;
const PAGE = 'docs/mutation-testing.md';
const slugOf = (room) => room.replace('/', '-');
const reportOf = (room) => `reports/mutation/${slugOf(room)}.json`;

// In UTC, the mistake of using local time would stay unnoticed.
process.env.TZ = 'Asia/Tbilisi';
process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const { values: options, positionals } = parseArgs({
  options: {
    write: { type: 'boolean' },
    force: { type: 'boolean' },
    'no-static': { type: 'boolean' },
    seconds: { type: 'string' },
    every: { type: 'string' },
  },
  allowPositionals: true,
});
const paths = positionals.map((path) => path.replace(/\/$/, '').replace(/^(?!src\/)/, 'src/'));
// The seconds of tests for each mutant.
if (options.seconds !== undefined) process.env.MUTATION_SECONDS = options.seconds;
// A sample: a whole run keeps nothing of it.
if (options.every !== undefined) process.env.MUTATION_EVERY = options.every;
const stray = paths.find((path) => roomsOf(path).length === 0);
if (stray !== undefined)
  throw new Error(`${stray} is not in one of src/${Object.keys(ROOMS).join(', src/')}`);

const asked = Object.keys(ROOMS).filter(
  (room) => paths.length === 0 || paths.some((path) => roomsOf(path).includes(room)),
);
for (const room of asked) {
  const files = paths.filter((path) => path.endsWith('.ts') && roomsOf(path).includes(room));
  const whole =
    files.length === 0 || paths.some((path) => !path.endsWith('.ts') && roomsOf(path).includes(room));
  const settings = {
    testRunner: 'kept-worlds',
    plugins: [
      '@stryker-mutator/*',
      './scripts/mutation/kept-worlds.stryker-runner.mjs',
      './scripts/mutation/survivors.reporter.mjs',
    ],
    mutate: [
      ...(whole ? filesOf(room) : files),
      '!**/index.ts',
      ...(room === MESSAGES ? [] : ['!**/*.messages.ts']),
    ],
    jest: {
      projectType: 'custom',
      configFile: 'jest.config.mjs',
      enableFindRelatedTests: false,
      config: {
        testMatch: ROOMS[room].tests.map((pattern) => `<rootDir>/test/${pattern}`),
        // Stryker's own environment builds on this one, and loads no ES module. The worlds are kept anyway.
        testEnvironment: 'node',
        // A mutant may wait for ever where the original answers at once.
        testTimeout: 8_000,
        testRunner: '<rootDir>/scripts/mutation/kept-worlds.jest-circus.mjs',
        testSequencer: '<rootDir>/scripts/mutation/chosen-files.sequencer.mjs',
      },
    },
    incrementalFile: reportOf(room).replace('.json', '.incremental.json'),
    jsonReporter: { fileName: reportOf(room) },
    incremental: options.every === undefined,
    tempDirName: `.stryker-tmp-${slugOf(room)}`,
  };
  // Code that runs both as modules load and in tests is tried by the tests that reach it. Code that runs only as
  // modules load takes seconds for each mutant.
  await new Stryker({ ...settings, force: options.force, ignoreStatic: true }).runMutationTest();
  if (!options['no-static']) await new Stryker(settings).runMutationTest();
}

const scores = Object.keys(ROOMS)
  .filter((room) => existsSync(reportOf(room)))
  .map(scoreOf);
const table = [
  '| room | mutants | killed | timed out | survived | not covered | score | not loadable |',
  '| --- | --: | --: | --: | --: | --: | --: | --: |',
  ...scores.map(
    ({ room, mutants, found, score, notLoadable }) =>
      `| ${nameOf(room)} | ${mutants} | ${found.Killed} | ${found.Timeout} | ${found.Survived} | ${found.NoCoverage} | ${score.toFixed(1)} % | ${notLoadable} |`,
  ),
].join('\n');
console.log(table);
if (options.write) {
  const [start, end] = ['<!-- scores -->', '<!-- end of scores -->'];
  const page = readFileSync(PAGE, 'utf8');
  writeFileSync(PAGE, `${page.split(start)[0]}${start}\n\n${table}\n\n${end}${page.split(end)[1]}`);
}
process.exitCode = scores.some(({ room, score }) => asked.includes(room) && score < LEAST) ? 1 : 0;

/** The room of a file, or the rooms in a folder. */
function roomsOf(path) {
  const place = path.replace(/^src\//, '');
  const rooms = Object.keys(ROOMS);
  if (!path.endsWith('.ts')) return rooms.filter((room) => `${room}/`.startsWith(`${place}/`));
  const around = rooms.filter((room) => place.startsWith(`${room}/`));
  return around.sort((a, b) => b.length - a.length).slice(0, 1);
}

function filesOf(room) {
  // The messages of the simulated banks are not part of the page.
  if (room === MESSAGES) return ['src/!(testing)/**/*.messages.ts'];
  const { files = ['*'] } = ROOMS[room];
  const isAround = Object.keys(ROOMS).some((other) => other.startsWith(`${room}/`));
  return files.map((file) => `src/${room}/${isAround ? '' : '**/'}${file}.ts`);
}

function nameOf(room) {
  return room === MESSAGES ? '`*.messages.ts` of all rooms' : `\`src/${room}\``;
}

function scoreOf(room) {
  const { files } = JSON.parse(readFileSync(reportOf(room), 'utf8'));
  const statuses = Object.values(files)
    .flatMap(({ mutants }) => mutants)
    // Mutants without tests are not tried at all, and would count for more than the rest.
    .filter(
      ({ id, status, statusReason }) =>
        statusReason !== NOT_IN_SAMPLE && (status !== 'NoCoverage' || isInSample(id)),
    )
    .map(({ status }) => status);
  const found = { Killed: 0, Timeout: 0, Survived: 0, NoCoverage: 0 };
  for (const status of statuses) if (status in found) found[status] += 1;
  const mutants = Object.values(found).reduce((sum, count) => sum + count, 0);
  const score = (100 * (found.Killed + found.Timeout)) / mutants;
  const notLoadable = statuses.filter((status) => status === 'RuntimeError').length;
  return { room, mutants, found, score, notLoadable };
}
