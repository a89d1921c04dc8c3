import type { LogLine } from '../errors/index.js';

// Lines of the log.

export const tokensReady = (providers: readonly string[]): LogLine => ({
  level: 'log',
  code: 'BANK_AUTH_TOKENS_READY',
  text: `Tokens are there for ${providers.join(', ')}.`,
});

// Errors of the start.

export const requiredTokensMissing = (problems: readonly string[], providers: number): string =>
  `BankAuthModule cannot start, because warmUp is 'required' and ${problems.length} of ${providers} providers have no token:\n` +
  problems.map((problem) => `  - ${problem}`).join('\n');
export const UNKNOWN_FAILURE = 'unknown failure';

export const BARE_IMPORT =
  'BankAuthModule is imported without a configuration. Import BankAuthModule.forRoot(…) or .forRootAsync(…) once, in ' +
  'the root module; with `isGlobal: true` no other module needs to import it.';
export const asyncProblems = (problems: readonly string[]): string =>
  `BankAuthModule.forRootAsync: ${problems.join('; ')}.`;
export const NO_NAMES = "providers must list the providers' names, for instance ['my-bank']";
export const ODD_NAMES = 'providers must hold names only, none of them empty';
export const repeatedNames = (names: readonly unknown[]): string =>
  `providers names ${names.join(', ')} twice`;
export const oneWay = (ways: number): string =>
  `there is ${ways === 0 ? 'no' : 'more than one'} way to the configuration: give exactly one of useFactory, useClass and ` +
  'useExisting';
export const NO_FACTORY = 'useFactory must be a function';
export const injectedByOptions = (injection: string | undefined): string =>
  `inject must not hold what injects ${injection}: the options come first`;
export const notConfigured = (name: string): string =>
  `BankAuthModule: provider "${name}" is not configured.`;

export const registeredTwice = (module: string, times: number): string =>
  `${module} is registered ${times} times in this application. Call forRoot or forRootAsync once, in the root module, ` +
  'with all providers; set `isGlobal: true` or import the same reference elsewhere.';
/** A provider, and by way of which others the options depend on it. */
export const byWayOf = (name: string, between: readonly string[]): string =>
  `${name}${between.length > 0 ? ` (by way of ${between.join(', ')})` : ''}`;
export const requestScoped = (module: string, provider: string): string =>
  `${module}: its options depend on ${provider}, of which Nest makes a new one for each request ` +
  '(Scope.REQUEST), so that each request would get options, a token and connections of its own. Inject only what ' +
  'lives as long as the application. Where the credentials depend on the request, as those of a tenant do, give a ' +
  'provider a `credentials` function and name the merchant with the call: docs/merchants.md.';
export const circularOptions = (module: string, provider: string, injection: string | undefined): string =>
  `${module}: its options depend on ${provider}, which injects ${injection}: ` +
  'a circle. What the options are made of cannot call a bank through this module. Inject something else into them.';

// What is wrong where something is injected.

export const BY_ITS_CLASS = 'TokenService by its class';
const injects = (name: string, injection: string | undefined): string => `${name} injects ${injection}, but`;
export const notImported = (
  name: string,
  injection: string | undefined,
  module: string | undefined,
): string =>
  `${injects(name, injection)} its module${module === undefined ? '' : ` ${module}`} does not import BankAuthModule. Set ` +
  '`isGlobal: true` where BankAuthModule is registered, or export BankAuthModule from the module that registers it, and ' +
  `import that one into ${module ?? 'this one'}.`;
export const oneOfSeveral = (name: string, injection: string | undefined, names: readonly string[]): string =>
  `${injects(name, injection)} BankAuthModule declares ${names.length} providers: ${names.join(', ')}. ` +
  `Say which one: @InjectTokenService('${names[0]}').`;
export const undeclared = (
  name: string,
  injection: string | undefined,
  { names, similar }: { readonly names: readonly string[]; readonly similar: string | undefined },
): string =>
  `${injects(name, injection)} BankAuthModule declares ${names.join(', ') || 'nothing'}. Add the name to its providers, ` +
  `or correct it${similar === undefined ? '' : ` (did you mean ${similar}?)`}.`;
