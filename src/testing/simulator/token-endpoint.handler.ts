import type { RejectionReason } from './bank-error.shapes.js';
import type { BankProfile } from './bank-profile.types.js';
import { type HttpCall, type HttpReply, headerValues, mediaType } from './http-call.types.js';
import type { SimulatedCredentials } from './simulated-bank.types.js';
import type { TokenIssuer } from './token-issuer.js';

/** What the token endpoint knows when a request arrives. */
export interface TokenEndpointState {
  readonly profile: BankProfile;
  readonly credentials: SimulatedCredentials;
  readonly issuer: TokenIssuer;
  readonly origin: string;
  /** Of the token, in milliseconds. */
  readonly lifetime: number;
  /** Put over the body of a success. */
  readonly overrides: Readonly<Record<string, unknown>>;
}

export interface TokenAnswer {
  readonly outcome: 'issued' | 'rejected' | 'invalid';
  readonly reply: HttpReply;
}

/** Ends the examination of a request at the first thing that is wrong. */
class Refusal extends Error {
  constructor(
    readonly outcome: 'rejected' | 'invalid',
    readonly reply: HttpReply,
  ) {
    super('The token request is refused.');
  }
}

const FORM = 'application/x-www-form-urlencoded';
const JSON_TYPE = 'application/json';

/** RFC 6749 §5.1: token responses must not be cached. */
const NO_STORE = { 'cache-control': 'no-store', pragma: 'no-cache' };

/** Answers a token request as strictly as the bank's page is written. */
export function answerTokenRequest(call: HttpCall, state: TokenEndpointState): TokenAnswer {
  try {
    return new TokenExamination(call, state).answer();
  } catch (error) {
    if (error instanceof Refusal) return { outcome: error.outcome, reply: error.reply };
    throw error;
  }
}

class TokenExamination {
  readonly #profile: BankProfile;

  constructor(
    readonly call: HttpCall,
    readonly state: TokenEndpointState,
  ) {
    this.#profile = state.profile;
  }

  answer(): TokenAnswer {
    this.#checkEnvelope();
    const parameters = this.#readParameters();
    switch (this.#profile.clientAuthentication) {
      case 'basic-form':
        this.#checkBasic(parameters);
        this.#checkGrantType(parameters);
        break;
      case 'apikey-form':
        this.#checkApiKeyForm(parameters);
        break;
      case 'json':
        this.#checkJsonCredentials(parameters);
        this.#checkGrantType(parameters);
        break;
    }
    return this.#issue(this.#grantedScopes(parameters));
  }

  #invalid(status: number, code: string, detail: string, headers: Record<string, string> = {}): Refusal {
    const reply = this.#profile.errors.token(status, code, detail);
    return new Refusal('invalid', { ...reply, headers: { ...reply.headers, ...headers } });
  }

  #rejected(reason: RejectionReason): Refusal {
    return new Refusal('rejected', this.#profile.errors.rejected(reason));
  }

  #checkEnvelope(): void {
    const { call } = this;
    if (call.method !== 'POST') {
      throw this.#invalid(405, 'invalid_request', 'Only POST is allowed', { allow: 'POST' });
    }
    // RFC 6749 §2.3.1: credentials must not be in the request URI; and no bank documents a query here.
    if (call.query.size > 0) throw this.#invalid(400, 'invalid_request', 'Parameters belong in the body');
    const wanted = this.#profile.clientAuthentication === 'json' ? JSON_TYPE : FORM;
    if (mediaType(call) !== wanted) {
      throw this.#invalid(415, 'invalid_request', `Content-Type must be ${wanted}`);
    }
    for (const name of ['authorization', 'apikey']) {
      if (headerValues(call, name).length > 1) {
        throw this.#invalid(400, 'invalid_request', `The ${name} header is repeated`);
      }
    }
    if (this.#profile.clientAuthentication === 'json' && !this.#acceptsJson()) {
      throw this.#invalid(406, 'invalid_request', `Accept must name ${JSON_TYPE}`);
    }
  }

  #acceptsJson(): boolean {
    return headerValues(this.call, 'accept')
      .flatMap((value) => value.split(','))
      .some((range) => range.split(';', 1)[0]!.trim().toLowerCase() === JSON_TYPE);
  }

  #readParameters(): Map<string, string> {
    return this.#profile.clientAuthentication === 'json' ? this.#readJson() : this.#readForm();
  }

  #readForm(): Map<string, string> {
    const parameters = new Map<string, string>();
    for (const [name, value] of new URLSearchParams(this.call.body)) {
      // RFC 6749 §3.2: no parameter more than once; one without a value counts as omitted.
      if (parameters.has(name)) throw this.#invalid(400, 'invalid_request', `Parameter ${name} is repeated`);
      if (value !== '') parameters.set(name, value);
    }
    return parameters;
  }

  #readJson(): Map<string, string> {
    let parsed: unknown;
    try {
      parsed = JSON.parse(this.call.body);
    } catch {
      throw this.#invalid(400, 'invalid_request', 'The body is not JSON');
    }
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
      throw this.#invalid(400, 'invalid_request', 'The body is not a JSON object');
    }
    const parameters = new Map<string, string>();
    for (const [name, value] of Object.entries(parsed)) {
      if (typeof value !== 'string') throw this.#invalid(400, 'invalid_request', `${name} is not a string`);
      if (value !== '') parameters.set(name, value);
    }
    return parameters;
  }

  /** "BOG: Authentication Method", "TBC: Get Access Token": Base64 of plain `client_id:client_secret`. */
  #checkBasic(parameters: ReadonlyMap<string, string>): void {
    const [header] = headerValues(this.call, 'authorization');
    const inBody = parameters.has('client_id') || parameters.has('client_secret');
    // RFC 6749 §2.3: not more than one authentication method per request.
    if (header !== undefined && inBody) {
      throw this.#invalid(400, 'invalid_request', 'Credentials are sent both in the header and in the body');
    }
    const encoded = /^Basic ([A-Za-z0-9+/]+={0,2})$/.exec(header ?? '')?.[1];
    if (encoded === undefined) throw this.#rejected('missing');
    const sent = Buffer.from(encoded, 'base64').toString('utf8');
    const { clientId, clientSecret } = this.state.credentials;
    if (sent === `${clientId}:${clientSecret}`) return;
    throw this.#rejected(sent.startsWith(`${clientId}:`) ? 'secret' : 'client');
  }

  /** "TBC: /Get Access Token" of tpay: authorization "None", `apikey` in the header, two body parameters. */
  #checkApiKeyForm(parameters: ReadonlyMap<string, string>): void {
    if (headerValues(this.call, 'authorization').length > 0) {
      throw this.#invalid(400, 'invalid_request', 'Authorization is not used here');
    }
    const [apiKey] = headerValues(this.call, 'apikey');
    if (apiKey !== this.state.credentials.apiKey) throw this.#rejected('apikey');
    for (const name of parameters.keys()) {
      if (name !== 'client_id' && name !== 'client_secret') {
        throw this.#invalid(400, 'invalid_request', `Parameter ${name} is not used here`);
      }
    }
    this.#compare(parameters);
  }

  /** "Partner: Authentication": credentials in the JSON body, and nowhere else. */
  #checkJsonCredentials(parameters: ReadonlyMap<string, string>): void {
    if (headerValues(this.call, 'authorization').length > 0) {
      throw this.#invalid(400, 'invalid_request', 'Authorization is not used here');
    }
    this.#compare(parameters);
  }

  #compare(parameters: ReadonlyMap<string, string>): void {
    const id = parameters.get('client_id');
    const secret = parameters.get('client_secret');
    if (id === undefined || secret === undefined) throw this.#rejected('missing');
    if (id !== this.state.credentials.clientId) throw this.#rejected('client');
    if (secret !== this.state.credentials.clientSecret) throw this.#rejected('secret');
  }

  #checkGrantType(parameters: ReadonlyMap<string, string>): void {
    const grantType = parameters.get('grant_type');
    if (grantType === undefined) throw this.#invalid(400, 'invalid_request', 'Missing parameter: grant_type');
    if (grantType !== 'client_credentials') {
      throw this.#invalid(400, 'unsupported_grant_type', 'Unsupported grant_type');
    }
  }

  #grantedScopes(parameters: ReadonlyMap<string, string>): readonly string[] {
    const asked = parameters.get('scope');
    if (asked === undefined) {
      if (this.#profile.scopeRequired) throw this.#invalid(400, 'invalid_scope', 'Missing parameter: scope');
      return this.#profile.scopes;
    }
    const scopes = asked.split(' ');
    const unknown = scopes.filter((scope) => !this.#profile.scopes.includes(scope));
    if (unknown.length > 0) throw this.#invalid(400, 'invalid_scope', `Invalid scopes: ${asked}`);
    return [...new Set(scopes)];
  }

  #issue(scopes: readonly string[]): TokenAnswer {
    const { state } = this;
    const issuedAt = Date.now();
    const body = {
      ...this.#profile.tokenBody({
        clientId: state.credentials.clientId,
        scopes,
        issuedAt,
        lifetime: state.lifetime,
        origin: state.origin,
        issuer: state.issuer,
      }),
      ...state.overrides,
    };
    if (typeof body.access_token === 'string') {
      const { apiKey } = state.credentials;
      state.issuer.remember({
        value: body.access_token,
        scopes,
        apiKey,
        expiresAt: issuedAt + state.lifetime,
      });
    }
    return { outcome: 'issued', reply: { status: 200, headers: NO_STORE, body } };
  }
}
