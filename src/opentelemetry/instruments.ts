import type { BankAuthEventType } from '../index.js';

/** The names of all exported attributes; `error.type` and those of HTTP are OpenTelemetry's own. */
export const ATTRIBUTES = {
  provider: 'bank_auth.provider',
  state: 'bank_auth.token.state',
  renewal: 'bank_auth.token.renewal',
  source: 'bank_auth.token.source',
  store: 'bank_auth.store.state',
  credential: 'bank_auth.credentials.type',
  outcome: 'bank_auth.flight.outcome',
  flightAttempts: 'bank_auth.flight.attempts',
  waiters: 'bank_auth.flight.waiters',
  delivery: 'bank_auth.call.delivery',
  callAttempts: 'bank_auth.call.attempts',
  replayed: 'bank_auth.call.replayed',
  tokenRefused: 'bank_auth.call.token_refused',
  tokenWait: 'bank_auth.call.token_wait',
  error: 'error.type',
  method: 'http.request.method',
  status: 'http.response.status_code',
  server: 'server.address',
} as const;

export interface Instrument {
  readonly name: string;
  /** The unit in UCUM; in braces the counted thing. */
  readonly unit: string;
  readonly description: string;
}

/** From the start of a flight to its end, in seconds: the bounds of HTTP, and those of a flight's deadline. */
export const DURATION: Instrument & { readonly bounds: number[] } = {
  name: 'bank_auth.token.request.duration',
  unit: 's',
  description: 'Time from the start of a token request to its end, with retries and the wait for its turn',
  bounds: [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 15, 30],
};

/** The instruments that are read when metrics are collected. */
export const OBSERVED = {
  tokenExpiry: {
    name: 'bank_auth.token.expiration_timestamp',
    unit: 's',
    description: "When the provider's own token expires, in seconds since the Unix epoch",
  },
  credentialExpiry: {
    name: 'bank_auth.credentials.expiration_timestamp',
    unit: 's',
    description:
      'When the first client certificate or secret of the provider ends, in seconds since the Unix epoch',
  },
  tokenState: {
    name: 'bank_auth.token.state',
    unit: '1',
    description: "1 for the state of the provider's own token, 0 for the others",
  },
  merchants: {
    name: 'bank_auth.merchants',
    unit: '{merchant}',
    description: 'Merchants that are kept, by the state of their token',
  },
  waiting: {
    name: 'bank_auth.token.waiting_callers',
    unit: '{caller}',
    description: 'Callers that wait for a token',
  },
  queued: {
    name: 'bank_auth.token.queued_requests',
    unit: '{request}',
    description: 'Token requests that wait for their turn at the bank',
  },
  flights: {
    name: 'bank_auth.token.flights',
    unit: '{flight}',
    description: 'Token requests that are under way, retries and waiting included',
  },
  store: {
    name: 'bank_auth.store.state',
    unit: '1',
    description: '1 for shared while tokens come from the store, 1 for alone while it is in trouble',
  },
} as const satisfies Record<string, Instrument>;

/**
 * The counter of each type of event. It is undefined for token requests, which the histogram counts, and for events
 * whose state is observed.
 */
export const COUNTERS: Readonly<Record<BankAuthEventType, Instrument | undefined>> = {
  'token.obtained': undefined,
  'token.renewed': undefined,
  'token.failed': undefined,
  'token.renewal-failed': undefined,
  'token.refused': {
    name: 'bank_auth.token.refusals',
    unit: '{call}',
    description:
      'Calls that the bank refused with the token that was current; each of them while a brake holds',
  },
  'token.invalidated': {
    name: 'bank_auth.token.invalidations',
    unit: '{token}',
    description: 'Tokens that the application dropped',
  },
  'token.braked': {
    name: 'bank_auth.token.brakes',
    unit: '{brake}',
    description: 'Times that refused tokens were no longer replaced, since new ones are refused too',
  },
  'cooldown.started': {
    name: 'bank_auth.token.cooldowns',
    unit: '{cooldown}',
    description: 'Times that a failure kept token requests of a merchant back',
  },
  'credentials.rejected': {
    name: 'bank_auth.credentials.rejections',
    unit: '{rejection}',
    description: 'Times that the bank rejected credentials',
  },
  'credentials.rotated': {
    name: 'bank_auth.credentials.rotations',
    unit: '{rotation}',
    description: 'Times that the source of credentials gave others',
  },
  'request.replayed': {
    name: 'bank_auth.request.replays',
    unit: '{request}',
    description: 'Resource calls that were sent again with a new token',
  },
  'origin.refused': {
    name: 'bank_auth.request.untrusted_origins',
    unit: '{request}',
    description: "Resource calls that were stopped, as their origin is not the bank's",
  },
  'queue.saturated': {
    name: 'bank_auth.token.queue_saturations',
    unit: '{saturation}',
    description: 'Times that the line to the token endpoint was full; at most one a second is counted',
  },
  'clock.skewed': undefined,
  'certificate.expiring': undefined,
  'store.unavailable': {
    name: 'bank_auth.store.outages',
    unit: '{outage}',
    description: 'Times that the token store got into trouble',
  },
  'store.recovered': undefined,
};
