import { type LogLine, quoted } from '../errors/index.js';

// Lines of the log.

export const tokensReady = (providers: readonly string[]): LogLine => ({
  level: 'log',
  code: 'BANK_AUTH_TOKENS_READY',
  text: `Tokens are ready for ${providers.join(', ')}.`,
});

/**
 * @param thrown the class of the error
 * @param at the place from its stack
 * @param hasEnded whether the subscriber gets no more events
 */
export const subscriberFailed = (thrown: string, at: string | undefined, hasEnded: boolean): LogLine => ({
  level: 'error',
  code: 'BANK_AUTH_SUBSCRIBER_FAILED',
  text:
    `A subscriber of BankAuthEvents threw ${thrown}${at === undefined ? '' : ` (${at})`}. Tokens and payments are not ` +
    `touched, ${
      hasEnded
        ? 'but this subscriber gets no events any more. Fix that function; catchError or retry in an operator keep a subscription.'
        : 'and the subscriber goes on to get events. Fix that function; what it throws from now on is not logged.'
    }`,
  fields: { thrown },
});

export const AN_ERROR = 'an error';
export const oddThrown = (type: string): string => `a value of type ${type}`;

// Errors of the start.

export const requiredTokensMissing = (problems: readonly string[], providers: number): string =>
  `BankAuthModule cannot start, because warmUp is 'required' and ${problems.length} of ${providers} providers have no token:\n` +
  problems.map((problem) => `  - ${problem}`).join('\n');
/** The same if every problem is an outage. */
export const requiredTokensAway = (problems: readonly string[], providers: number): string =>
  `${requiredTokensMissing(problems, providers)}\nThe banks or the way to them are in trouble, not the configuration: start ` +
  "again when they are back. With warmUp 'background' the service starts without them.";
export const UNKNOWN_FAILURE = 'unknown failure';

export const BARE_IMPORT =
  'BankAuthModule is imported without a configuration. Import BankAuthModule.forRoot(…) or .forRootAsync(…) once, in ' +
  'the root module; with `isGlobal: true` no other module needs to import it.';
export const asyncProblems = (problems: readonly string[]): string =>
  `BankAuthModule.forRootAsync: ${problems.join('; ')}.`;
export const NO_NAMES = "providers must list the providers' names, for instance ['my-bank']";
export const ODD_NAMES = 'providers must contain names only, and no empty ones';
export const repeatedNames = (names: readonly unknown[]): string =>
  `providers names ${names.join(', ')} twice`;
export const oneWay = (ways: number): string =>
  `there is ${ways === 0 ? 'no' : 'more than one'} way to the configuration: give exactly one of useFactory, useClass and ` +
  'useExisting';
export const NO_FACTORY = 'useFactory must be a function';
export const injectedByOptions = (injection: string | undefined): string =>
  `inject must not contain a provider that injects ${injection}, because the options are made first`;
export const notConfigured = (name: string): string =>
  `BankAuthModule: provider "${name}" is not configured.`;

export const unknownProvider = (
  name: string,
  names: readonly string[],
  similar: string | undefined,
): string =>
  `BankAuthState knows no provider ${quoted(name)}${similar === undefined ? '' : ` (did you mean ${similar}?)`}. ` +
  `BankAuthModule declares ${names.join(', ')}.`;

export const registeredTwice = (module: string, times: number): string =>
  `${module} is registered ${times} times in this application. Call forRoot or forRootAsync once, in the root module, ` +
  'with all providers; set `isGlobal: true` or import the same reference elsewhere.';
/** A provider on which the options depend, and the providers between them. */
export const byWayOf = (name: string, between: readonly string[]): string =>
  `${name}${between.length > 0 ? ` (by way of ${between.join(', ')})` : ''}`;
export const requestScoped = (module: string, provider: string): string =>
  `${module}: its options depend on ${provider}, which Nest creates anew for each request ` +
  '(Scope.REQUEST): each request would get its own options, token and connections. Inject only providers that ' +
  'live as long as the application. If the credentials depend on the request, as those of a tenant do, give a ' +
  'provider a `credentials` function and name the merchant in the call: docs/merchants.md.';
export const circularOptions = (module: string, provider: string, injection: string | undefined): string =>
  `${module}: its options depend on ${provider}, which injects ${injection}: ` +
  'a circle. A provider that the options depend on cannot call a bank through this module. Inject another one.';

// Problems of injections.

export const BY_ITS_CLASS = 'TokenService by its class';
const injects = (name: string, injection: string | undefined): string => `${name} injects ${injection}, but`;
export const notImported = (
  name: string,
  injection: string | undefined,
  module: string | undefined,
): string =>
  `${injects(name, injection)} its module${module === undefined ? '' : ` ${module}`} does not import BankAuthModule. Set ` +
  '`isGlobal: true` where BankAuthModule is registered, or export BankAuthModule from the module that registers it, and ' +
  `import that module into ${module ?? 'this one'}.`;
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
