import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';
import { lastValueFrom } from 'rxjs';
import type { ResolvedOptions } from '../config/index.js';
import {
  BankAuthConfigError,
  type BankAuthError,
  type BankAuthErrorCode,
  isBankAuthError,
  type LineLogger,
  TokenEndpointUnavailableError,
  writeLine,
} from '../errors/index.js';
import type { BankAuthEvents } from '../events/index.js';
import type { GuardedStore, TokenService } from '../token/index.js';
import {
  requiredTokensAway,
  requiredTokensMissing,
  tokensReady,
  UNKNOWN_FAILURE,
} from './module.messages.js';

/** The errors of a bank's outage, which no configuration can fix. */
const OUTAGES: readonly BankAuthErrorCode[] = ['BANK_AUTH_UNAVAILABLE', 'BANK_AUTH_QUEUE_FULL'];

/** The parts of one provider that start and end with the application. */
export interface LivingProvider {
  /** Undefined if a test has replaced the service by a double. */
  readonly tokens: TokenService | undefined;
  /** Whether it has credentials of its own, and so can have a token before the first call. */
  readonly warm: boolean;
  readonly keepWarm: boolean;
  /** Closes everything but the tokens. */
  close(): void;
}

/** The parts of all providers that start and end with the application. */
export interface LifecycleParts {
  readonly store: Pick<GuardedStore, 'close'> | undefined;
  readonly warmUp: ResolvedOptions['warmUp'];
  readonly logger: LineLogger;
  /** A test may replace it by a double. */
  readonly events?: Partial<Pick<BankAuthEvents, 'end'>>;
}

/** Starts and ends the providers with the application. */
export class BankAuthLifecycle implements OnModuleInit, OnApplicationShutdown {
  readonly #providers: readonly LivingProvider[];

  constructor(
    providers: readonly LivingProvider[],
    private readonly parts: LifecycleParts,
  ) {
    this.#providers = providers;
  }

  async onModuleInit(): Promise<void> {
    const warm = this.#providers.filter((provider) => provider.warm);
    for (const { tokens, keepWarm } of warm) if (keepWarm) tokens?.keepWarm();
    const services = warm.flatMap(({ tokens }) => tokens ?? []);
    // A token request reads the credentials, and so their expiry.
    const unread =
      this.parts.warmUp === false ? this.#providers : this.#providers.filter(({ warm }) => !warm);
    for (const { tokens } of unread) tokens?.watchExpiry();
    if (this.parts.warmUp === 'background') {
      // The service logs failures, and callers of a token get them.
      for (const service of services) service.warmUp();
    }
    if (this.parts.warmUp === 'required' && services.length > 0) await this.#requireTokens(services);
  }

  /** In the last hook: payments that are completed in earlier hooks still require tokens. */
  async onApplicationShutdown(): Promise<void> {
    for (const { tokens, close } of this.#providers) {
      tokens?.close();
      close();
    }
    await this.parts.store?.close();
    this.parts.events?.end?.();
  }

  async #requireTokens(services: readonly TokenService[]): Promise<void> {
    const results = await Promise.allSettled(services.map((service) => lastValueFrom(service.getToken())));
    const failures = results.flatMap((result) =>
      result.status === 'rejected' ? [result.reason as unknown] : [],
    );
    if (failures.length === 0) {
      writeLine(this.parts.logger, tokensReady(services.map(({ provider }) => provider)));
      return;
    }
    // Nest calls no shutdown hook of an application that did not start.
    await this.onApplicationShutdown();
    throw startFailure(failures, services.length);
  }
}

/**
 * The error of a failed start. If every failure is an outage, the error is an outage too: no configuration is wrong,
 * and another start may help. If one failure is not, somebody has to act, whether or not the outages end.
 */
function startFailure(failures: readonly unknown[], providers: number): BankAuthError {
  const problems = failures.map((failure) => (isBankAuthError(failure) ? failure.message : UNKNOWN_FAILURE));
  const outages = failures.filter((failure) => isBankAuthError(failure) && OUTAGES.includes(failure.code));
  if (outages.length < failures.length) {
    return new BankAuthConfigError(requiredTokensMissing(problems, providers), {
      problems,
      retryable: failures.every((failure) => isBankAuthError(failure) && failure.retryable),
    });
  }
  const [first, ...others] = outages as BankAuthError[];
  const waits = (outages as BankAuthError[]).flatMap(({ retryAfterMs }) => retryAfterMs ?? []);
  return new TokenEndpointUnavailableError(requiredTokensAway(problems, providers), {
    problems,
    ...(waits.length === 0 ? {} : { retryAfterMs: Math.max(...waits) }),
    // With several failures, no provider stands for the others.
    ...(first === undefined || others.length > 0
      ? {}
      : {
          provider: first.provider,
          merchant: first.merchant,
          ...(first.status === undefined ? {} : { status: first.status }),
        }),
  });
}
