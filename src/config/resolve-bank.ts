import { type BankDefinition, builtInBanks, defineBank } from '../banks/index.js';
import { BankAuthConfigError, similarName } from '../errors/index.js';
import { isPlainObject } from './options-validator.js';

/** The definition of a provider's bank; undefined where there is none, which `problem` is told. */
export function resolveBank(
  name: string,
  bank: unknown,
  problem: (text: string) => void,
): BankDefinition | undefined {
  if (isPlainObject(bank)) {
    try {
      return defineBank(bank as unknown as BankDefinition);
    } catch (error) {
      problem(
        error instanceof BankAuthConfigError
          ? `is not a bank definition: ${error.problems.join('; ')}`
          : 'is not a bank definition',
      );
      return undefined;
    }
  }
  if (bank !== undefined && typeof bank !== 'string') {
    problem('must be the id of a built-in bank or a definition made by defineBank()');
    return undefined;
  }
  const id = bank ?? name;
  const found = builtInBanks.get(id);
  if (found !== undefined) return found;
  const similar = similarName(id, builtInBanks.keys());
  const known = [...builtInBanks.keys()].join(', ');
  problem(
    bank === undefined
      ? `is missing: no built-in bank is called like this provider${similar === undefined ? '' : ` (did you mean ${similar}?)`}. Built in are ${known}`
      : `is not a built-in bank${similar === undefined ? '' : `; did you mean ${similar}?`} Built in are ${known}`,
  );
  return undefined;
}
