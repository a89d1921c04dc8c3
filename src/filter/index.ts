export {
  BankAuthExceptionFilter,
  type BankAuthExceptionFilterOptions,
} from './bank-auth-exception.filter.js';
export type { BankCallCode, BankProblem, BankProblemStatus } from './bank-problem.js';
