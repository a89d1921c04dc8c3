// The messages of `check`. Labels in a report stand in check.text.ts.

export const CHECK_USAGE = `Usage: nestjs-bank-auth check <provider…> [options]

Tries each provider once, as an application would, and says what is wrong and what to do.
Without --app it reads environment variables and .env, as bankAuthFromEnv does.

  --app <file>#<Module>    starts this module, without its hooks, and takes its options; all of its
                           providers, or those that are named
  --definitions <module>   adds the banks that a file or a package exports; may be repeated
  --offline                sends nothing: configuration, certificates and files only
  --force                  asks also where a new token ends the one that is in use
  --json                   prints JSON
  --help                   prints this

Exit codes: 0 all well, 1 a provider failed, 2 configuration or usage, 3 refused without --force.`;

export const NOTHING_SET = 'No variable of a provider is set in the environment or in .env.';
export const SET_PREFIXES = 'Variables that are set, by their prefix:';
export const NO_NAMES = 'No provider is named.';

export const argumentsWrong = (why: string): string => `The arguments are wrong: ${why}.`;
export const ARGUMENT_UNKNOWN = 'there is an option that check does not have, or one without its value';
export const NAME_ODD = 'a provider has a name that no provider has';
export const TWO_WAYS = '--app has the definitions of its application, so --definitions has no use beside it';
export const envUnreadable = (code: string): string => `.env cannot be read (${code}).`;
export const redisUnloadable = (why: string): string =>
  `BANK_AUTH_REDIS_URL is set, but nestjs-bank-auth/redis cannot be loaded (${why}). Install ioredis, or unset it.`;
export const definitionsUnloadable = (place: string, why: string): string =>
  `${place} cannot be loaded${why === '' ? '' : ` (${why})`}. The message of what it threw is not shown, because it may hold a secret.`;
export const definitionsEmpty = (place: string): string =>
  `${place} exports no bank definition: export what defineBank() returns.`;

export const appUnloadable = (place: string, why: string): string =>
  `${place} cannot be loaded${why === '' ? '' : ` (${why})`}. Build the application first; import the file by hand to see the whole error.`;
export const appWithoutModule = (place: string, name: string): string =>
  `${place} exports no class ${name}. Name the module after a #, as in dist/app.module.js#AppModule.`;
export const appNotStarted = (why: string): string =>
  `The application cannot start${why === '' ? '' : ` (${why})`}. Start it by hand to see the whole error, which may hold a secret.`;
export const appWithoutBanks = 'The application registers no BankAuthModule.';
export const appOfAnotherCopy =
  'The application uses a copy of nestjs-bank-auth whose options cannot be read from here. Run the command of that copy.';
export const appLate = (seconds: number): string =>
  `The application did not start within ${seconds} seconds.`;
export const notInApp = (names: readonly string[]): string =>
  `The application declares no provider of that name. It declares ${names.join(', ')}.`;

export const refusedWithoutForce = (providers: readonly string[]): string =>
  `Nothing was asked. At ${providers.join(', ')} a new token ends the one that is in use, so a service in production ` +
  'would be refused until it renews. Add --force if that may happen, or --offline to send nothing.';

export const DISABLED = 'The provider is switched off, so nothing was tried.';
export const NO_CREDENTIALS =
  'All credentials come from the function "credentials", for a merchant each, so nothing was tried.';
export const merchantsUntried = (from: string): string =>
  `others come from ${from}: only your application knows their keys, so none of them was tried`;
export const CLOCK_AGREES = 'agrees to the second';
export const clockDiffers = (duration: string, isAhead: boolean): string =>
  `the bank's clock is ${duration} ${isAhead ? 'ahead of' : 'behind'} ours`;
export const CLOCK_WRONG =
  'The clocks differ. Compare the clock of this machine with a time server: signed assertions and expiry depend on it.';
export const LIFETIME_FROM = {
  expires_in: 'as expires_in of the answer says',
  expires_at: 'as the instant in the answer says',
  jwt: 'as exp and iat of the token say',
  default: 'the default of the definition, because nothing says so',
  limit: 'the limit of the definition, because the bank says longer',
} as const;
export const fileUnreadable = (option: string, why: string): string =>
  `${option} names a file that cannot be read (${why}).`;
export const secretOpen = (path: string, mode: string): string =>
  `Other users of this machine may read ${path} (${mode}). Let only its owner read it: chmod 600, or a mode for the mount.`;
export const retryAfter = (duration: string): string => `The bank asks for a pause of ${duration}.`;

export const NOT_SHARED = 'none, so each process gets a token of its own';
export const STORE_WORKS = 'reachable, and its rights suffice';
export const STORE_UNTRIED = 'not asked';
export const STORE_ADVICE = 'Check the token store; without it each process obtains tokens on its own.';
export const STORE_LATE = 'no answer within 5 seconds';

export const CONCEALED = '(left out, because it held a secret)';

export const inTotal = (well: number, all: number): string => `${well} of ${all} well`;
