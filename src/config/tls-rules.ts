import type { OptionProblem } from './options-validator.js';

/**
 * In production nobody may switch the verification of TLS certificates off for the whole process. Calls to banks verify
 * them all the same; other clients of the process, which may carry what the bank has answered, would not.
 * @param environments of the module and of each provider that is switched on, as they are given
 */
export function unverifiedTlsProblems(environments: readonly unknown[]): OptionProblem[] {
  // Node.js knows this one value.
  if (process.env.NODE_TLS_REJECT_UNAUTHORIZED !== '0' || !environments.includes('production')) return [];
  return [
    {
      path: ['NODE_TLS_REJECT_UNAUTHORIZED'],
      text:
        'is 0 in the environment, which is refused in production: any host could pass for any other. ' +
        "Remove the variable; trust a bank's own authority by tlsCa, and others by NODE_EXTRA_CA_CERTS",
    },
  ];
}
