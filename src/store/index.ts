export { MemoryTokenStore } from './memory.store.js';
export type { StoredToken, TokenStore } from './token-store.js';
