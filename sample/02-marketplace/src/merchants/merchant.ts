export const MERCHANT_STATES = ['active', 'closed'] as const;

export interface Merchant {
  /** Also its key at the bank's provider: what selects its credentials and its token. */
  readonly id: string;
  readonly name: string;
  /** Its account, which payouts leave. */
  readonly iban: string;
  readonly state: (typeof MERCHANT_STATES)[number];
}
