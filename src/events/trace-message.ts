import type { BankAuthErrorCode } from '../errors/index.js';
import type { BankCallReport } from '../reports/index.js';

// The messages of the diagnostics channels for tracing. They are published synchronously: only subscribers run between
// the message and the work. They never hold a token, a request or a header.

/** Must call `work` once, before it returns. */
export type Surrounding = (work: () => void) => void;

interface OperationStart {
  readonly phase: 'start';
  /** Tells the applications of a process apart, as in events. */
  readonly application: number;
  readonly provider: string;
  /**
   * Runs the operation within a function of the subscriber, such as `(work) => context.with(active, work)`: the
   * operation and everything that it starts have the subscriber's context. Stores that are bound to the channel
   * (`bindStore`) apply too.
   */
  runWithin(surrounding: Surrounding): void;
}

/** A message of the channel `nestjs-bank-auth:flight`: a token request with its retries, in no caller's context. */
export type BankAuthFlightMessage =
  | (OperationStart & {
      /** Tells the flights of a process apart. */
      readonly flight: number;
      /** The host of the token endpoint. */
      readonly address: string;
    })
  | {
      readonly phase: 'end';
      readonly application: number;
      readonly provider: string;
      readonly flight: number;
      /** `aborted`: the application ended first. */
      readonly outcome: 'obtained' | 'failed' | 'aborted';
      /** `bank` if the bank issued the token to this process; `store` if another process put it into the store. */
      readonly source?: 'bank' | 'store';
      /** Token requests that this process sent. */
      readonly attempts: number;
      /** The code of the error that callers get. */
      readonly code?: BankAuthErrorCode;
      /** The HTTP status of the token endpoint, where a failure has one. */
      readonly status?: number;
    };

/** A message of the channel `nestjs-bank-auth:wait`, in the caller's context: a caller begins to wait for a flight. */
export interface BankAuthWaitMessage {
  readonly application: number;
  readonly provider: string;
  readonly flight: number;
}

/** A message of the channel `nestjs-bank-auth:call`, in the caller's context: a call with its wait for a token. */
export type BankAuthCallMessage =
  | (OperationStart & {
      /** Tells the calls of a process apart. */
      readonly call: number;
      readonly method: string;
    })
  | {
      readonly phase: 'end';
      readonly application: number;
      readonly provider: string;
      readonly call: number;
      readonly report: BankCallReport;
      /** The code of the error that the caller gets, if it has one in the style of this package, axios and Node.js. */
      readonly code?: string;
      /** Whether the caller gets an error. An answer whose status the caller accepts is no error. */
      readonly failed: boolean;
    };
