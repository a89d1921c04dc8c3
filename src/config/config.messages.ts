// The problems of an option, as clauses that follow its path.

export const IS_MISSING = 'is missing';
export const missingWith = (hint: string): string => `is missing: ${hint}`;
/** @param other a variable of the environment that looks like the missing one */
export const misspelt = (problem: string, other: string): string =>
  `${problem}; is ${other}, which is set in the environment, a misspelling of it?`;
export const NO_ENVIRONMENT = "is missing: 'production' or 'sandbox'; nothing chooses it for you";
export const NEEDS_CERTIFICATE = 'is missing: tlsKey requires it';
export const NEEDS_KEY = 'is missing: tlsCertificate requires it';

export const AN_ENVIRONMENT = "must be 'production' or 'sandbox'";
export const A_FLAG = 'must be true or false, not a string';
export const A_NUMBER = 'must be a number, not a string: convert environment variables';
export const A_WHOLE_NUMBER = 'must be a whole number, not a string: convert environment variables';
export const NOT_NEGATIVE = 'must not be negative';
export const atLeast = (least: number): string => `must be at least ${least}`;
export const atMost = (most: number): string => `must be at most ${most}`;
export const longestDuration = (most: number): string => `must be at most ${most} milliseconds`;
export const shortestDuration = (least: number, none: number | undefined, seconds: boolean): string =>
  `must be ${none === undefined ? '' : `${none} or `}at least ${least} milliseconds${askedForSeconds(seconds)}`;
export const notBelow = (other: string, seconds: boolean): string =>
  `must be at least ${other}${askedForSeconds(seconds)}`;

function askedForSeconds(seconds: boolean): string {
  return seconds ? ' (this option is in milliseconds, not in seconds)' : '';
}

export const AN_OBJECT = 'must be an object';
export const ONE_MEMBER_PER_PROVIDER = 'must be an object with one member per provider';
export const NO_PROVIDERS = 'must configure at least one provider';
export const A_CREDENTIAL = 'must be a string on one line';
export const A_VERSION = 'must be a string of 1 to 256 characters';
export const A_MOMENT =
  'must be a Date, or a string such as 2027-01-31T12:00:00Z (with its offset) or 2027-01-31 (a day, from its beginning in UTC)';
export const A_CONTROL_CHARACTER = 'must not contain NUL or another control character';
export const A_BYTE_ORDER_MARK = 'must not begin with a byte order mark: save it as UTF-8 without one';
export const AN_INVISIBLE_CHARACTER = 'must not contain an invisible character: type it again';
export const OUTER_WHITE_SPACE = 'must not begin or end with white space';
export const IN_QUOTES = 'must not be in quotes: were the quotes of a .env file kept?';
export const A_COLON = 'must not contain a colon: HTTP Basic (RFC 7617) ends the id there';
export const VISIBLE_ASCII = 'must consist of visible ASCII characters, because it is sent in a header';

export const A_PRIVATE_KEY = 'must be a private key in PEM, without a passphrase';
export const A_SIGNER = 'must be a function that signs bytes: (data, algorithm) => signature';
export const AN_ASSERTION_FILE = 'must be the path of a file, not the assertion itself';
export const A_VALUES_OBJECT = 'must be an object of strings';
export const ODD_VALUE_NAME = 'has a member with a name that no value has';
export const besideOther = (other: string): string =>
  `cannot be combined with ${other}: leave one of them out`;
export const KEY_ID_BESIDE_FILE =
  'cannot be combined with assertionFile: an assertion that is signed already names its key by itself';
export const shortSecret = (bytes: number, algorithm: string): string =>
  `must be at least ${bytes} bytes long: the bank wants ${algorithm} (RFC 7518 §3.2). Ask the bank for a longer one`;
export const audienceMissing = (environment: string): string =>
  `has a clientAuthentication.audience, but none for '${environment}': give it the issuer identifier of the bank's ` +
  'authorization server there, in a definition of your own';
export const assertionUnreadable = (why: string): string => `names a file that cannot be read (${why})`;
export const A_CERTIFICATE = 'must be a certificate in PEM';
export const OTHER_KEY = 'is not the key of tlsCertificate';
export const ecKey = (curve: string, algorithm: string): string =>
  `must be an EC key on ${curve}: the bank requires ${algorithm}`;
export const edKey = (algorithm: string): string => `must be an Ed25519 key: the bank requires ${algorithm}`;
export const rsaKey = (algorithm: string): string =>
  `must be an RSA key of at least 2048 bits: the bank requires ${algorithm}`;

export const A_SCOPE_LIST = 'must be a list of scopes, for instance ["accounts"]';
export const ONE_SCOPE_PER_ELEMENT = 'must contain one scope per element, without spaces';
export const NO_SCOPE = 'must name at least one scope';
export const unknownScope = (known: readonly string[]): string =>
  `must be among ${known.join(', ')}: the bank knows no others`;

export const AN_ABSOLUTE_URL = 'must be an absolute URL';
export const AN_ABSOLUTE_URL_SUCH_AS = 'must be an absolute URL, for instance https://api.bank.example';
export const WHITE_SPACE_IN_URL = 'must not contain white space or control characters';
export const CREDENTIALS_IN_URL = 'must not contain credentials';
export const QUERY_IN_URL = 'must not have a query or a fragment';
export const HTTPS_IN_PRODUCTION = 'must use https: credentials and tokens are sent there';
export const HTTPS =
  'must use https, except on loopback (for a test double elsewhere add its origin to allowInsecureOrigins)';
export const AN_ORIGIN_LIST = 'must be a list of origins, for instance ["https://files.bank.example"]';
export const ORIGINS_ONLY = 'must contain origins only, for instance https://files.bank.example';
export const INSECURE_IN_PRODUCTION = 'is refused in production: credentials and tokens need https';
/** @param other the environment in which the bank has a system */
export const noSuchSystem = (environment: string, title: string, other: string | undefined): string =>
  environment === 'sandbox'
    ? `is 'sandbox', but ${title} has no such system. Until production, switch this provider off (enabled: false, in the ` +
      'environment …_ENABLED=false), or give both tokenUrl and apiBaseUrl (of a test double)' +
      (other === undefined ? '' : `, or set this provider's environment to '${other}', where money is real`)
    : `is '${environment}', but ${title} has no such system: give both tokenUrl and apiBaseUrl` +
      (other === undefined ? '' : `, or set this provider's environment to '${other}'`);

export const A_BANK = 'must be the id of a built-in bank or a definition made by defineBank()';
export const NO_DEFINITION = 'is not a bank definition';
export const brokenDefinition = (problems: readonly string[]): string =>
  `is not a bank definition: ${problems.join('; ')}`;
const OTHER_BANKS =
  '. Another bank is given as a definition: "bank: …", of your own or of an entry nestjs-bank-auth/banks/…';
export const bankMissing = (similar: string | undefined, known: string): string =>
  `is missing: no built-in bank has the name of this provider${similar === undefined ? '' : ` (did you mean ${similar}?)`}. The built-in banks are ${known}${OTHER_BANKS}`;
export const bankUnknown = (similar: string | undefined, known: string): string =>
  `is not a built-in bank${similar === undefined ? '.' : `; did you mean ${similar}?`} The built-in banks are ${known}${OTHER_BANKS}`;

export const AN_AGENT = 'must be an Agent of node:https';
export const AN_ENGINE =
  'must be an engine that another entry of this package makes, not its class or a function';
export const A_PROXY = 'must be an axios proxy configuration, or false';
export const AGENT_BESIDE_TLS =
  'cannot be combined with tlsCertificate, tlsKey and tlsCa: put their content into the agent, or leave the agent out';
export const TLS_OPTIONS = 'tlsCertificate, tlsKey and tlsCa';
export const tlsBesideAgent = (provider: string): string =>
  `cannot be combined with providers.${provider}.http.httpsAgent: leave the agent out`;
export const A_RESOLVER = 'must be a function that takes a merchant key and returns its credentials';
export const REQUIRES_CREDENTIALS = 'requires credentials';
export const WARM_WITHOUT_MERCHANT =
  "requires the provider's own credentials, and there are none: subscribe to token$ of a merchant instead";
export const A_STORE = 'must be a TokenStore';
export const storeWithout = (methods: readonly string[]): string =>
  `is not a TokenStore: it has no ${methods.join(', ')}`;
export const storeWithOdd = (methods: readonly string[]): string =>
  `is not a TokenStore: ${methods.join(', ')} must be a method or absent`;
export const A_WARM_UP = "must be 'background', 'required' or false";
export const A_LABEL = "must be 'key', 'hash' or a function of a merchant key";
export const unknownOption = (similar: string | undefined): string =>
  `is not an option here${similar === undefined ? '' : `; did you mean ${similar}?`}`;
export const UNVERIFIED_TLS =
  'is 0 in the environment, which is refused in production: any host could pass for any other. Remove the variable; ' +
  "to trust a bank's own authority, set tlsCa; to trust others, set NODE_EXTRA_CA_CERTS";
export const NOT_CONFIGURED =
  'is declared in "providers" of forRootAsync but not configured: configure it, or set `enabled: false`';
export const notDeclared = (similar: string | undefined): string =>
  'is configured but not declared: add it to the list "providers" of forRootAsync' +
  (similar === undefined ? '' : ` (did you mean ${similar}?)`);

// The problems of a variable, as whole sentences.

export const variableNoString = (variable: string): string => `${variable} must be a string`;
export const variableTwice = (variable: string): string =>
  `${variable} and ${variable}_FILE are both set: leave one out`;
export const variableProblem = (variable: string, problem: string): string => `${variable} ${problem}`;
export const fileProblem = (variable: string, problem: string): string =>
  `${variable} names a file whose content ${problem}`;
export const fileEmpty = (variable: string): string => `${variable} names an empty file`;
export const fileUnreadable = (variable: string, why: string): string =>
  `${variable} names a file that cannot be read (${why})`;
export const sameVariables = (one: string, other: string, prefix: string): string =>
  `providers.${one} and providers.${other} read the same variables (${prefix}_…): rename one`;

// The reasons why a file cannot be read, in brackets.

export const NO_REGULAR_FILE = 'not a regular file';
export const fileTooLarge = (bytes: number): string =>
  `larger than ${bytes < 1_048_576 ? `${bytes / 1024} KiB` : `${bytes / 1_048_576} MiB`}`;
export const NO_COMPACT_JWS =
  'no signed JWT in its compact form: three parts of Base64url, with dots between';
export const FILE_UTF_16 = 'UTF-16: save it as UTF-8';
export const FILE_NO_UTF_8 = 'not UTF-8: save it as UTF-8, and keys and certificates as PEM';
export const fileReason = (path: string, why: string): string => `${path}: ${why}`;
export const fileOption = (path: string, option: string, problem: string): string =>
  `${path}: ${option} ${problem}`;
/** The problem of an option that does not come from a file, in combination with options that do. */
export const besideFiles = (paths: readonly string[], option: string, problem: string): string =>
  `${paths.join(', ')}: with these, ${option} ${problem}`;

// The problems of the result of a function `credentials`.

export const merchantUnusable = (provider: string, problems: readonly string[]): string =>
  `${provider}: a merchant's credentials are unusable: ${problems.join('; ')}.`;
export const CREDENTIALS_NO_OBJECT = 'credentials must be an object';
export const CREDENTIALS_UNREADABLE = 'credentials must be an object that can be read';
export const CREDENTIALS_TOO_LARGE = 'credentials must be an object without other members';
export const CREDENTIALS_ODD_MEMBER = 'credentials have a member that is not an option';

// The sources of credentials.

export const theFunction = (provider: string): string => `the function providers.${provider}.credentials`;
/** The place for a new certificate or secret. */
export const into = (places: string): string => `into ${places}`;
export const certificateInAgent = (provider: string): string =>
  `the certificate in providers.${provider}.http.httpsAgent`;

// The message of the start.

export const NO_OPTIONS =
  'BankAuthModule: the options are missing. useFactory must return them (is there a "return" and an "await"?).';
export const NO_CREDENTIALS_AT_ALL =
  'No provider has any credentials. Was the .env file loaded? Nest loads it with ConfigModule.forRoot() among the imports, ' +
  'Node with --env-file=.env, docker compose with env_file.';
/** @param injected whether some problems concern injections */
export const cannotStart = (
  problems: readonly string[],
  injected: boolean,
  hint: string | undefined,
): string =>
  `BankAuthModule cannot start: ${problems.length} ${problems.length === 1 ? 'problem' : 'problems'} in its configuration` +
  `${injected ? ' and where it is injected' : ''}.\n` +
  problems.map((problem) => `  - ${problem}`).join('\n') +
  (hint === undefined ? '' : `\n  ${hint}`);
