/** One of a bank's systems. Credentials of one are worthless at the other. */
export type BankEnvironment = 'production' | 'sandbox';

/** A URL for each environment a bank offers; an environment that is missing does not exist there. */
export type UrlPerEnvironment = { readonly [E in BankEnvironment]?: string };

/** The context that a function of a definition gets besides the credentials. */
export interface BankContext {
  readonly environment: BankEnvironment;
}

/** The part of a merchant's credentials that a definition may read. */
export interface BankCredentials {
  readonly clientId: string;
  /** Empty where the client proves itself by a certificate or a signed assertion. */
  readonly clientSecret: string;
  readonly apiKey?: string;
  /** The values that the definition declares in `options.values`: strings by name. Empty if it declares none. */
  readonly values: Readonly<Record<string, string>>;
}

/** How the client proves itself at the token endpoint; names from the IANA OAuth registry (RFC 7591 §2). */
export type ClientAuthentication =
  | {
      readonly method: 'client_secret_basic';
      /**
       * `raw` joins id and secret as they are, as the banks' pages show; `rfc6749` form-encodes both first
       * (RFC 6749 §2.3.1). They differ only for special characters. Default `raw`.
       */
      readonly encoding?: 'raw' | 'rfc6749';
    }
  | {
      readonly method: 'client_secret_post';
      /** The parameters' names where they are not `client_id` and `client_secret`. */
      readonly names?: { readonly clientId?: string; readonly clientSecret?: string };
    }
  /** By an id and a secret in headers other than `Authorization`, and nowhere else; both in visible ASCII. */
  | {
      readonly method: 'client_secret_header';
      /**
       * The headers' names. Without `clientSecret` the bank knows no secret: then `options` has to require an API key,
       * which `tokenRequest.headers` sends, or a certificate.
       */
      readonly names: { readonly clientId: string; readonly clientSecret?: string };
    }
  /** By the TLS client certificate, from a CA or self-signed and known to the bank (RFC 8705 §2). */
  | { readonly method: 'tls_client_auth' | 'self_signed_tls_client_auth' }
  /** By a JWT that the client signs for each request with its private key (RFC 7523 §2.2). */
  | ({ readonly method: 'private_key_jwt'; readonly algorithm: AssertionAlgorithm } & AssertionShape)
  /** By a JWT that the client authenticates for each request with its secret (RFC 7523 §2.2). */
  | ({ readonly method: 'client_secret_jwt'; readonly algorithm: SecretAlgorithm } & AssertionShape);

/** The content of an assertion, besides the client. */
export interface AssertionShape {
  /** `aud`: the issuer identifier of the server (RFC 8414), as the only value, which RFC 10070 demands. */
  readonly audience: UrlPerEnvironment;
  /** `typ` in the header. Default `client-authentication+jwt` (RFC 10070 §4). */
  readonly type?: string;
  /** `iss`. Default: the client id (RFC 7523 §3). */
  readonly issuer?: string;
  /** Further claims, other than iss, sub, aud, exp, iat, nbf and jti, which are refused. */
  readonly claims?:
    | Readonly<Record<string, unknown>>
    | ((
        credentials: BankCredentials,
        context: { readonly environment: BankEnvironment },
      ) => Readonly<Record<string, unknown>>);
  /** How long an assertion is valid, in milliseconds. Default 60 000. */
  readonly lifetime?: number;
}

/** How an assertion is authenticated by a secret (RFC 7518 §3.2), which has to be as long as the hash. */
export type SecretAlgorithm = (typeof SECRET_ALGORITHMS)[number];

export const SECRET_ALGORITHMS = ['HS256', 'HS384', 'HS512'] as const;

/** How an assertion is signed (RFC 7518 §3.1, RFC 8037); the key has to be of that kind. */
export type AssertionAlgorithm = (typeof ASSERTION_ALGORITHMS)[number];

export const ASSERTION_ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
] as const;

export interface TokenRequestShape {
  /**
   * Default `post` (RFC 6749 §3.2). With `get` the parameters are in the query, which many servers log: so credentials
   * must be in headers or a certificate, and a parameter that holds a secret is refused.
   */
  readonly method?: 'post' | 'get';
  /** The format of the body of a POST. Default `form` (RFC 6749 §4.4.2). */
  readonly format?: 'form' | 'json';
  /** Default `client_credentials`; `false` where the bank wants no `grant_type`. */
  readonly grantType?: string | false;
  /** More parameters, for instance an `audience`, but none that the request has by itself. */
  readonly parameters?:
    | Readonly<Record<string, string>>
    | ((credentials: BankCredentials, context: BankContext) => Readonly<Record<string, string>>);
  /** Further headers, besides `Content-Type`, `Accept` and the authentication: for instance a subscription key. */
  readonly headers?: (credentials: BankCredentials, context: BankContext) => Readonly<Record<string, string>>;
}

/** The unit of a bank's `expires_in`. */
export type ExpiresInUnit = 'seconds' | 'milliseconds' | 'epoch-seconds' | 'epoch-milliseconds';

/** The form in which a bank writes a token's expiry; `date` is RFC 3339 or an HTTP date, with its offset from UTC. */
export type ExpiresAtForm = 'date' | 'epoch-seconds' | 'epoch-milliseconds';

/** The path to a member of an answer: its name, or the names that lead to it, the outermost first. */
export type MemberPath = string | readonly string[];

/** An answer of the token endpoint that carried no token; `body` is undefined unless it was a JSON object. */
export interface TokenEndpointAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>> | undefined;
}

export interface TokenResponseShape {
  /** Default `seconds` (RFC 6749 §5.1). */
  readonly expiresIn?: ExpiresInUnit;
  /** Lifetime in milliseconds where the response makes no credible statement. Default 300 000. */
  readonly defaultLifetime?: number;
  /** No token is used longer than this, in milliseconds, whatever the response says. Default 24 h. */
  readonly maxLifetime?: number;
  /**
   * The form of `members.expiresAt`. It is a statement of the lifetime like `expires_in`, and the shortest one holds;
   * it is measured by the answer's own `Date`.
   */
  readonly expiresAt?: ExpiresAtForm;
  /** The paths to the members, if not the names of RFC 6749 §5.1; the RFC has no name for `expiresAt`. */
  readonly members?: {
    readonly accessToken?: MemberPath;
    readonly tokenType?: MemberPath;
    readonly expiresIn?: MemberPath;
    readonly scope?: MemberPath;
    readonly expiresAt?: MemberPath;
  };
  /** `optional` where the bank may send no `token_type`; if it sends one, it must be right. Default `required`. */
  readonly tokenType?: 'required' | 'optional';
  /** Further `token_type` values that mean a bearer token; `Bearer` and `BearerToken` always do. */
  readonly tokenTypes?: readonly string[];
  /**
   * Reads the error code, which alone says whether a 2xx is an error. Default: the member `error` (RFC 6749 §5.2),
   * where any value that is not empty, 0 or false makes a 2xx an error.
   */
  readonly errorCode?: (body: Readonly<Record<string, unknown>>) => string | undefined;
  /** Whether the answer means "wrong credentials" beyond 401 and the codes of RFC 6749 §5.2. */
  readonly rejectsCredentials?: (answer: TokenEndpointAnswer) => boolean;
}

/** A response to a resource call; `body` is undefined unless it was a JSON object. */
export interface ResourceAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>> | undefined;
}

/** Options that a definition may explain. */
export type HintedOption =
  | 'clientId'
  | 'clientSecret'
  | 'apiKey'
  | 'scopes'
  | 'apiBaseUrl'
  | 'privateKey'
  | 'keyId'
  | 'tlsCertificate'
  | `values.${string}`;

export interface BankOptionsShape {
  /** Whether the bank wants an API key besides the client credentials. Default `none`. */
  readonly apiKey?: 'required' | 'none';
  /** Whether the token request carries scopes. Default `optional`. */
  readonly scopes?: 'required' | 'optional' | 'none';
  /** Whether the bank requires a TLS client certificate. Default `optional`; `required` where it is the proof. */
  readonly tlsCertificate?: 'required' | 'optional';
  /** Scopes sent where the configuration names none. */
  readonly defaultScopes?: readonly string[];
  /** All scopes the bank knows; another one is a configuration error. */
  readonly knownScopes?: readonly string[];
  /**
   * Values of each merchant that the functions of the definition need besides the credentials, for instance the account
   * in a header: they read it as `credentials.values.<name>`. A name consists of letters, digits, `-` and `_`.
   */
  readonly values?: Readonly<Record<string, 'required' | 'optional'>>;
  /** A sentence for the message on a missing option, for instance the name of the option on the bank's page. */
  readonly hints?: { readonly [O in HintedOption]?: string };
}

/**
 * The requests and answers of one bank's token endpoint: data and small pure functions, no I/O. Everything above the
 * definitions is bank-agnostic.
 */
export interface BankDefinition<Id extends string = string> {
  readonly id: Id;
  readonly title: string;
  /** The bank's public page. */
  readonly docs?: string;
  /** Absolute, or a path that begins with `/` and is appended to `apiBaseUrl`. */
  readonly tokenUrl: UrlPerEnvironment;
  /** The base URL of the bank's resources; if it is missing for an environment, the configuration has to name one. */
  readonly apiBaseUrl: UrlPerEnvironment;
  readonly clientAuthentication: ClientAuthentication;
  readonly tokenRequest?: TokenRequestShape;
  readonly tokenResponse?: TokenResponseShape;
  /** All headers of an authorised resource call. Default: `Authorization: Bearer <token>` (RFC 6750 §2.1). */
  readonly headers?: (
    token: { readonly value: string },
    credentials: BankCredentials,
    context: BankContext,
  ) => Readonly<Record<string, string>>;
  /** Whether a 401 on a resource call is about the token (RFC 6750 §3.1), not about business. Default: always. */
  readonly rejectsToken?: (answer: ResourceAnswer) => boolean;
  /**
   * The statuses of resource calls, from 400 to 499, on which `rejectsToken` is asked; 401 always is. Default `[401]`.
   * Another status renews the token only where it is listed and `rejectsToken` says that it is about the token;
   * `insufficient_scope` never does (RFC 6750 §3.1).
   */
  readonly rejectsTokenOn?: readonly number[];
  /** The header by which the bank recognises a repeated request; only requests that carry it may be replayed. */
  readonly idempotencyHeader?: string;
  /**
   * Whether a new token disables the former at once. Such a token is renewed only when it can no longer be used, not
   * ahead of that; with the memory store this is safe in one process only.
   */
  readonly singleActiveToken?: boolean;
  readonly options?: BankOptionsShape;
}
