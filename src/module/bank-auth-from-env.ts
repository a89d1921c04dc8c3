import { ConfigService } from '@nestjs/config';
import type { BankDefinition } from '../banks/index.js';
import { type BankAuthOptions, optionsFromEnvironment } from '../config/index.js';
import type { BankAuthProviderName } from './bank-auth.registry.js';

type NameOf<P> = P extends BankDefinition<infer Id> ? Id : Extract<P, string>;

/** The result of `bankAuthFromEnv`: ready for `forRootAsync`, also spread into further options. */
export interface BankAuthEnvironmentOptions<N extends string> {
  providers: N[];
  inject: [{ token: typeof ConfigService; optional: true }];
  useFactory: (config?: ConfigService) => BankAuthOptions<N>;
}

/**
 * Options for `BankAuthModule.forRootAsync` that read everything from environment variables, through
 * `@nestjs/config`: `BANK_AUTH_ENVIRONMENT`, and for each provider its name in upper snake case with `_CLIENT_ID`,
 * `_CLIENT_SECRET`, `_API_KEY`, `_SCOPES`, `_API_BASE_URL`, `_TOKEN_URL`, `_ENVIRONMENT`, `_ENABLED`, `_BANK`,
 * `_PRIVATE_KEY`, `_KEY_ID`, `_TLS_CERTIFICATE`, `_TLS_KEY`, `_TLS_CA`, `_ASSERTION_FILE`, `_VALUE_<NAME>`. Each may be
 * given as `…_FILE`, the path of a file with the value; credentials in files are read again at each renewal.
 * @param providers names, or definitions of your own, whose ids are then the names
 */
export function bankAuthFromEnv<
  const P extends readonly (BankAuthProviderName | BankDefinition<BankAuthProviderName>)[],
>(...providers: P): BankAuthEnvironmentOptions<NameOf<P[number]>> {
  const definitions = definitionsOf(providers);
  return {
    providers: [...definitions.keys()] as NameOf<P[number]>[],
    // The application's own service, which waits for its files. Importing a bare ConfigModule here would hide it.
    inject: [{ token: ConfigService, optional: true }],
    useFactory: (config?: ConfigService) =>
      optionsFromEnvironment(definitions, (variable) =>
        config === undefined ? process.env[variable] : config.get(variable),
      ) as BankAuthOptions<NameOf<P[number]>>,
  };
}

/** The definitions by the names of their providers; undefined for a name without a definition. */
export function definitionsOf(
  providers: readonly (string | BankDefinition)[],
): ReadonlyMap<string, BankDefinition | undefined> {
  return new Map(
    providers.map((provider) =>
      typeof provider === 'string' ? ([provider, undefined] as const) : ([provider.id, provider] as const),
    ),
  );
}
