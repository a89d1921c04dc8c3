export const MERCHANT_STATES = ['active', 'closed'] as const;

export interface Merchant {
  /** Also its key at the bank's provider, which selects its credentials and its token. */
  readonly id: string;
  readonly name: string;
  /** Its account, the source of payouts. */
  readonly iban: string;
  readonly state: (typeof MERCHANT_STATES)[number];
}
