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

/** The parts that all merchants of a provider share. `M` is the type of a merchant. */
export interface CommonParts<M = never> extends FlightParts {
  readonly tokenUrl: string;
  readonly machine: TokenMachine;
  readonly store?: GuardedStore;
  /** Where their events go. */
  readonly events?: EventSink;
  /** One for all merchants, so that merchants with equal TLS settings share connections. */
  readonly agents: TlsAgents;
  /** Stands in for shared tokens where there is no store. */
  readonly unshared: SharedTokens;
  /** Emits when the application ends. */
  readonly closing: Observable<unknown>;
  /** Whether the application has ended. */
  readonly isClosed: () => boolean;
  /** Keeps the process alive while a waiting caller is subscribed to it. */
  readonly awake: Observable<never>;
  /** The error of a merchant that can have no token: no request is sent then. */
  readonly refusal: (merchant: M) => BankAuthError | undefined;
  readonly credentialsOf: (merchant: M) => CredentialsSource;
  readonly credentialsRead: MerchantFlightParts['credentialsRead'];
  /** The queue in which a merchant waits to read its credentials. */
  readonly readsOf: (merchant: M) => FlightParts['queue'] | undefined;
  /** A clause on where the credentials come from. */
  readonly credentialsFrom: (key: string | undefined) => string;
  readonly labelOf: (key: string | undefined) => string;
  /** A clause on where the scopes come from. */
  readonly scopesFrom: string;
  /** The last answer of any of them. */
  readonly recent: RecentAnswer;
  /** The events and log lines on them. */
  readonly news: MerchantNews;
  /** Told when a merchant becomes busy, and when it becomes idle. */
  readonly keeper: MerchantKeeper<M>;
}

/** Keeps merchants, and lets idle ones go. */
export interface MerchantKeeper<M> {
  becomesBusy(merchant: M): void;
  becomesIdle(merchant: M): void;
}
