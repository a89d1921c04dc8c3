import type { BankErrors } from './bank-error.shapes.js';
import type { HttpCall, HttpReply } from './http-call.types.js';
import type { SimulatedBankId } from './simulated-bank.types.js';
import type { IssuedToken, TokenIssuer } from './token-issuer.js';

/** What a token is issued for. */
export interface TokenGrant {
  readonly clientId: string;
  /** As asked for; where nothing was asked, all that the client has. */
  readonly scopes: readonly string[];
  /** Epoch in milliseconds. */
  readonly issuedAt: number;
  /** In milliseconds. */
  readonly lifetime: number;
  readonly origin: string;
  readonly issuer: TokenIssuer;
}

/** One call that got past the token check. */
export interface ResourceCall extends HttpCall {
  /** The values of the path's `:name` segments, decoded. */
  readonly params: Readonly<Record<string, string>>;
  /** The parsed body of a POST. */
  readonly json: unknown;
  readonly token: IssuedToken;
}

/** One resource. */
export interface ResourceRoute {
  readonly method: 'GET' | 'POST' | 'DELETE' | '*';
  /** Below the API base; `:name` stands for one segment. */
  readonly path: string;
  readonly scope?: string;
  handle(call: ResourceCall): HttpReply;
}

/** Where a bank's resources live, for the links that they answer with. */
export interface ResourceContext {
  readonly apiBaseUrl: string;
  readonly errors: BankErrors;
}

/**
 * How a client shows who it is:
 * - `basic-form`: an HTTP Basic header, the grant in a form.
 * - `apikey-form`: an `apikey` header, client id and secret in a form, no grant, no `Authorization`.
 * - `json`: grant, client id and secret in a JSON object.
 */
export type ClientAuthentication = 'basic-form' | 'apikey-form' | 'json';

/** All that tells one simulated bank from another. */
export interface BankProfile {
  readonly id: SimulatedBankId;
  readonly tokenPath: string;
  /** The path of the API base: empty, or beginning with a slash. */
  readonly apiBasePath: string;
  readonly clientAuthentication: ClientAuthentication;
  /** Whether resource calls need the `apikey` header too. */
  readonly apiKeyOnResources: boolean;
  /** The scopes there are; empty where the bank has none, and asking for any is an error. */
  readonly scopes: readonly string[];
  readonly scopeRequired: boolean;
  /** Of tokens, in milliseconds. */
  readonly lifetime: number;
  readonly errors: BankErrors;
  /** The body of a successful token response. */
  tokenBody(grant: TokenGrant): Record<string, unknown> & { access_token: string };
  /** The resources, with a memory of their own for each client: called at start and at each reset. */
  resources(context: ResourceContext): readonly ResourceRoute[];
}
