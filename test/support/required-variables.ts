import type { BankAuthConfigError, BankDefinition } from 'nestjs-bank-auth';
import { optionsFromEnvironment, resolveOptions } from '../../src/config/index.js';

/** The variables that the start misses where none is set but the environment: the first that the bank has. */
export function requiredVariables(bank: BankDefinition): string[] {
  const environment = bank.tokenUrl.production === undefined ? 'sandbox' : 'production';
  const read = (variable: string) => (variable === 'BANK_AUTH_ENVIRONMENT' ? environment : undefined);
  const options = optionsFromEnvironment(new Map([[bank.id, bank]]), read, []);
  try {
    resolveOptions(options, [bank.id]);
    return [];
  } catch (error) {
    const { problems } = error as BankAuthConfigError;
    return [
      ...new Set(problems.flatMap((problem) => /\(([A-Z][A-Z0-9_]+)\) is missing/.exec(problem)?.[1] ?? [])),
    ];
  }
}
