import { builtInBanks } from './banks/index.js';

// For `cli`: the resolved configuration; for the fakes: the checks of the clients. The package does not export them.
export { valueVariable } from './banks/index.js';
export {
  optionsFromEnvironment,
  type ResolvedOptions,
  type ResolvedProvider,
  resolveOptions,
  variablePrefix,
} from './config/index.js';
export { describeForeignFailure } from './credentials/index.js';
export { count, duration, holdsSecret } from './errors/index.js';
export { checkRequestOptions, fetchCall, isExempt, secureProxy } from './http/index.js';
export { RESOLVED_OPTIONS } from './module/own-tokens.js';
export { open, type Sealed } from './module/sealed.js';
export { attemptToken } from './module/token-attempt.js';
export const builtInBankIds: readonly string[] = [...builtInBanks.keys()];
