import type { BankAuthErrorCode, LogLine } from '../../src/errors/index.js';

/** What a person at 3 a.m. wants to know of a message, besides its text. */
export interface Facts {
  /** How it comes: thrown, or at which level it is logged. */
  readonly level: string;
  readonly means: string;
  readonly fault: string;
  readonly todo: string;
  readonly money: string;
}

/** Where the message needs no other words. */
export const AS_IT_SAYS = 'as it says';

/** One message as the code makes it, and what there is to know of it. */
export type MessageRow = {
  readonly says: string | LogLine;
  readonly code?: BankAuthErrorCode;
} & Partial<Facts>;

export interface MessageGroup {
  readonly heading: string;
  readonly introduction: string;
  /** What holds for all of its rows, so that it stands above them. */
  readonly common: Partial<Facts>;
  readonly rows: readonly MessageRow[];
}
