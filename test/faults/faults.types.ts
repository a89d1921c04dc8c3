import type { BankAuthErrorCode, BankCallDelivery, BankDefinition } from 'nestjs-bank-auth';
import type { RawServer } from '../support/raw-server.js';
import type { FaultyBank } from './faulty-bank.js';

/** Makes a server of the bank's misbehave, from now on until the bank is healed. */
export type Fault = (server: RawServer, bank: FaultyBank) => void | Promise<void>;

interface AnyRow {
  /** Stable, and unique in the table. */
  readonly id: string;
  /** What the bank or the network does. */
  readonly what: string;
  readonly fault: Fault;
  /** The server at fault speaks TLS. */
  readonly https?: true;
  /** Where the bank's definition is not the plain one. */
  readonly bank?: Partial<BankDefinition>;
}

/** The token endpoint does something, and somebody asks for a token. */
export interface TokenFault extends AnyRow {
  readonly outcome: TokenOutcome | TokenFailure;
}

export interface TokenOutcome {
  readonly token: {
    readonly lifetimeMs: number;
    /** Default: the scopes that were asked for. */
    readonly scopes?: readonly string[];
  };
  readonly tokenRequests: number;
}

export interface TokenFailure {
  readonly error: BankAuthErrorCode;
  /** The reason in the message; where there is more than one, it is Node's or the resolver's to choose. */
  readonly says: readonly string[];
  readonly status?: number;
  readonly tokenRequests: number;
  readonly nextRequestAfterMs: number;
  /** The most bytes of an endless answer that the bank gets rid of. */
  readonly takesAtMost?: number;
}

/** Something happens to a resource call. */
export interface ResourceFault extends AnyRow {
  /** Which of the bank's servers is at fault. Default `api`. */
  readonly at?: 'api' | 'token';
  readonly call: ResourceCall;
  readonly outcome: ResourceOutcome;
}

export interface ResourceCall {
  readonly method: 'GET' | 'POST';
  /** How often it is made, one after the other. Default 1. */
  readonly times?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** The body is a stream of these bytes, and the caller says how many there are. */
  readonly stream?: { readonly announces: number; readonly bytes: string };
  /** What the caller vouches for. */
  readonly replay?: true;
  /** The caller passes the agent with the request, too. */
  readonly agent?: true;
  /** Of axios: real milliseconds and bytes. */
  readonly timeout?: number;
  readonly maxContentLength?: number;
  /** What the token has been through before the call. Default: another call has worked with it. */
  readonly token?: 'none' | 'worked' | 'stale' | 'expired';
}

export interface ResourceOutcome {
  /** What each of the calls ends with: an answer of the bank's, an error of axios, or one of the library. */
  readonly sees:
    | { readonly status: number; readonly headers?: Readonly<Record<string, string>> }
    | { readonly axios: readonly string[] }
    | { readonly error: BankAuthErrorCode };
  /** How far the last of the calls came, where there is more than one answer to that, any of these. Default: as it sees. */
  readonly delivery?: readonly BankCallDelivery[];
  /** How many requests reached the bank's API, in all. */
  readonly requests: number;
  /** How many token requests these calls were the cause of, in all. */
  readonly tokenRequests: number;
  /** What became of the token: `dropped` means that the next call gets another. */
  readonly token: 'kept' | 'renewed' | 'dropped' | 'none';
}

/** Rows that belong together, under a heading. */
export interface FaultGroup<Row> {
  readonly heading: string;
  readonly rows: readonly Row[];
}

export interface FaultTable {
  readonly token: readonly FaultGroup<TokenFault>[];
  readonly resource: readonly FaultGroup<ResourceFault>[];
}
