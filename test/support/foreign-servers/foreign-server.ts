import type { BankDefinition } from 'nestjs-bank-auth';

/** A secret in which each way of writing it down makes a difference: form-encoded, percent-encoded, or as it is. */
export const AWKWARD_SECRET = 'p+q%20r/s=t:u&v w~x';

/** Clients that every server knows, for `payments` and `accounts`. */
export const CLIENTS = {
  plain: { clientId: 'plain', clientSecret: 'a-plain-secret-0123456789' },
  awkward: { clientId: 'awkward', clientSecret: AWKWARD_SECRET },
  /** Where a server wants to know beforehand that a client sends its secret in the body. */
  plainInBody: { clientId: 'plain-in-body', clientSecret: 'a-plain-secret-0123456789' },
  awkwardInBody: { clientId: 'awkward-in-body', clientSecret: AWKWARD_SECRET },
} as const;

export const SCOPES = ['payments', 'accounts'] as const;

/** How a client sends its secret. */
export type Way = 'raw' | 'rfc6749' | 'body';

/** An answer without a token: its status, its code (the member `error`), and its challenge (`WWW-Authenticate`). */
export interface Refusal {
  readonly status: number;
  readonly error?: string;
  readonly challenge?: string;
}

/** What a server was seen to do, word for word. Each line of it is asserted on each run. */
export interface Seen {
  /** Name and version: a row of the table in docs/client-authentication.md. */
  readonly server: string;
  /** The command that runs the tests against it. */
  readonly command: 'npm test' | 'npm run prove:servers';
  /** `Content-Type` of its answers to token requests. */
  readonly mediaType: string;
  /** What became of the awkward secret: a token, or a refusal. */
  readonly awkward: Readonly<Record<Way, 'token' | Refusal>>;
  readonly wrongSecret: Readonly<Record<'raw' | 'body', Refusal>>;
  /** What it answers to a scope that it does not know, or which scopes it grants instead. */
  readonly unknownScope: Refusal | { readonly granted: readonly string[] | undefined };
  /** What it grants to a client that names no scope. */
  readonly noScope: Refusal | { readonly granted: readonly string[] | undefined };
  /** What it answers to a resource call with a token that has ended or is lost. */
  readonly deadToken: Omit<Refusal, 'error'>;
}

/** A server that others wrote, running. */
export interface ForeignServer {
  readonly tokenUrl: string;
  /** Where `/api/accounts` is, for which the server checks tokens in its own way. */
  readonly apiBaseUrl: string;
  /** Ends, and starts again at the same place: whatever it had issued is lost. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface ForeignServerKind {
  /** Seconds that its tokens live; configured at the server. */
  readonly lifetime: number;
  readonly seen: Seen;
  /** What a definition has to say because of this server, beyond where it is and how clients authenticate. */
  readonly definition?: Partial<BankDefinition>;
  start(): Promise<ForeignServer>;
  /** Lets as many seconds go by for the server. */
  pass(seconds: number): Promise<void>;
}

/** The token of a resource call; empty if there is none. */
export function bearer(authorization: string | undefined): string {
  return /^Bearer (\S+)$/.exec(authorization ?? '')?.[1] ?? '';
}
