import type { FaultTable } from './faults.types.js';
import { RESOURCE_FAULTS } from './resource-call.faults.js';
import { BODIES, ENCODINGS, KEYS, SIZES } from './token-endpoint.body.faults.js';
import { ACCESS_TOKENS, LIFETIMES, SCOPES, TOKEN_TYPES } from './token-endpoint.member.faults.js';
import { NETWORK, TLS } from './token-endpoint.network.faults.js';
import { REDIRECTS, RETRY_AFTER, STATUSES } from './token-endpoint.status.faults.js';

/** Everything that is known to go wrong between an application and its bank, with what comes of it. */
export const FAULTS: FaultTable = {
  token: [
    NETWORK,
    TLS,
    STATUSES,
    RETRY_AFTER,
    REDIRECTS,
    BODIES,
    ENCODINGS,
    SIZES,
    KEYS,
    ACCESS_TOKENS,
    TOKEN_TYPES,
    LIFETIMES,
    SCOPES,
  ],
  resource: RESOURCE_FAULTS,
};
