import { UNVERIFIED_TLS } from './config.messages.js';
import type { OptionProblem } from './options-validator.js';

/**
 * In production the verification of TLS certificates must be on for the whole process. Calls to banks verify
 * them in any case; other clients of the process, which may send data from a bank's answers, would not.
 * @param environments the given environments of the module and of each enabled provider
 */
export function unverifiedTlsProblems(environments: readonly unknown[]): OptionProblem[] {
  // Node.js recognises only this value.
  if (process.env.NODE_TLS_REJECT_UNAUTHORIZED !== '0' || !environments.includes('production')) return [];
  return [
    {
      path: ['NODE_TLS_REJECT_UNAUTHORIZED'],
      text: UNVERIFIED_TLS,
    },
  ];
}
