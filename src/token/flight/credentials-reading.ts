import { defer, type Observable } from 'rxjs';
import type { VersionedCredentials } from '../../credentials/index.js';
import { inNobodysContext } from '../async-context.js';
import type { MerchantFlightParts } from '../flight-plan.js';
import type { QueueTicket } from './token-request-queue.js';

/** Reads a merchant's credentials when it is its turn, in the context of no caller. Errors as the source does. */
export function readCredentials(
  { credentials, reads }: Pick<MerchantFlightParts, 'credentials' | 'reads'>,
  ticket: () => QueueTicket,
): Observable<VersionedCredentials> {
  const read = defer(() => inNobodysContext(() => credentials.read()));
  return reads === undefined ? read : reads.run(ticket(), read);
}
