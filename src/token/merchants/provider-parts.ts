import type { AgentCertificate, CredentialsSource, Expiry, RenewalPlace } from '../../credentials/index.js';
import type { LineLogger } from '../../errors/index.js';
import type { EventSink } from '../../events/index.js';
import type { TokenRequestPolicy } from '../flight/token-request-queue.js';
import type { CommonParts } from './merchant-parts.js';

/** How merchants other than the default one are found and kept. */
export interface MerchantsParts {
  /** At most this number of idle merchants are kept. */
  readonly limit: number;
  /** Milliseconds after which an idle merchant is let go. */
  readonly idleTime: number;
  /** @param changed called with the version of new credentials, undefined if they cannot be used */
  readonly credentialsOf: (
    merchant: string,
    changed: (version: string | undefined) => void,
  ) => CredentialsSource;
  /** A clause on where all credentials come from. */
  readonly credentialsFrom: string;
}

/** All parts of the token service of one provider; made by the module. */
export interface ProviderParts
  extends Pick<
    CommonParts,
    | 'provider'
    | 'bank'
    | 'environment'
    | 'scopes'
    | 'client'
    | 'retry'
    | 'clock'
    | 'random'
    | 'tokenUrl'
    | 'machine'
    | 'store'
  > {
  readonly logger: LineLogger;
  /** Where its events go. */
  readonly events?: EventSink;
  readonly tokenRequests: TokenRequestPolicy;
  /** A clause on where the scopes come from. */
  readonly scopesFrom?: string | undefined;
  /** The provider's own credentials, if it has any. */
  readonly credentials?: CredentialsSource;
  /** The client certificate of the provider's HTTPS agent; it is watched once, not for each merchant. */
  readonly agentCertificate?: AgentCertificate | undefined;
  /** The places where the provider's own certificate and secret are renewed. */
  readonly renewal?: Readonly<Record<Expiry['what'], RenewalPlace>> | undefined;
  readonly merchants?: MerchantsParts;
  /** The name of a merchant in messages. Default: its key. */
  readonly labelOf?: (merchant: string) => string;
  /** Whether the provider is switched off: it can be injected, but its use is an error. */
  readonly disabled?: boolean;
}
