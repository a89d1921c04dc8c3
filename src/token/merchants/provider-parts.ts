import type { AgentCertificate, CredentialsSource, Expiry, RenewalPlace } from '../../credentials/index.js';
import type { LineLogger } from '../../errors/index.js';
import type { EventSink } from '../../events/index.js';
import type { TokenRequestPolicy } from '../flight/token-request-queue.js';
import type { CommonParts } from './merchant-parts.js';

/** How merchants other than the default one are found and kept. */
export interface MerchantsParts {
  /** At most this number of idle merchants are kept. */
  readonly limit: number;
  /** Milliseconds after which an idle one is let go. */
  readonly idleTime: number;
  /** @param changed is told the version of credentials that have turned up, undefined if they cannot be used */
  readonly credentialsOf: (
    merchant: string,
    changed: (version: string | undefined) => void,
  ) => CredentialsSource;
  /** A clause on where all credentials come from. */
  readonly credentialsFrom: string;
}

/** Everything the token service of one provider works with; made by the module. */
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
  /** The provider's own, if it has any. */
  readonly credentials?: CredentialsSource;
  /** The client certificate of the provider's HTTPS agent, of which merchants have none of their own. */
  readonly agentCertificate?: AgentCertificate | undefined;
  /** Where what ends of these has to be renewed. */
  readonly renewal?: Readonly<Record<Expiry['what'], RenewalPlace>> | undefined;
  readonly merchants?: MerchantsParts;
  /** What a merchant is called in messages. Default: by its key. */
  readonly labelOf?: (merchant: string) => string;
  /** A provider that is switched off: its name injects, its use is an error. */
  readonly disabled?: boolean;
}
