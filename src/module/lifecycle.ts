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

/** What a bank is in trouble by, and no configuration mends. */
const OUTAGES: readonly BankAuthErrorCode[] = ['BANK_AUTH_UNAVAILABLE', 'BANK_AUTH_QUEUE_FULL'];

/** One provider's service, as far as the application's begin and end are concerned. */
export interface LivingProvider {
  /** Undefined where a test has put a double in its place. */
  readonly tokens: TokenService | undefined;
  /** Whether it has credentials of its own, and so a token that can be there before the first call. */
  readonly warm: boolean;
  readonly keepWarm: boolean;
  /** Closes what it holds besides tokens. */
  close(): void;
}

/** What all providers have in common, as far as the application's begin and end are concerned. */
export interface LifecycleParts {
  readonly store: Pick<GuardedStore, 'close'> | undefined;
  readonly warmUp: ResolvedOptions['warmUp'];
  readonly logger: LineLogger;
  /** A double may stand in its place. */
  readonly events?: Partial<Pick<BankAuthEvents, 'end'>>;
}

/** What begins with the application and ends with it. */
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
    // Where a token is requested, its credentials are read.
    const unread =
      this.parts.warmUp === false ? this.#providers : this.#providers.filter(({ warm }) => !warm);
    for (const { tokens } of unread) tokens?.watchExpiry();
    if (this.parts.warmUp === 'background') {
      // The service logs failures, and callers of a token get them.
      for (const service of services) service.warmUp();
    }
    if (this.parts.warmUp === 'required' && services.length > 0) await this.#requireTokens(services);
  }

  /** Not earlier: payments that drain in the hooks before still need tokens. */
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
 * Why the application cannot start. Where every failure is an outage, it is one: nobody's configuration is wrong, and
 * another start may help. Where one is not, somebody has to act, whatever becomes of the others.
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
    // Of several, none speaks for the others.
    ...(first === undefined || others.length > 0
      ? {}
      : {
          provider: first.provider,
          merchant: first.merchant,
          ...(first.status === undefined ? {} : { status: first.status }),
        }),
  });
}
