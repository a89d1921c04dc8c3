import {
  type BankDefinition,
  type BankEnvironment,
  builtInBanks,
  type ClientAuthentication,
  defineBank,
} from '../banks/index.js';
import { BankAuthConfigError } from '../errors/index.js';
import {
  concernTls,
  credentialProblems,
  credentialValues,
  isByCertificate,
  withHint,
} from './credential-rules.js';
import { type EnvironmentOrigin, originOf } from './environment.js';
import { merchantLabeller } from './merchant-label.js';
import { merchantValues } from './merchant-values.js';
import {
  BankAuthOptionsClass,
  MerchantsOptionsClass,
  type ProviderOptionsClass,
  providerOptionsClass,
  TokenRequestsOptionsClass,
} from './options.classes.js';
import { isPlainObject, type OptionProblem, validateOptions } from './options-validator.js';
import type { ResolvedMerchants, ResolvedOptions, ResolvedProvider } from './resolved-options.js';
import { similarName } from './similar-name.js';
import { originProblem, parseUrl, urlProblem } from './url-rules.js';

const ENVIRONMENTS: readonly BankEnvironment[] = ['production', 'sandbox'];

/**
 * Validates the options and fills in every default.
 * @param names the declared providers
 * @throws BankAuthConfigError listing all problems at once, each with its path and its environment variable where the
 *   options were read from the environment; never a value
 */
export function resolveOptions(options: unknown, names: readonly string[]): ResolvedOptions {
  if (!isPlainObject(options)) {
    throw new BankAuthConfigError(
      'BankAuthModule: the options are missing. useFactory has to return them (is there a "return" and an "await"?).',
    );
  }
  const origin = originOf(options);
  const { options: root, problems: rootProblems } = validateOptions(BankAuthOptionsClass, options, []);
  const problems: OptionProblem[] = [...rootProblems];
  const plain = isPlainObject(root.providers) ? root.providers : {};
  if (names.length === 0 && isPlainObject(root.providers)) {
    problems.push({ path: ['providers'], text: 'must configure at least one provider' });
  }
  problems.push(...disagreements(names, plain));
  problems.push(...storeProblems(root.store));

  const providers = new Map<string, ResolvedProvider>();
  for (const name of names) {
    const provider = Object.hasOwn(plain, name) ? plain[name] : undefined;
    if (provider === undefined) continue;
    const resolved = resolveProvider(name, provider, root.environment, origin, problems);
    if (resolved !== undefined) providers.set(name, resolved);
  }
  if (problems.length > 0 || (origin?.problems.size ?? 0) > 0) throw configError(problems, origin);
  return {
    providers,
    ...(root.store === undefined ? {} : { store: root.store as NonNullable<ResolvedOptions['store']> }),
    refresh: { ...root.refresh },
    retry: { ...root.retry },
    cooldown: { ...root.cooldown },
    warmUp: root.warmUp,
    merchantLabel: merchantLabeller(root.merchantLabel),
  };
}

function resolveProvider(
  name: string,
  plain: unknown,
  moduleEnvironment: BankEnvironment | undefined,
  origin: EnvironmentOrigin | undefined,
  problems: OptionProblem[],
): ResolvedProvider | undefined {
  const at = (...option: string[]) => ['providers', name, ...option];
  if (!isPlainObject(plain)) {
    problems.push({ path: at(), text: 'must be an object' });
    return undefined;
  }
  if (plain.enabled === false) return disabledProvider(name);
  const bank = resolveBank(name, plain.bank, (text) => problems.push({ path: at('bank'), text }));
  if (bank === undefined) return undefined;
  const shape = bank.options ?? {};
  const { options, problems: found } = validateOptions(providerOptionsClass(bank), plain, at());
  const { clientAuthentication } = bank;
  const { httpsAgent } = options.http ?? {};
  const hasDefault = hasDefaultMerchant(options, plain);
  problems.push(
    ...found.filter(({ path }) => hasDefault || !isOfDefaultMerchant(path)).map((one) => withHint(one, bank)),
  );

  const environment = options.environment ?? moduleEnvironment;
  const known = environment !== undefined && ENVIRONMENTS.includes(environment);
  // Without an environment, what is wrong in either is told all the same: nobody wants to hear it the next time.
  const urls = known
    ? resolveUrls(bank, options, environment)
    : { problems: urlProblemsAnywhere(bank, options) };
  problems.push(...urls.problems.map(({ path, text }) => ({ path: at(...path), text })));
  const scopes = options.scopes ?? shape.defaultScopes ?? [];
  if (Array.isArray(scopes)) problems.push(...scopeProblems(scopes, bank, at('scopes')));
  if (hasDefault) {
    const wrong = credentialProblems(options, bank, httpsAgent !== undefined);
    problems.push(...wrong.map(({ path, text }) => withHint({ path: at(...path), text }, bank)));
  }
  if (httpsAgent !== undefined && concernTls(options)) {
    problems.push({
      path: at('http', 'httpsAgent'),
      text: 'cannot be combined with tlsCertificate, tlsKey and tlsCa: give the agent what they hold, or leave it out',
    });
  }
  if (options.merchants !== undefined && options.credentials === undefined)
    problems.push({ path: at('merchants'), text: 'is nothing without credentials' });
  if (options.keepWarm === true && !hasDefault) {
    problems.push({
      path: at('keepWarm'),
      text: "is for the provider's own credentials, and there are none: subscribe to token$ of a merchant instead",
    });
  }
  const { tokenUrl, apiBaseUrl } = urls;
  if (!known || tokenUrl === undefined || apiBaseUrl === undefined) return undefined;
  const files = { ...origin?.files.get(name) };
  return {
    name,
    enabled: true,
    bank,
    environment,
    tokenUrl,
    apiBaseUrl,
    origins: new Set(
      [apiBaseUrl, ...(Array.isArray(options.allowedOrigins) ? options.allowedOrigins : [])].flatMap(
        (url) => parseUrl(url)?.origin ?? [],
      ),
    ),
    scopes,
    ...(hasDefault
      ? {
          credentials: {
            ...credentialValues(options),
            files,
            description: describeCredentials(name, origin, options, files, clientAuthentication),
          },
        }
      : {}),
    ...(options.credentials === undefined ? {} : { merchants: merchantsOf(name, bank, options) }),
    tokenRequests: tokenRequestsOf(options.tokenRequests),
    http: { ...options.http } as ResolvedProvider['http'],
    keepWarm: options.keepWarm,
  };
}

/** What only the default merchant has; `tlsCa` is for all. */
const OF_DEFAULT_MERCHANT: readonly string[] = [
  'clientId',
  'clientSecret',
  'apiKey',
  'privateKey',
  'keyId',
  'tlsCertificate',
  'tlsKey',
];

function isOfDefaultMerchant([, , option = '', ...more]: readonly string[]): boolean {
  return more.length === 0 && OF_DEFAULT_MERCHANT.includes(option);
}

/** There is one unless all credentials are left to the function. Any part of one means that there should be. */
function hasDefaultMerchant(options: ProviderOptionsClass, plain: Record<string, unknown>): boolean {
  const isGiven = (option: string) =>
    Object.hasOwn(plain, option) && (plain[option] ?? undefined) !== undefined;
  return options.credentials === undefined || OF_DEFAULT_MERCHANT.some(isGiven);
}

function merchantsOf(name: string, bank: BankDefinition, options: ProviderOptionsClass): ResolvedMerchants {
  const { limit, idleTime } = options.merchants ?? new MerchantsOptionsClass();
  const hasAgent = options.http?.httpsAgent !== undefined;
  const { tlsCa } = credentialValues(options);
  return {
    resolve: options.credentials as ResolvedMerchants['resolve'],
    limit,
    idleTime,
    values: merchantValues({ provider: name, bank, tlsCa, hasAgent }),
    description: `the function providers.${name}.credentials`,
  };
}

function tokenRequestsOf({
  concurrency,
  queue,
  rate,
}: TokenRequestsOptionsClass): ResolvedProvider['tokenRequests'] {
  if (rate?.requests === undefined || rate.per === undefined) return { concurrency, queue };
  return { concurrency, queue, rate: { requests: rate.requests, per: rate.per } };
}

/** A provider that is switched off needs no bank; this one is never asked. */
function disabledProvider(name: string): ResolvedProvider {
  return {
    name,
    enabled: false,
    bank: {
      id: name,
      title: name,
      tokenUrl: {},
      apiBaseUrl: {},
      clientAuthentication: { method: 'client_secret_basic' },
    },
    environment: 'sandbox',
    tokenUrl: 'https://disabled.invalid',
    apiBaseUrl: 'https://disabled.invalid',
    origins: new Set(),
    scopes: [],
    credentials: { clientId: '', clientSecret: '', files: {}, description: 'nothing' },
    tokenRequests: tokenRequestsOf(new TokenRequestsOptionsClass()),
    http: { timeout: 30_000 },
    keepWarm: false,
  };
}

function resolveBank(
  name: string,
  bank: unknown,
  problem: (text: string) => void,
): BankDefinition | undefined {
  if (isPlainObject(bank)) {
    try {
      return defineBank(bank as unknown as BankDefinition);
    } catch (error) {
      problem(
        error instanceof BankAuthConfigError
          ? `is not a bank definition: ${error.problems.join('; ')}`
          : 'is not a bank definition',
      );
      return undefined;
    }
  }
  if (bank !== undefined && typeof bank !== 'string') {
    problem('must be the id of a built-in bank or a definition made by defineBank()');
    return undefined;
  }
  const id = bank ?? name;
  const found = builtInBanks.get(id);
  if (found !== undefined) return found;
  const similar = similarName(id, builtInBanks.keys());
  const known = [...builtInBanks.keys()].join(', ');
  problem(
    bank === undefined
      ? `is missing: no built-in bank is called like this provider${similar === undefined ? '' : ` (did you mean ${similar}?)`}. Built in are ${known}`
      : `is not a built-in bank${similar === undefined ? '' : `; did you mean ${similar}?`} Built in are ${known}`,
  );
  return undefined;
}

interface ResolvedUrls {
  readonly problems: readonly OptionProblem[];
  readonly tokenUrl?: string;
  readonly apiBaseUrl?: string;
}

/** Problems that the URLs have in every environment. */
function urlProblemsAnywhere(bank: BankDefinition, options: ProviderOptionsClass): readonly OptionProblem[] {
  const [first, ...others] = ENVIRONMENTS.map(
    (environment) => resolveUrls(bank, options, environment).problems,
  );
  return (first ?? []).filter((problem) =>
    others.every((list) =>
      list.some(({ path, text }) => path[0] === problem.path[0] && text === problem.text),
    ),
  );
}

function resolveUrls(
  bank: BankDefinition,
  options: ProviderOptionsClass,
  environment: BankEnvironment,
): ResolvedUrls {
  const problems: OptionProblem[] = [];
  const insecure: string[] = [];
  const production = environment === 'production';
  for (const list of ['allowInsecureOrigins', 'allowedOrigins'] as const) {
    const origins = Array.isArray(options[list])
      ? options[list].filter((origin) => typeof origin === 'string')
      : [];
    const problem = origins.map(originProblem).find((found) => found !== undefined);
    if (problem !== undefined) problems.push({ path: [list], text: problem });
    if (list === 'allowInsecureOrigins') {
      if (production && origins.length > 0) {
        problems.push({ path: [list], text: 'is refused in production: credentials and tokens need https' });
      }
      insecure.push(...origins.map((origin) => origin.replace(/\/$/, '')));
    } else if (problem === undefined) {
      const refused = origins
        .map((origin) => urlProblem(origin, insecure, production))
        .find((found) => found);
      if (refused !== undefined) problems.push({ path: [list], text: refused });
    }
  }

  const { tokenUrl: ownTokenUrl, apiBaseUrl: ownApiBaseUrl } = options;
  // The bank as such has no system of this environment; one of the two alone would mix two environments.
  if (
    bank.tokenUrl[environment] === undefined &&
    (ownTokenUrl === undefined || ownApiBaseUrl === undefined)
  ) {
    const other = ENVIRONMENTS.find((candidate) => bank.tokenUrl[candidate] !== undefined);
    problems.push({
      path: ['environment'],
      text:
        `is '${environment}', but ${bank.title} has no such system: give both tokenUrl and apiBaseUrl (of a test double)` +
        (other === undefined ? '' : `, or set this provider's environment to '${other}'`),
    });
    return { problems };
  }
  const apiBaseUrl = ownApiBaseUrl ?? bank.apiBaseUrl[environment];
  if (apiBaseUrl === undefined) {
    const hint = bank.options?.hints?.apiBaseUrl;
    problems.push({ path: ['apiBaseUrl'], text: `is missing${hint === undefined ? '' : `: ${hint}`}` });
    return { problems };
  }
  if (typeof apiBaseUrl !== 'string' || (ownTokenUrl !== undefined && typeof ownTokenUrl !== 'string')) {
    return { problems };
  }
  const relative = ownTokenUrl === undefined && bank.tokenUrl[environment]?.startsWith('/') === true;
  const tokenUrl =
    ownTokenUrl ?? `${relative ? apiBaseUrl.replace(/\/+$/, '') : ''}${bank.tokenUrl[environment]}`;
  for (const [name, url] of Object.entries(relative ? { apiBaseUrl } : { tokenUrl, apiBaseUrl })) {
    const problem = urlProblem(url, insecure, production);
    if (problem !== undefined) problems.push({ path: [name], text: problem });
  }
  return { problems, tokenUrl, apiBaseUrl };
}

function scopeProblems(
  scopes: readonly string[],
  bank: BankDefinition,
  path: readonly string[],
): OptionProblem[] {
  const known = bank.options?.knownScopes;
  return known === undefined || scopes.every((scope) => known.includes(scope))
    ? []
    : [{ path, text: `must be of ${known.join(', ')}; the bank knows no others` }];
}

function storeProblems(store: unknown): OptionProblem[] {
  if (!isPlainObject(store)) return [];
  const missing = ['read', 'writeIfNewer', 'remove'].filter((method) => typeof store[method] !== 'function');
  const odd = ['lease', 'changes', 'check', 'close'].filter(
    (method) => store[method] !== undefined && typeof store[method] !== 'function',
  );
  return [
    ...(missing.length > 0 ? [`is no TokenStore: it has no ${missing.join(', ')}`] : []),
    ...(odd.length > 0 ? [`is no TokenStore: ${odd.join(', ')} must be methods where they are there`] : []),
  ].map((text) => ({ path: ['store'], text }));
}

/** Providers' names are static, because injection tokens are, so configuration and declaration can disagree. */
function disagreements(names: readonly string[], configured: object): OptionProblem[] {
  const unlisted = Object.keys(configured).filter((name) => !names.includes(name));
  return [
    ...names
      .filter((name) => !Object.hasOwn(configured, name) || Reflect.get(configured, name) === undefined)
      .map((name) => ({
        path: ['providers', name],
        text: 'is declared in "providers" of forRootAsync but not configured: configure it, or `enabled: false`',
      })),
    ...unlisted.map((name) => {
      const similar = similarName(name, names);
      return {
        path: ['providers', name],
        text:
          'is configured but not declared: add it to the list "providers" of forRootAsync' +
          (similar === undefined ? '' : ` (did you mean ${similar}?)`),
      };
    }),
  ];
}

/** Where to look when the bank refuses them. */
function describeCredentials(
  name: string,
  origin: EnvironmentOrigin | undefined,
  given: ProviderOptionsClass,
  files: Readonly<Record<string, string>>,
  authentication: ClientAuthentication,
): string {
  const options = (['clientId', 'clientSecret', 'apiKey', 'privateKey', 'keyId', 'tlsCertificate'] as const)
    .filter((option) => given[option] !== undefined)
    .map((option) => {
      const variable = origin?.variableOf(['providers', name, option]);
      if (variable === undefined) return `providers.${name}.${option}`;
      return files[option] === undefined ? variable : `${variable}_FILE`;
    });
  if (isByCertificate(authentication) && given.tlsCertificate === undefined)
    options.push(`the certificate in providers.${name}.http.httpsAgent`);
  return options.join(', ').replace(/, ([^,]*)$/, ' and $1');
}

function configError(
  problems: readonly OptionProblem[],
  origin: EnvironmentOrigin | undefined,
): BankAuthConfigError {
  const lines = [
    ...problems.flatMap(({ path, text }) => {
      const variable = origin?.variableOf(path);
      if (variable === undefined) return `${path.join('.')} ${text}`;
      // A variable that could not be read is the mistake; that its option is missing for that reason is no news.
      return origin?.problems.has(variable) ? [] : `${path.join('.')} (${variable}) ${text}`;
    }),
    ...(origin?.problems.values() ?? []),
  ];
  const provider = new Set(problems.map(({ path }) => (path[0] === 'providers' ? path[1] : undefined)));
  return new BankAuthConfigError(
    `BankAuthModule cannot start: ${lines.length} ${lines.length === 1 ? 'problem' : 'problems'} in its configuration.\n` +
      lines.map((line) => `  - ${line}`).join('\n'),
    { problems: lines, ...(provider.size === 1 ? { provider: [...provider][0] ?? '' } : {}) },
  );
}
