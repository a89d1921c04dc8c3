import type { LoggerService, OnApplicationShutdown, OnModuleInit } from '@nestjs/common';
import { lastValueFrom } from 'rxjs';
import type { ResolvedOptions } from './config/index.js';
import { BankAuthConfigError, isBankAuthError } from './errors/index.js';
import type { BankHttp } from './http/index.js';
import type { TokenService } from './token/index.js';

/** What begins with the application and ends with it. */
export class BankAuthLifecycle implements OnModuleInit, OnApplicationShutdown {
  constructor(
    private readonly options: ResolvedOptions,
    private readonly services: readonly TokenService[],
    private readonly clients: readonly BankHttp[],
    private readonly logger: Pick<LoggerService, 'log'>,
  ) {}

  async onModuleInit(): Promise<void> {
    const enabled = this.services.filter(({ provider }) => this.options.providers.get(provider)?.enabled);
    for (const service of enabled) {
      if (this.options.providers.get(service.provider)?.keepWarm) service.keepWarm();
    }
    if (this.options.warmUp === 'background') {
      // What goes wrong is logged by the service, and told to whoever asks for a token.
      for (const service of enabled) service.getToken().subscribe({ error: () => undefined });
    }
    if (this.options.warmUp === 'required') await this.#warmUp(enabled);
  }

  /** Not earlier: payments that drain in the hooks before still need tokens. */
  onApplicationShutdown(): void {
    for (const service of this.services) service.close();
    for (const client of this.clients) client.close();
  }

  async #warmUp(services: readonly TokenService[]): Promise<void> {
    const results = await Promise.allSettled(services.map((service) => lastValueFrom(service.getToken())));
    const failures = results.flatMap((result) =>
      result.status === 'rejected' ? [result.reason as unknown] : [],
    );
    if (failures.length === 0) {
      this.logger.log(`Tokens are there for ${services.map(({ provider }) => provider).join(', ')}.`);
      return;
    }
    // Nest calls no shutdown hook of an application that did not start.
    this.onApplicationShutdown();
    const problems = failures.map((failure) =>
      isBankAuthError(failure) ? failure.message : 'unknown failure',
    );
    throw new BankAuthConfigError(
      `BankAuthModule cannot start, because warmUp is 'required' and ${problems.length} of ${services.length} providers have no token:\n` +
        problems.map((problem) => `  - ${problem}`).join('\n'),
      { problems, retryable: failures.every((failure) => isBankAuthError(failure) && failure.retryable) },
    );
  }
}
