import { type BankClient, goodCredentials } from './bank-client.js';
import type { RejectionReason } from './bank-error.shapes.js';
import type { BankProfile } from './bank-profile.types.js';
import type { ClientRegister } from './client-register.js';
import { type HttpCall, type HttpReply, headerValues, mediaType } from './http-call.types.js';
import { memberAt } from './member-place.js';
import type { TokenIssuer } from './token-issuer.js';
import { basicCredentials } from './token-request.reader.js';

/** The state of the token endpoint when a request arrives. */
export interface TokenEndpointState {
  readonly profile: BankProfile;
  readonly clients: ClientRegister;
  readonly issuer: TokenIssuer;
  readonly origin: string;
  /** The lifetime of the token, in milliseconds. */
  readonly lifetime: number;
  /** Members that replace those of a successful response. */
  readonly overrides: Readonly<Record<string, unknown>>;
}

export type TokenAnswer =
  | { readonly outcome: 'issued'; readonly clientId: string; readonly reply: HttpReply }
  | { readonly outcome: 'rejected' | 'invalid'; readonly reply: HttpReply };

/** An authenticated client. */
export interface Authenticated {
  readonly client: BankClient;
  readonly clientId: string;
  /** The apikey that the client sent, where the bank requires one. */
  readonly apiKey?: string;
}

/** Ends the examination of a request at its first mistake. */
export class Refusal extends Error {
  constructor(
    readonly outcome: 'rejected' | 'invalid',
    readonly reply: HttpReply,
  ) {
    super('The token request is refused.');
  }
}

export const FORM = 'application/x-www-form-urlencoded';
export const JSON_TYPE = 'application/json';

/** RFC 6749 §5.1: token responses must not be cached. */
const NO_STORE = { 'cache-control': 'no-store', pragma: 'no-cache' };

/**
 * Examines a token request as strictly as the bank's page is written. `protected` members differ for a bank of the
 * user's own definition.
 */
export class TokenExamination {
  protected readonly profile: BankProfile;

  constructor(
    protected readonly call: HttpCall,
    protected readonly state: TokenEndpointState,
  ) {
    this.profile = state.profile;
  }

  /** @throws Refusal at the first mistake */
  answer(): TokenAnswer {
    this.checkEnvelope();
    const parameters = this.readParameters();
    const authenticated = this.authenticate(parameters);
    this.checkGrant(parameters);
    return this.#issue(authenticated, this.#grantedScopes(parameters));
  }

  protected authenticate(parameters: ReadonlyMap<string, string>): Authenticated {
    switch (this.profile.clientAuthentication) {
      case 'basic-form':
        return this.#checkBasic(parameters);
      case 'apikey-form':
        return this.#checkApiKeyForm(parameters);
      default:
        return this.#checkJsonCredentials(parameters);
    }
  }

  protected invalid(
    status: number,
    code: string,
    detail: string,
    headers: Record<string, string> = {},
  ): Refusal {
    const reply = this.profile.errors.token(status, code, detail);
    return new Refusal('invalid', { ...reply, headers: { ...reply.headers, ...headers } });
  }

  protected rejected(reason: RejectionReason): Refusal {
    return new Refusal('rejected', this.profile.errors.rejected(reason));
  }

  protected checkEnvelope(): void {
    const { call } = this;
    if (call.method !== 'POST') {
      throw this.invalid(405, 'invalid_request', 'Only POST is allowed', { allow: 'POST' });
    }
    // RFC 6749 §2.3.1: credentials must not be in the request URI; and no bank documents a query here.
    if (call.query.size > 0) throw this.invalid(400, 'invalid_request', 'Parameters belong in the body');
    const wanted = this.profile.clientAuthentication === 'json' ? JSON_TYPE : FORM;
    if (mediaType(call) !== wanted) {
      throw this.invalid(415, 'invalid_request', `Content-Type must be ${wanted}`);
    }
    for (const name of ['authorization', 'apikey']) {
      if (headerValues(call, name).length > 1) {
        throw this.invalid(400, 'invalid_request', `The ${name} header is repeated`);
      }
    }
    if (this.profile.clientAuthentication === 'json' && !this.#acceptsJson()) {
      throw this.invalid(406, 'invalid_request', `Accept must name ${JSON_TYPE}`);
    }
  }

  #acceptsJson(): boolean {
    return headerValues(this.call, 'accept')
      .flatMap((value) => value.split(','))
      .some((range) => range.split(';', 1)[0]!.trim().toLowerCase() === JSON_TYPE);
  }

  protected readParameters(): Map<string, string> {
    return this.profile.clientAuthentication === 'json' ? this.readJson() : this.readForm();
  }

  protected readForm(sent = new URLSearchParams(this.call.body)): Map<string, string> {
    const parameters = new Map<string, string>();
    for (const [name, value] of sent) {
      // RFC 6749 §3.2: no parameter more than once; one without a value counts as omitted.
      if (parameters.has(name)) throw this.invalid(400, 'invalid_request', `Parameter ${name} is repeated`);
      if (value !== '') parameters.set(name, value);
    }
    return parameters;
  }

  protected readJson(): Map<string, string> {
    let parsed: unknown;
    try {
      parsed = JSON.parse(this.call.body);
    } catch {
      throw this.invalid(400, 'invalid_request', 'The body is not JSON');
    }
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
      throw this.invalid(400, 'invalid_request', 'The body is not a JSON object');
    }
    const parameters = new Map<string, string>();
    for (const [name, value] of Object.entries(parsed)) {
      if (typeof value !== 'string') throw this.invalid(400, 'invalid_request', `${name} is not a string`);
      if (value !== '') parameters.set(name, value);
    }
    return parameters;
  }

  #checkBasic(parameters: ReadonlyMap<string, string>): Authenticated {
    const inBody = parameters.has('client_id') || parameters.has('client_secret');
    // RFC 6749 §2.3: not more than one authentication method per request.
    if (headerValues(this.call, 'authorization').length > 0 && inBody) {
      throw this.invalid(400, 'invalid_request', 'Credentials are sent both in the header and in the body');
    }
    const sent = basicCredentials(this.call);
    if (sent === undefined) throw this.rejected('missing');
    return this.#compare(sent.clientId, sent.clientSecret);
  }

  /** "TBC: /Get Access Token" of tpay: authorization "None", `apikey` in the header, two body parameters. */
  #checkApiKeyForm(parameters: ReadonlyMap<string, string>): Authenticated {
    if (headerValues(this.call, 'authorization').length > 0) {
      throw this.invalid(400, 'invalid_request', 'Authorization is not used here');
    }
    const [apiKey] = headerValues(this.call, 'apikey');
    if (apiKey === undefined || !this.state.clients.knowsApiKey(apiKey)) throw this.rejected('apikey');
    for (const name of parameters.keys()) {
      if (name !== 'client_id' && name !== 'client_secret') {
        throw this.invalid(400, 'invalid_request', `Parameter ${name} is not used here`);
      }
    }
    return this.#compare(parameters.get('client_id'), parameters.get('client_secret'), apiKey);
  }

  /** "Partner: Authentication": credentials in the JSON body, and nowhere else. */
  #checkJsonCredentials(parameters: ReadonlyMap<string, string>): Authenticated {
    if (headerValues(this.call, 'authorization').length > 0) {
      throw this.invalid(400, 'invalid_request', 'Authorization is not used here');
    }
    return this.#compare(parameters.get('client_id'), parameters.get('client_secret'));
  }

  /** An apikey and a secret are each valid by themselves: TBC issues them apart, so one may be new already. */
  #compare(id: string | undefined, secret: string | undefined, apiKey?: string): Authenticated {
    if (id === undefined || secret === undefined) throw this.rejected('missing');
    const client = this.state.clients.find(id);
    if (!client) throw this.rejected('client');
    const good = goodCredentials(client);
    if (!good.some((credentials) => credentials.apiKey === apiKey)) throw this.rejected('apikey');
    const pair = good.find(({ clientId, clientSecret }) => clientId === id && clientSecret === secret);
    if (!pair) throw this.rejected('secret');
    return { client, clientId: id, apiKey };
  }

  protected checkGrant(parameters: ReadonlyMap<string, string>): void {
    if (this.profile.clientAuthentication === 'apikey-form') return;
    const grantType = parameters.get('grant_type');
    if (grantType === undefined) throw this.invalid(400, 'invalid_request', 'Missing parameter: grant_type');
    if (grantType !== 'client_credentials') {
      throw this.invalid(400, 'unsupported_grant_type', 'Unsupported grant_type');
    }
  }

  #grantedScopes(parameters: ReadonlyMap<string, string>): readonly string[] {
    const asked = parameters.get('scope');
    const { scopeRequired, scopes: known, defined } = this.profile;
    if (asked === undefined) {
      if (scopeRequired) throw this.invalid(400, 'invalid_scope', 'Missing parameter: scope');
      return known;
    }
    const scopes = asked.split(' ');
    const unknown = defined?.anyScope ? [] : scopes.filter((scope) => !known.includes(scope));
    if (unknown.length > 0) throw this.invalid(400, 'invalid_scope', `Invalid scopes: ${asked}`);
    return [...new Set(scopes)];
  }

  #issue({ client, clientId, apiKey }: Authenticated, scopes: readonly string[]): TokenAnswer {
    const { state } = this;
    const issuedAt = Date.now();
    const body: Record<string, unknown> = {
      ...this.profile.tokenBody({
        clientId,
        scopes,
        issuedAt,
        lifetime: state.lifetime,
        origin: state.origin,
        issuer: state.issuer,
      }),
      ...state.overrides,
    };
    const { defined } = this.profile;
    const value = memberAt(body, defined?.tokenMember ?? 'access_token');
    if (defined?.definition.singleActiveToken) state.issuer.forgetAllOf(client);
    if (typeof value === 'string') {
      const shownAs = defined?.carrier.shownAs(value, { ...client.credentials, clientId });
      const expiresAt = issuedAt + state.lifetime;
      state.issuer.remember({ value, shownAs, client, clientId, scopes, apiKey, expiresAt });
    }
    return { outcome: 'issued', clientId, reply: { status: 200, headers: NO_STORE, body } };
  }
}
