// What depends on the folder is added by scripts/mutation.mjs.
/** @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
  testRunnerNodeArgs: ['--experimental-vm-modules', '--no-warnings=ExperimentalWarning', '--expose-gc'],
  coverageAnalysis: 'perTest',
  // Types are checked by the compiler; swc ignores what a mutant makes of them.
  checkers: [],
  disableTypeChecks: false,
  ignorePatterns: ['/bench', '/dist', '/prove', '/sample', '/soak', '/reports', '.stryker-tmp*'],
  reporters: ['json', 'survivors', 'progress-append-only'],
  warnings: { slow: false },
  concurrency: 1,
  incremental: true,
  tempDirName: '.stryker-tmp',
  dryRunTimeoutMinutes: 20,
  timeoutMS: 30_000,
  // Jest forgets no module of a run: a process grows with each mutant that is active while modules load.
  maxTestRunnerReuse: 1_000,
};
