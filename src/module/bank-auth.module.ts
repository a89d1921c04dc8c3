import { type DynamicModule, Inject, Module, Optional } from '@nestjs/common';
import type { BankAuthOptions } from '../config/index.js';
import { asyncModule, bareImportError, syncModule } from './module-definition.js';
import type { BankAuthAsyncOptions, Surplus } from './module-options.js';
import { REGISTRATION } from './own-tokens.js';

/**
 * Keeps a service authorised at its banks: for each provider an injectable `TokenService`, `HttpService`, `BankFetch` and
 * `BankAuthInterceptor`.
 */
@Module({})
export class BankAuthModule {
  /** @internal */
  constructor(@Optional() @Inject(REGISTRATION) registration?: number) {
    if (registration === undefined) throw bareImportError();
  }

  /**
   * Registers the providers with a given configuration.
   * At start-up, throws `BankAuthConfigError` listing every problem.
   */
  static forRoot<const N extends string>(
    options: BankAuthOptions<N> & {
      /** Whether other modules need not import this one. Default false. */
      isGlobal?: boolean;
    },
  ): DynamicModule {
    return syncModule(BankAuthModule, options);
  }

  /**
   * Registers the providers with a configuration that a factory makes from injected values.
   * @throws BankAuthConfigError if the names or the way to the configuration are missing; the configuration itself is
   *   validated at start-up
   */
  static forRootAsync<const N extends string, R extends BankAuthOptions<NoInfer<N>> = BankAuthOptions<N>>(
    options: BankAuthAsyncOptions<N, R> & { providers: Surplus<NoInfer<N>, R> },
  ): DynamicModule {
    return asyncModule(BankAuthModule, options as BankAuthAsyncOptions);
  }
}
