import { BankAuthConfigError, similarName } from '../errors/index.js';
import {
  cannotStart,
  IS_MISSING,
  misspelt,
  NO_CREDENTIALS_AT_ALL,
  NO_OPTIONS,
  NO_PROVIDERS,
  NOT_CONFIGURED,
  notDeclared,
  storeWithOdd,
  storeWithout,
} from './config.messages.js';
import { CREDENTIAL_NAMES } from './credential-fields.js';
import { type EnvironmentOrigin, originOf } from './environment.js';
import { merchantLabeller } from './merchant-label.js';
import { BankAuthOptionsClass } from './options.classes.js';
import { isPlainObject, type OptionProblem, validateOptions } from './options-validator.js';
import { resolveProvider } from './resolve-provider.js';
import type { ResolvedOptions, ResolvedProvider } from './resolved-options.js';
import { unverifiedTlsProblems } from './tls-rules.js';

/**
 * Validates the options and fills in every default.
 * @param names the declared providers
 * @param injections the problems of injections, which are reported with the rest
 * @throws BankAuthConfigError listing all problems at once, each with its path, and with its environment variable if
 *   the options were read from the environment; never with a value
 */
export function resolveOptions(
  options: unknown,
  names: readonly string[],
  injections: readonly string[] = [],
): ResolvedOptions {
  if (!isPlainObject(options)) throw startError([NO_OPTIONS], injections);
  const origin = originOf(options);
  const { options: root, problems: rootProblems } = validateOptions(BankAuthOptionsClass, options, []);
  const problems: OptionProblem[] = [...rootProblems];
  const plain = isPlainObject(root.providers) ? root.providers : {};
  if (names.length === 0 && isPlainObject(root.providers)) {
    problems.push({ path: ['providers'], text: NO_PROVIDERS });
  }
  problems.push(...disagreements(names, plain));
  problems.push(...storeProblems(root.store));
  problems.push(...unverifiedTlsProblems([root.environment, ...environmentsOf(plain)]));

  const providers = new Map<string, ResolvedProvider>();
  for (const name of names) {
    const provider = Object.hasOwn(plain, name) ? plain[name] : undefined;
    if (provider === undefined) continue;
    const resolved = resolveProvider(name, provider, root.environment, origin, problems);
    if (resolved !== undefined) providers.set(name, resolved);
  }
  if (problems.length > 0 || (origin?.problems.size ?? 0) > 0) {
    throw configError(
      problems,
      origin,
      injections,
      haveNoCredentials(plain) ? NO_CREDENTIALS_AT_ALL : undefined,
    );
  }
  if (injections.length > 0) throw startError([], injections);
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

function environmentsOf(providers: object): unknown[] {
  return Object.values(providers).map((provider) =>
    isPlainObject(provider) && provider.enabled !== false ? provider.environment : undefined,
  );
}

function storeProblems(store: unknown): OptionProblem[] {
  if (!isPlainObject(store)) return [];
  const missing = ['read', 'writeIfNewer', 'remove'].filter((method) => typeof store[method] !== 'function');
  const odd = ['lease', 'changes', 'check', 'close'].filter(
    (method) => store[method] !== undefined && typeof store[method] !== 'function',
  );
  return [
    ...(missing.length > 0 ? [storeWithout(missing)] : []),
    ...(odd.length > 0 ? [storeWithOdd(odd)] : []),
  ].map((text) => ({ path: ['store'], text }));
}

/** The differences between declaration and configuration: names are static, because injection tokens are. */
function disagreements(names: readonly string[], configured: object): OptionProblem[] {
  const unlisted = Object.keys(configured).filter((name) => !names.includes(name));
  return [
    ...names
      .filter((name) => !Object.hasOwn(configured, name) || Reflect.get(configured, name) === undefined)
      .map((name) => ({
        path: ['providers', name],
        text: NOT_CONFIGURED,
      })),
    ...unlisted.map((name) => {
      return { path: ['providers', name], text: notDeclared(similarName(name, names)) };
    }),
  ];
}

function configError(
  problems: readonly OptionProblem[],
  origin: EnvironmentOrigin | undefined,
  injections: readonly string[],
  hint: string | undefined,
): BankAuthConfigError {
  const lines = [
    ...problems.flatMap(({ path, text }) => {
      const variable = origin?.variableOf(path);
      if (origin === undefined || variable === undefined) return `${path.join('.')} ${text}`;
      // If a variable could not be read, only that is reported, not that its option is missing.
      if (origin.problems.has(variable)) return [];
      const similar = text.startsWith(IS_MISSING) ? origin.similarTo(variable) : undefined;
      return `${path.join('.')} (${variable}) ${similar === undefined ? text : misspelt(text, similar)}`;
    }),
    ...(origin?.problems.values() ?? []),
  ];
  const provider = new Set(problems.map(({ path }) => (path[0] === 'providers' ? path[1] : undefined)));
  const [only] = provider;
  const details = provider.size === 1 && injections.length === 0 ? { provider: only ?? '' } : {};
  const all = [...lines, ...injections];
  return new BankAuthConfigError(cannotStart(all, injections.length > 0, hint), {
    problems: all,
    ...details,
  });
}

/** The error of the start. A single problem is the whole message, since it is a sentence. */
function startError(problems: readonly string[], injections: readonly string[]): BankAuthConfigError {
  const all = [...problems, ...injections];
  const [only] = all;
  const message = all.length === 1 ? (only as string) : cannotStart(all, true, undefined);
  return new BankAuthConfigError(message, { problems: all });
}

/** Whether no provider has any credentials, which seldom means one mistake per provider. */
function haveNoCredentials(providers: object): boolean {
  const used = Object.values(providers).filter(
    (provider) => isPlainObject(provider) && provider.enabled !== false,
  ) as Record<string, unknown>[];
  const isGiven = (provider: Record<string, unknown>, option: string) =>
    (provider[option] ?? undefined) !== undefined && provider[option] !== '';
  return (
    used.length > 0 &&
    !used.some((provider) => ['credentials', ...CREDENTIAL_NAMES].some((option) => isGiven(provider, option)))
  );
}
