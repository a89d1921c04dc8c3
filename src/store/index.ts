export { MemoryTokenStore } from './memory.store.js';
export type {
  LeaseAnswer,
  StoredFailure,
  StoredToken,
  TokenChange,
  TokenLease,
  TokenStore,
} from './token-store.js';
