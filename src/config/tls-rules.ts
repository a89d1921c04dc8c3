import { UNVERIFIED_TLS } from './config.messages.js';
import type { OptionProblem } from './options-validator.js';

/**
 * In production the verification of TLS certificates must be on for the whole process. Calls to banks verify
 * them all the same; other clients of the process, which may carry what the bank has answered, would not.
 * @param environments of the module and of each provider that is switched on, as they are given
 */
export function unverifiedTlsProblems(environments: readonly unknown[]): OptionProblem[] {
  // Node.js knows this one value.
  if (process.env.NODE_TLS_REJECT_UNAUTHORIZED !== '0' || !environments.includes('production')) return [];
  return [
    {
      path: ['NODE_TLS_REJECT_UNAUTHORIZED'],
      text: UNVERIFIED_TLS,
    },
  ];
}
