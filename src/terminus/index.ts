export { BankAuthHealthIndicator, type BankAuthHealthOptions } from './bank-auth.health-indicator.js';
export type { BankHealth, BankHealthReason } from './bank-health.js';
