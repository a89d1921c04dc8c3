import { BankAuthConfigError, similarName } from '../errors/index.js';
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
  problems.push(...unverifiedTlsProblems([root.environment, ...environmentsOf(plain)]));

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
