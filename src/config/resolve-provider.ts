import type { BankDefinition, BankEnvironment, ClientAuthentication } from '../banks/index.js';
import { assertionFileProblems, audienceProblems } from './assertion-rules.js';
import { providerOptionsClass } from './bank-options.classes.js';
import {
  AGENT_BESIDE_TLS,
  AN_OBJECT,
  certificateInAgent,
  into,
  REQUIRES_CREDENTIALS,
  theFunction,
  unknownScope,
  WARM_WITHOUT_MERCHANT,
} from './config.messages.js';
import { credentialNames } from './credential-fields.js';
import { credentialFilesReader } from './credential-files.js';
import {
  concernTls,
  credentialProblems,
  credentialValues,
  isByCertificate,
  withHint,
} from './credential-rules.js';
import type { EnvironmentOrigin } from './environment.js';
import { merchantValues } from './merchant-values.js';
import {
  MerchantsOptionsClass,
  type ProviderOptionsClass,
  type RateOptionsClass,
  TokenRequestsOptionsClass,
} from './options.classes.js';
import { isPlainObject, type OptionProblem, validateOptions } from './options-validator.js';
import { resolveBank } from './resolve-bank.js';
import { ENVIRONMENTS, resolveUrls, urlProblemsAnywhere } from './resolve-urls.js';
import type { RenewalPlace, ResolvedMerchants, ResolvedProvider } from './resolved-options.js';
import { normalizedOrigin } from './url-rules.js';

/** One provider with every default filled in; undefined if it cannot be resolved. Problems are added to the list. */
export function resolveProvider(
  name: string,
  plain: unknown,
  moduleEnvironment: BankEnvironment | undefined,
  origin: EnvironmentOrigin | undefined,
  problems: OptionProblem[],
): ResolvedProvider | undefined {
  const at = (...option: string[]) => ['providers', name, ...option];
  if (!isPlainObject(plain)) {
    problems.push({ path: at(), text: AN_OBJECT });
    return undefined;
  }
  if (plain.enabled === false) return disabledProvider(name, plain, moduleEnvironment);
  const bank = resolveBank(name, plain.bank, (text) => problems.push({ path: at('bank'), text }));
  if (bank === undefined) return undefined;
  const shape = bank.options ?? {};
  const { options, problems: found } = validateOptions(providerOptionsClass(bank), plain, at());
  const { clientAuthentication } = bank;
  const { httpsAgent } = options.http;
  const hasDefault = hasDefaultMerchant(options, plain);
  problems.push(
    ...found.filter(({ path }) => hasDefault || !isOfDefaultMerchant(path)).map((one) => withHint(one, bank)),
  );

  const environment = options.environment ?? moduleEnvironment;
  const known = environment !== undefined && ENVIRONMENTS.includes(environment);
  // Without an environment, mistakes of every environment are reported now rather than at the next start.
  const urls = known
    ? resolveUrls(bank, options, environment)
    : { problems: urlProblemsAnywhere(bank, options) };
  const ofEnvironment = [
    ...urls.problems,
    ...(known && urls.tokenUrl !== undefined ? audienceProblems(bank, environment) : []),
  ];
  problems.push(...ofEnvironment.map(({ path, text }) => ({ path: at(...path), text })));
  const scopes = options.scopes ?? shape.defaultScopes ?? [];
  if (Array.isArray(scopes)) problems.push(...scopeProblems(scopes, bank, at('scopes')));
  if (hasDefault) {
    const wrong = credentialProblems(options, bank, httpsAgent !== undefined);
    const told = [
      ...wrong.map((one) => withHint(one, bank)),
      ...assertionFileProblems(options.assertionFile),
    ];
    problems.push(...told.map(({ path, text }) => ({ path: at(...path), text })));
  }
  if (httpsAgent !== undefined && concernTls(options)) {
    problems.push({
      path: at('http', 'httpsAgent'),
      text: AGENT_BESIDE_TLS,
    });
  }
  if (options.merchants !== undefined && options.credentials === undefined)
    problems.push({ path: at('merchants'), text: REQUIRES_CREDENTIALS });
  if (options.keepWarm === true && !hasDefault) {
    problems.push({
      path: at('keepWarm'),
      text: WARM_WITHOUT_MERCHANT,
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
        (url) => normalizedOrigin(url) ?? [],
      ),
    ),
    scopes,
    scopesFrom: placeOf(name, ['scopes'], origin),
    ...(hasDefault
      ? {
          credentials: {
            ...credentialValues(options),
            files,
            ...(Object.keys(files).length === 0
              ? {}
              : {
                  read: credentialFilesReader({ bank, options, files, hasAgent: httpsAgent !== undefined }),
                }),
            description: describeCredentials(name, origin, options, files, clientAuthentication),
          },
        }
      : {}),
    renewal: renewalOf(name, origin, options, files),
    ...(options.credentials === undefined ? {} : { merchants: merchantsOf(name, bank, options) }),
    tokenRequests: tokenRequestsOf(options.tokenRequests),
    http: { ...options.http } as ResolvedProvider['http'],
    keepWarm: options.keepWarm,
  };
}

/** The options of the default merchant only. */
const OF_DEFAULT_MERCHANT: readonly string[] = credentialNames(({ isShared }) => !isShared);

function isOfDefaultMerchant([, , option = '']: readonly string[]): boolean {
  return OF_DEFAULT_MERCHANT.includes(option);
}

/** Whether there is a default merchant: without the function `credentials`, or with any credential in the options. */
function hasDefaultMerchant(options: ProviderOptionsClass, plain: Record<string, unknown>): boolean {
  const isGiven = (option: string) =>
    Object.hasOwn(plain, option) && (plain[option] ?? undefined) !== undefined;
  return options.credentials === undefined || OF_DEFAULT_MERCHANT.some(isGiven);
}

function merchantsOf(name: string, bank: BankDefinition, options: ProviderOptionsClass): ResolvedMerchants {
  const { limit, idleTime } = options.merchants ?? new MerchantsOptionsClass();
  const hasAgent = options.http.httpsAgent !== undefined;
  const { tlsCa } = credentialValues(options);
  return {
    resolve: options.credentials as ResolvedMerchants['resolve'],
    limit,
    idleTime,
    values: merchantValues({ provider: name, bank, tlsCa, hasAgent }),
    description: theFunction(name),
  };
}

function tokenRequestsOf({
  concurrency,
  queue,
  rate,
}: TokenRequestsOptionsClass): ResolvedProvider['tokenRequests'] {
  if (rate === undefined) return { concurrency, queue };
  return { concurrency, queue, rate: { ...(rate as Required<RateOptionsClass>) } };
}

/** A disabled provider needs no bank: its bank here is never called, and shows the configured id. */
function disabledProvider(
  name: string,
  { bank, environment }: Readonly<Record<string, unknown>>,
  moduleEnvironment: BankEnvironment | undefined,
): ResolvedProvider {
  const id = isPlainObject(bank) ? bank.id : bank;
  return {
    name,
    enabled: false,
    bank: {
      id: typeof id === 'string' ? id : name,
      title: name,
      tokenUrl: {},
      apiBaseUrl: {},
      clientAuthentication: { method: 'client_secret_basic' },
    },
    environment:
      ENVIRONMENTS.find((one) => one === environment) ??
      ENVIRONMENTS.find((one) => one === moduleEnvironment) ??
      'sandbox',
    tokenUrl: 'https://disabled.invalid',
    apiBaseUrl: 'https://disabled.invalid',
    origins: new Set(),
    scopes: [],
    scopesFrom: '',
    credentials: { clientId: '', clientSecret: '', files: {}, description: 'nothing' },
    tokenRequests: tokenRequestsOf(new TokenRequestsOptionsClass()),
    http: { timeout: 30_000 },
    keepWarm: false,
  };
}

function scopeProblems(
  scopes: readonly string[],
  bank: BankDefinition,
  path: readonly string[],
): OptionProblem[] {
  const known = bank.options?.knownScopes;
  return known === undefined || scopes.every((scope) => known.includes(scope))
    ? []
    : [{ path, text: unknownScope(known) }];
}

/** The variable of an option if the options come from the environment, else its path. */
function placeOf(name: string, option: readonly string[], origin: EnvironmentOrigin | undefined): string {
  const path = ['providers', name, ...option];
  return origin?.variableOf(path) ?? path.join('.');
}

/** The places of the credentials, for the message that the bank refuses them. */
function describeCredentials(
  name: string,
  origin: EnvironmentOrigin | undefined,
  given: ProviderOptionsClass,
  files: Readonly<Record<string, string>>,
  authentication: ClientAuthentication,
): string {
  const options = credentialNames(({ isNamed }) => isNamed)
    .filter((option) => given[option] !== undefined)
    .flatMap((option) =>
      option === 'values' ? Object.keys(given.values ?? {}).map((value) => [option, value]) : [[option]],
    )
    .map((option) => filePlaceOf(name, option, origin, files));
  if (isByCertificate(authentication) && given.tlsCertificate === undefined)
    options.push(certificateInAgent(name));
  return listed(options);
}

/** The variable of an option or of its file if the options come from the environment, else its path. */
function filePlaceOf(
  name: string,
  option: readonly string[],
  origin: EnvironmentOrigin | undefined,
  files: Readonly<Record<string, string>>,
): string {
  const place = placeOf(name, option, origin);
  return files[option.join('.')] === undefined ? place : `${place}_FILE`;
}

function listed(names: readonly string[]): string {
  return names.join(', ').replace(/, ([^,]*)$/, ' and $1');
}

/** The credentials that `secretExpiresAt` may concern. */
const SECRETS = ['clientSecret', 'privateKey', 'apiKey'] as const;

/** The places for a new certificate or secret. */
function renewalOf(
  name: string,
  origin: EnvironmentOrigin | undefined,
  given: ProviderOptionsClass,
  files: Readonly<Record<string, string>>,
): NonNullable<ResolvedProvider['renewal']> {
  const placeOfAll = (options: readonly string[]): RenewalPlace => ({
    where: into(listed(options.map((option) => filePlaceOf(name, [option], origin, files)))),
    isReadAgain: options.every((option) => files[option] !== undefined),
  });
  const inAgent = given.http?.httpsAgent !== undefined;
  const [secret] = SECRETS.filter((option) => given[option] !== undefined);
  return {
    certificate: inAgent
      ? { where: into(placeOf(name, ['http', 'httpsAgent'], origin)), isReadAgain: false }
      : placeOfAll(['tlsCertificate', 'tlsKey']),
    secret: placeOfAll([...(secret === undefined ? [] : [secret]), 'secretExpiresAt']),
  };
}
