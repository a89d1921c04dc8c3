import type { Obstacle } from './admission.js';

// Errors of the start.

export const NO_BANK_AUTH_MODULE =
  'BankAuthDevtoolsModule has nothing to show: this application does not register BankAuthModule, or does so in ' +
  'another copy of nestjs-bank-auth. Import BankAuthModule.forRoot(…) or .forRootAsync(…) in the root module.';
export const BARE_IMPORT =
  'BankAuthDevtoolsModule is imported without its options. Import BankAuthDevtoolsModule.forRoot().';
export const SHOWN_TWICE =
  'BankAuthDevtoolsModule is registered more than once in this application. Import it once, in the root module.';
export const noOption = (name: string, known: readonly string[]): string =>
  `BankAuthDevtoolsModule.forRoot: ${name} is no option of it. There are: ${known.join(', ')}.`;
export const ODD_PATH =
  'BankAuthDevtoolsModule.forRoot: path must be one or more names with a slash between them, of letters, digits, ' +
  'hyphens, underscores and tildes, with dots where they do not come first.';
export const ODD_GUARD =
  'BankAuthDevtoolsModule.forRoot: guard must be a class. One that is undefined, as by a circular import, would leave ' +
  'the page without any.';
export const ODD_SIMULATOR =
  'BankAuthDevtoolsModule.forRoot: simulator must be a BankSimulator that was started.';

// Lines of the log.

/** A line of the log in the form of this package: the code first. */
export const written = ({ code, text }: { readonly code: string; readonly text: string }): string =>
  `[${code}] ${text}`;

export const pageAtPath = (path: string) => ({
  level: 'log' as const,
  code: 'BANK_AUTH_LIVE_PAGE' as const,
  text: `The live page of the banks is at ${path}.`,
});
export const noPage = (obstacle: Obstacle) => ({
  level: 'log' as const,
  code: 'BANK_AUTH_NO_LIVE_PAGE' as const,
  text:
    obstacle.kind === 'node-env'
      ? 'There is no live page, since NODE_ENV is production. To have one there, give BankAuthDevtoolsModule.forRoot a guard.'
      : `There is no live page, since ${obstacle.names.join(', ')} ${obstacle.names.length === 1 ? 'is' : 'are'} in production. To have one there, give BankAuthDevtoolsModule.forRoot a guard.`,
});

// Answers to requests.

export const FOREIGN_HOST =
  'Without a guard, the live page answers to localhost, to addresses and to names without a dot only. To show it under ' +
  'another name, give BankAuthDevtoolsModule.forRoot a guard.';
export const FOREIGN_ORIGIN =
  'This comes from another site than the page, or the Host was changed on the way: no page of another site may do this.';
export const JSON_ONLY = 'Content-Type must be application/json.';
export const TOO_MANY = 'Too many live pages are open, or the application is about to end.';

/** The new behaviour of a simulated bank, by the name of the page's button. */
export const BANK_DID: ReadonlyMap<string, (bank: string) => string> = new Map([
  ['unavailable', (bank: string) => `${bank} answers token requests with 503 until it is healed.`],
  ['slow', (bank: string) => `${bank} takes 3 seconds for each answer until it is healed.`],
  ['revoke', (bank: string) => `${bank} refuses all tokens that it has issued so far.`],
  ['refuse', (bank: string) => `${bank} answers 401 to each call, whatever the token, until it is healed.`],
  ['reject', (bank: string) => `${bank} rejects the credentials until it is healed.`],
  ['short', (bank: string) => `${bank} issues tokens of 30 seconds until it is healed.`],
  ['heal', (bank: string) => `${bank} is well again.`],
]);
