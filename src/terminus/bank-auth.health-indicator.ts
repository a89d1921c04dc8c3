import { Inject, Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import { type BankAuthProviderName, BankAuthState } from '../index.js';
import { type BankHealth, type FailingMerchants, healthOf, worstOf } from './bank-health.js';

/** Options of a health check. */
export interface BankAuthHealthOptions {
  /** Names of providers. Default: all enabled providers. */
  readonly providers?: readonly BankAuthProviderName[];
  /**
   * The status of a provider with a merchant whose token is refused, or that gets none. Default `up`: one merchant's
   * wrong key is no reason. A provider without own credentials is `degraded` anyway if no merchant has a usable token.
   */
  readonly failingMerchants?: FailingMerchants;
}

/** The status of terminus 12 besides `up` and `down`. */
interface DegradingSession<Key extends string> {
  degraded?(data: Record<string, unknown>): HealthIndicatorResult<Key>;
}

/**
 * Reports whether there are tokens for the banks, from local knowledge: it asks no bank and starts no token request.
 * For dashboards and readiness, not for liveness. Provide it in a module that imports `TerminusModule`.
 */
@Injectable()
export class BankAuthHealthIndicator {
  constructor(
    @Inject(HealthIndicatorService) private readonly indicator: HealthIndicatorService,
    @Inject(BankAuthState) private readonly state: BankAuthState,
  ) {}

  /**
   * Down if one of the providers has no usable token because requests for one fail, or the bank refuses it. Degraded (with
   * terminus 11: up, with `degraded: true`) if a renewal fails, the token store is in trouble, or a client certificate or
   * secret ends within 30 days. The details hold no secret.
   * @param key of the result
   * @throws BankAuthConfigError if there is no provider of a given name
   */
  check<const Key extends string>(
    key: Key,
    { providers, failingMerchants = 'up' }: BankAuthHealthOptions = {},
  ): HealthIndicatorResult<Key> {
    // Throws for an undeclared name.
    for (const provider of providers ?? []) this.state.merchants(provider, 0);
    const now = Date.now();
    const healths = new Map<string, BankHealth>();
    for (const snapshot of this.state.providers()) {
      const wanted = providers === undefined || providers.includes(snapshot.provider as BankAuthProviderName);
      if (wanted && snapshot.enabled)
        healths.set(snapshot.provider, healthOf(snapshot, failingMerchants, now));
    }
    // A provider may be called `__proto__`.
    const details = { providers: Object.fromEntries(healths) };
    const session = this.indicator.check(key);
    switch (worstOf([...healths.values()].map(({ status }) => status))) {
      case 'down':
        return session.down(details);
      case 'degraded': {
        const degrading: DegradingSession<Key> = session;
        return degrading.degraded?.(details) ?? session.up({ degraded: true, ...details });
      }
      case 'up':
        return session.up(details);
    }
  }
}
