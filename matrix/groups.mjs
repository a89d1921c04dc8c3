// All cells, in the order in which they run: each group removes its projects before the next begins.
import { builds } from './cells/builds.mjs';
import { companions } from './cells/companions.mjs';
import { types } from './cells/compilers.mjs';
import { growth } from './cells/growth.mjs';
import { packageManagers } from './cells/package-managers.mjs';
import { startUps } from './cells/start-ups.mjs';
import { testRunners } from './cells/test-runners.mjs';

const nodeOf = (version) => `Node.js ${version === 'latest' ? 'newest' : version}`;

export const groups = [
  {
    title: 'Start-ups',
    about:
      'TypeScript, compiled by `tsc`. Each application calls its bank by `HttpService` and by `fetch`, calls it again after the bank revoked the token, closes, and its process ends by itself.',
    rows: 'application',
    columns: nodeOf,
    cells: startUps,
  },
  {
    title: 'Test runners',
    about:
      'A testing module on a simulated bank, once with real timers and once with the fake timers of the runner, which age the token; and the fakes. Jest runs TypeScript as [testing](testing.md#jest) configures it.',
    rows: 'runner',
    columns: nodeOf,
    cells: testRunners,
  },
  {
    title: 'Types',
    about:
      '`strict`, `exactOptionalPropertyTypes`, and without `skipLibCheck`: the compiler also reads all declarations of NestJS and of the other peers.',
    rows: 'project',
    columns: (version) => `TypeScript ${version}`,
    cells: types,
  },
  {
    title: 'Builds',
    about:
      'What each tool makes is started. One bank of the application wants signed assertions, so `jose` is in the bundle.',
    rows: 'tool',
    cells: builds,
  },
  {
    title: 'Package managers',
    about:
      'Each installs the package; then an ES module and a CommonJS program start, and the command `nestjs-bank-auth`.',
    rows: 'manager',
    cells: packageManagers,
  },
  {
    title: 'Beside other modules',
    about:
      'An application with the other module calls its bank through it. [Beside other libraries](beside-other-libraries.md) says what to set.',
    rows: 'module',
    cells: companions,
  },
  {
    title: 'Many in one process',
    about:
      'Each calls its bank and is closed. Afterwards no token service and no `HttpService` of them is alive, and there are as many listeners and resources as after ten.',
    rows: 'what',
    cells: growth,
  },
];
