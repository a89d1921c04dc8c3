import type { BankDefinition } from '../../src/banks/index.js';
import { optionsFromEnvironment } from '../../src/config/environment.js';
import { resolveOptions } from '../../src/config/index.js';
import type { ResolvedOptions, ResolvedProvider } from '../../src/config/resolved-options.js';
import { BankAuthConfigError } from '../../src/errors/index.js';
import { withoutFrames } from './without-frames.js';

export type Environment = Readonly<Record<string, string>>;

/** Valid credentials, for providers in which something else is wrong. */
export const credentials = { clientId: 'client', clientSecret: 'secret' } as const;

/** The error that these options cause; fails where they cause none, or one of another kind. */
export function refusalOf(
  options: unknown,
  names: readonly string[] = namesOf(options),
): BankAuthConfigError {
  try {
    withoutFrames(() => resolveOptions(options, names));
  } catch (error) {
    if (error instanceof BankAuthConfigError) return error;
    throw new Error(`not a BankAuthConfigError: ${error}`, { cause: error });
  }
  throw new Error('the options were accepted');
}

/** The sentences on what is wrong with these options; none where they are accepted. */
export function problemsOf(options: unknown, names: readonly string[] = namesOf(options)): readonly string[] {
  try {
    resolveOptions(options, names);
    return [];
  } catch (error) {
    if (error instanceof BankAuthConfigError) return error.problems;
    throw error;
  }
}

/** What is wrong with one provider, in a sandbox; paths begin below the provider. */
export function problemsOfProvider(options: unknown, name = 'bog-payments'): readonly string[] {
  const prefix = `providers.${name}`;
  return problemsOf({ environment: 'sandbox', providers: { [name]: options } }).map((problem) => {
    if (!problem.startsWith(prefix)) throw new Error(`not about the provider: ${problem}`);
    return problem.slice(prefix.length).replace(/^[. ]/, '');
  });
}

/** One provider as it is resolved, in a sandbox. */
export function resolvedProvider(options: unknown, name = 'bog-payments'): ResolvedProvider {
  const { providers } = resolveOptions({ environment: 'sandbox', providers: { [name]: options } }, [name]);
  return providers.get(name) as ResolvedProvider;
}

export function fromEnvironment(
  variables: Environment,
  ...providers: (string | BankDefinition)[]
): ResolvedOptions {
  const definitions = new Map(
    providers.map((provider) =>
      typeof provider === 'string' ? ([provider, undefined] as const) : ([provider.id, provider] as const),
    ),
  );
  const read = (variable: string) => variables[variable];
  const options = optionsFromEnvironment(definitions, read, Object.keys(variables));
  return resolveOptions(options, [...definitions.keys()]);
}

/** The sentences on what is wrong with these variables; none where they are accepted. */
export function problemsOfEnvironment(
  variables: Environment,
  ...providers: (string | BankDefinition)[]
): readonly string[] {
  try {
    fromEnvironment(variables, ...providers);
    return [];
  } catch (error) {
    if (error instanceof BankAuthConfigError) return error.problems;
    throw error;
  }
}

function namesOf(options: unknown): readonly string[] {
  const providers = (options as { providers?: object } | undefined)?.providers;
  return typeof providers === 'object' && providers !== null ? Object.keys(providers) : [];
}
