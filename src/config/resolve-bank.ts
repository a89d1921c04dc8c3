import { type BankDefinition, builtInBanks, defineBank } from '../banks/index.js';
import { BankAuthConfigError, similarName } from '../errors/index.js';
import { A_BANK, bankMissing, bankUnknown, brokenDefinition, NO_DEFINITION } from './config.messages.js';
import { isPlainObject } from './options-validator.js';

/** The definition of a provider's bank; undefined if there is none, which is passed to `problem`. */
export function resolveBank(
  name: string,
  bank: unknown,
  problem: (text: string) => void,
): BankDefinition | undefined {
  if (isPlainObject(bank)) {
    try {
      return defineBank(bank as unknown as BankDefinition);
    } catch (error) {
      problem(error instanceof BankAuthConfigError ? brokenDefinition(error.problems) : NO_DEFINITION);
      return undefined;
    }
  }
  if (bank !== undefined && typeof bank !== 'string') {
    problem(A_BANK);
    return undefined;
  }
  const id = bank ?? name;
  const found = builtInBanks.get(id);
  if (found !== undefined) return found;
  const similar = similarName(id, builtInBanks.keys());
  const known = [...builtInBanks.keys()].join(', ');
  problem(bank === undefined ? bankMissing(similar, known) : bankUnknown(similar, known));
  return undefined;
}
