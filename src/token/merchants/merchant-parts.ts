import type { Observable } from 'rxjs';
import type { CredentialsSource } from '../../credentials/index.js';
import type { BankAuthError } from '../../errors/index.js';
import type { EventSink } from '../../events/index.js';
import type { TlsAgents } from '../endpoint/tls-agents.js';
import type { FlightParts, MerchantFlightParts } from '../flight-plan.js';
import type { GuardedStore } from '../sharing/guarded-store.js';
import type { SharedTokens } from '../sharing/shared-tokens.js';
import type { TokenMachine } from '../token-machine.js';
import type { MerchantNews } from './merchant-news.js';
import type { RecentAnswer } from './recent-answer.js';

/** What all merchants of a provider have in common. `M` is what the provider knows a merchant by. */
export interface CommonParts<M = never> extends FlightParts {
  readonly tokenUrl: string;
  readonly machine: TokenMachine;
  readonly store?: GuardedStore;
  /** Where their events go. */
  readonly events?: EventSink;
  /** One for all of them, so that those with equal TLS settings have the same connections. */
  readonly agents: TlsAgents;
  /** Where there is no store. */
  readonly unshared: SharedTokens;
  /** Emits when the application ends. */
  readonly closing: Observable<unknown>;
  /** Whether it has. */
  readonly isClosed: () => boolean;
  /** Keeps the process alive while it is subscribed to: for those who wait. */
  readonly awake: Observable<never>;
  /** Why nothing can be had, if that is so: no request is sent then. */
  readonly refusal: (merchant: M) => BankAuthError | undefined;
  readonly credentialsOf: (merchant: M) => CredentialsSource;
  readonly credentialsRead: MerchantFlightParts['credentialsRead'];
  /** The line in which it waits to read them. */
  readonly readsOf: (merchant: M) => FlightParts['queue'] | undefined;
  /** A clause on where the credentials come from. */
  readonly credentialsFrom: (key: string | undefined) => string;
  readonly labelOf: (key: string | undefined) => string;
  /** A clause on where the scopes come from. */
  readonly scopesFrom: string;
  /** What one of them answered just now. */
  readonly recent: RecentAnswer;
  /** Tells what happens to them. */
  readonly news: MerchantNews;
  /** Told when something begins to go on, and when it has ended. */
  readonly keeper: MerchantKeeper<M>;
}

/** Keeps merchants, and lets idle ones go. */
export interface MerchantKeeper<M> {
  becomesBusy(merchant: M): void;
  becomesIdle(merchant: M): void;
}
