import { defer, type Observable, tap } from 'rxjs';
import type { VersionedCredentials } from '../../credentials/index.js';
import { inNobodysContext } from '../async-context.js';
import type { MerchantFlightParts } from '../flight-plan.js';
import type { QueueTicket } from './token-request-queue.js';

/** Reads a merchant's credentials when it is its turn, in the context of no caller. Errors as the source does. */
export function readCredentials(
  {
    merchant,
    credentials,
    credentialsRead,
    reads,
  }: Pick<MerchantFlightParts, 'merchant' | 'credentials' | 'credentialsRead' | 'reads'>,
  ticket: () => QueueTicket,
): Observable<VersionedCredentials> {
  const read = defer(() => inNobodysContext(() => credentials.read())).pipe(
    tap((found) => credentialsRead?.(merchant, found)),
  );
  return reads === undefined ? read : reads.run(ticket(), read);
}
