import type { BankAuthErrorCode } from '../errors/index.js';
import type { BankCallReport } from '../reports/index.js';

// What the diagnostics channels for tracing carry: in the moment in which it happens, where nothing but a subscriber
// stands between the message and the work. Never a token, a request or a header.

/** Runs the work that it is given: once, and before it returns. */
export type Surrounding = (work: () => void) => void;

interface OperationStart {
  readonly phase: 'start';
  /** Tells the applications of a process apart, as in events. */
  readonly application: number;
  readonly provider: string;
  /**
   * Has the operation run within a function of the subscriber's, as `(work) => context.with(active, work)`, so that all
   * that it leads to finds the subscriber's context. Stores that are bound to the channel (`bindStore`) hold for it too.
   */
  runWithin(surrounding: Surrounding): void;
}

/** Of the channel `nestjs-bank-auth:flight`: a token request, retries included, which runs in no caller's context. */
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
      /** Whether the bank gave the token, or another process by way of the store. */
      readonly source?: 'bank' | 'store';
      /** Token requests that this process sent. */
      readonly attempts: number;
      /** Of the error that callers get. */
      readonly code?: BankAuthErrorCode;
      /** The HTTP status of the token endpoint, where a failure has one. */
      readonly status?: number;
    };

/** Of the channel `nestjs-bank-auth:wait`: a caller begins to wait for a flight. Published in the caller's context. */
export interface BankAuthWaitMessage {
  readonly application: number;
  readonly provider: string;
  readonly flight: number;
}

/** Of the channel `nestjs-bank-auth:call`: a resource call, waiting for its token included, in its caller's context. */
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
      /** Of what the caller gets thrown, where it has one that is in use: of this package, of axios or of Node.js. */
      readonly code?: string;
      /** Whether the caller gets an error. An answer of any status is none where the caller accepts it. */
      readonly failed: boolean;
    };
