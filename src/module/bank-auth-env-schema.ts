import type { BankDefinition } from '../banks/index.js';
import { optionsFromEnvironment, resolveOptions } from '../config/index.js';
import { BankAuthConfigError } from '../errors/index.js';
import type { BankAuthProviderName } from './bank-auth.registry.js';
import { definitionsOf } from './bank-auth-from-env.js';

/** The variables of an application, as `ConfigModule` has collected them. */
type Variables = Record<string, unknown>;

interface Issue {
  readonly message: string;
  /** The variable, if the problem concerns one. */
  readonly path?: readonly string[];
}

/** A Standard Schema, version 1 (https://standardschema.dev). */
export interface BankAuthEnvSchema {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: 'nestjs-bank-auth';
    readonly validate: (
      variables: unknown,
    ) => { readonly value: Variables; readonly issues?: undefined } | { readonly issues: readonly Issue[] };
    readonly types?: { readonly input: Variables; readonly output: Variables } | undefined;
  };
  /** The method that `@nestjs/config` 4 calls. */
  validate(variables: Variables): { readonly value: Variables; readonly error?: Error };
}

/**
 * A schema of the variables that `bankAuthFromEnv` with the same arguments reads, for
 * `ConfigModule.forRoot({ validationSchema })`: it reports the same problems as the start of the module, with the same
 * messages. It passes all variables on unchanged, also variables that this module does not read.
 * @param providers names, or definitions of your own, whose ids are then the names
 */
export function bankAuthEnvSchema(
  ...providers: (BankAuthProviderName | BankDefinition<BankAuthProviderName>)[]
): BankAuthEnvSchema {
  const definitions = definitionsOf(providers);
  const issuesOf = (variables: Variables): readonly Issue[] => {
    const read = (variable: string) => variables[variable] as string | undefined;
    try {
      resolveOptions(optionsFromEnvironment(definitions, read, Object.keys(variables)), [
        ...definitions.keys(),
      ]);
      return [];
    } catch (error) {
      if (error instanceof BankAuthConfigError) return error.problems.map(issueOf);
      throw error;
    }
  };
  return {
    '~standard': {
      version: 1,
      vendor: 'nestjs-bank-auth',
      validate: (given) => {
        const variables = (given ?? {}) as Variables;
        const issues = issuesOf(variables);
        return issues.length === 0 ? { value: variables } : { issues };
      },
    },
    validate: (variables) => {
      const issues = issuesOf(variables);
      if (issues.length === 0) return { value: variables };
      const lines = issues.map(({ message, path }) =>
        path === undefined ? message : `${path[0]}: ${message}`,
      );
      return { value: variables, error: new Error(lines.join('\n')) };
    },
  };
}

/** A problem begins with the path of its option and its variable in parentheses. Here the variable is the path. */
function issueOf(problem: string): Issue {
  const [, variable, text] = /^\S+ \(([A-Z][A-Z0-9_]*)\) (.+)$/s.exec(problem) ?? [];
  return variable === undefined || text === undefined
    ? { message: problem }
    : { message: text, path: [variable] };
}
