export { AccessToken } from './access-token.js';
export { type Clock, SystemClock } from './clock.js';
export { GuardedStore } from './guarded-store.js';
export { closeIdle } from './idle-connections.js';
export { TlsAgents } from './tls-agents.js';
export { DEFAULT_MERCHANT, TokenService, type TokenStatus } from './token.service.js';
export { TokenEndpointClient } from './token-endpoint.client.js';
export { type CooldownPolicy, type RefreshPolicy, TokenMachine, type TokenState } from './token-machine.js';
