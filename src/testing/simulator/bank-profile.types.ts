import type { BankDefinition, MemberPath } from '../../index.js';
import type { BankErrors } from './bank-error.shapes.js';
import type { CallbackSender } from './callback.sender.js';
import type { HttpCall, HttpReply } from './http-call.types.js';
import type { SimulatedCredentials } from './simulated-bank.types.js';
import type { IssuedToken, TokenIssuer } from './token-issuer.js';

/** The request, client and lifetime that a token is issued for. */
export interface TokenGrant {
  readonly clientId: string;
  /** The requested scopes; all of the client's scopes if the request names none. */
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
  /** Where the bank sends callbacks. */
  readonly callbacks?: CallbackSender;
}

/**
 * How a client authenticates:
 * - `basic-form`: an HTTP Basic header, the grant in a form.
 * - `apikey-form`: an `apikey` header, client id and secret in a form, no grant, no `Authorization`.
 * - `json`: grant, client id and secret in a JSON object.
 * - `defined`: as a definition of the user's own says.
 */
export type ClientAuthentication = 'basic-form' | 'apikey-form' | 'json' | 'defined';

/** The parts of a user's own definition that the other members of a profile cannot express. */
export interface DefinedBank {
  readonly definition: BankDefinition;
  /** The place of the token in a token response. */
  readonly tokenMember: MemberPath;
  /** Whether a client may ask for any scope, because the definition names none. */
  readonly anyScope: boolean;
  readonly carrier: TokenCarrier;
}

/** The header by which resource calls bear the token. */
export interface TokenCarrier {
  /** In lower case. */
  readonly header: string;
  /** Its whole value, in one environment and in the other. */
  shownAs(token: string, credentials: SimulatedCredentials): readonly string[];
}

/** The differences between one simulated bank and another. */
export interface BankProfile {
  readonly id: string;
  readonly tokenPath: string;
  /** The path of the API base: empty, or beginning with a slash. */
  readonly apiBasePath: string;
  readonly clientAuthentication: ClientAuthentication;
  /** Whether resource calls need the `apikey` header too. */
  readonly apiKeyOnResources: boolean;
  /** The known scopes; empty where the bank has none, and asking for any is an error. */
  readonly scopes: readonly string[];
  readonly scopeRequired: boolean;
  /** The lifetime of tokens, in milliseconds. */
  readonly lifetime: number;
  readonly errors: BankErrors;
  /** Whether its orders have callbacks that can be sent. */
  readonly sendsCallbacks?: true;
  /** Only of a bank that a definition of the user's own describes. */
  readonly defined?: DefinedBank;
  /** The body of a successful token response. */
  tokenBody(grant: TokenGrant): Record<string, unknown>;
  /** The resources, with a memory of their own for each client: called at start and at each reset. */
  resources(context: ResourceContext): readonly ResourceRoute[];
}
