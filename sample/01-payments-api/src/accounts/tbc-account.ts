import type { MovementsDto } from './dto/movements.dto.js';
import type { StatementDto } from './dto/statement.dto.js';

export const PAGE_SIZE = 100;

/** TBC's answer; only the members that are used here, as in the other answers. */
export interface TbcBalance {
  readonly availableBalance: number;
  readonly currentBalance: number;
}

/** A summary; the single transactions are movements. */
export interface TbcStatement {
  readonly openingBalance: number;
  readonly closingBalance: number;
  readonly creditSum: number;
  readonly debitSum: number;
}

export interface TbcMovements {
  readonly total: number;
  readonly transactions: readonly {
    readonly movementId: string;
    /** Never negative. */
    readonly amount: number;
    readonly isDebit: boolean;
    readonly purpose: string;
    readonly date: string;
  }[];
}

export function toStatement({
  openingBalance,
  closingBalance,
  creditSum,
  debitSum,
}: TbcStatement): StatementDto {
  return { opening: openingBalance, closing: closingBalance, received: creditSum, spent: debitSum };
}

export function toMovements({ total, transactions }: TbcMovements): MovementsDto {
  return {
    total,
    movements: transactions.map(({ movementId, amount, isDebit, purpose, date }) => ({
      id: movementId,
      amount: isDebit ? -amount : amount,
      purpose,
      date,
    })),
  };
}
