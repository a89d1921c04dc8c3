import type { ResolvedOptions, ResolvedProvider } from '../config/index.js';
import {
  certificateOfAgent,
  createCredentialsSource,
  type Expiry,
  expiriesOf,
} from '../credentials/index.js';
import { SystemClock } from '../time/clock.js';
import {
  type AttemptOutcome,
  DEFAULT_MERCHANT,
  expiring,
  singleAttempt,
  TokenEndpointClient,
  TokenMachine,
} from '../token/index.js';

/** The result of one token request of a provider. It holds credentials and a token, which must not be shown. */
export interface ProviderAttempt extends AttemptOutcome {
  /** The expiries of its certificate and secret, each with advice. */
  readonly expiries: readonly (Expiry & { readonly leftMs: number; readonly advice: string })[];
}

/**
 * One token request with a provider's own credentials, without an application. Never rejects.
 * @param provider a provider with credentials of its own
 * @param offline whether to send nothing
 */
export async function attemptToken(
  options: Pick<ResolvedOptions, 'refresh' | 'cooldown' | 'retry'>,
  provider: ResolvedProvider & Required<Pick<ResolvedProvider, 'credentials'>>,
  offline: boolean,
): Promise<ProviderAttempt> {
  const { name, bank, environment, tokenUrl, scopes, scopesFrom, credentials, http, renewal } = provider;
  const { httpsAgent, proxy } = http;
  const clock = new SystemClock();
  const machine = new TokenMachine(options.refresh, options.cooldown);
  const outcome = await singleAttempt({
    provider: name,
    bank,
    environment,
    tokenUrl,
    scopes,
    scopesFrom,
    merchant: DEFAULT_MERCHANT,
    credentials: createCredentialsSource(credentials),
    client: new TokenEndpointClient(bank, { tokenUrl, environment }, { httpsAgent, proxy }, clock),
    clock,
    timeMs: options.retry.attemptTimeout,
    usable: (ageMs, lifetime) => ageMs < machine.schedule(lifetime, 0, true).unusableAfter,
    offline,
  });
  const found = expiriesOf(outcome.credentials ?? credentials, certificateOfAgent(httpsAgent));
  const expiries = found.map((expiry) => {
    const leftMs = expiry.notAfter - clock.wall();
    const place = renewal?.[expiry.what] ?? { where: '', isReadAgain: false };
    return { ...expiry, leftMs, advice: expiring(name, { ...expiry, leftMs }, place).text };
  });
  return { ...outcome, expiries };
}
