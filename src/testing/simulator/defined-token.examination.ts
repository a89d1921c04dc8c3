import type { BankDefinition } from '../../index.js';
import { type BankClient, goodCredentials } from './bank-client.js';
import type { DefinedBank } from './bank-profile.types.js';
import { bearsHeaders } from './defined-headers.js';
import { type HttpCall, headerValues, mediaType } from './http-call.types.js';
import type { SimulatedCredentials } from './simulated-bank.types.js';
import {
  type Authenticated,
  FORM,
  JSON_TYPE,
  type TokenEndpointState,
  TokenExamination,
} from './token.examination.js';
import { basicCredentials } from './token-request.reader.js';

/** Examines a token request as strictly as a definition of the user's own is written. */
export class DefinedTokenExamination extends TokenExamination {
  readonly #definition: BankDefinition;

  constructor(call: HttpCall, state: TokenEndpointState, { definition }: DefinedBank) {
    super(call, state);
    this.#definition = definition;
  }

  protected override checkEnvelope(): void {
    const { call } = this;
    if (call.method !== 'POST') {
      throw this.invalid(405, 'invalid_request', 'Only POST is allowed', { allow: 'POST' });
    }
    // RFC 6749 §2.3.1: credentials must not be in the request URI; and no definition puts anything there.
    if (call.query.size > 0) throw this.invalid(400, 'invalid_request', 'Parameters belong in the body');
    const wanted = this.#json ? JSON_TYPE : FORM;
    if (mediaType(call) !== wanted) {
      throw this.invalid(415, 'invalid_request', `Content-Type must be ${wanted}`);
    }
    if (headerValues(call, 'authorization').length > 1) {
      throw this.invalid(400, 'invalid_request', 'The authorization header is repeated');
    }
  }

  protected override readParameters(): Map<string, string> {
    return this.#json ? this.readJson() : this.readForm();
  }

  protected override authenticate(parameters: ReadonlyMap<string, string>): Authenticated {
    const { clientId, clientSecret } = this.#sentCredentials(parameters);
    if (clientId === undefined || clientSecret === undefined) throw this.rejected('missing');
    const client = this.state.clients.find(clientId);
    if (!client) throw this.rejected('client');
    const good = goodCredentials(client);
    if (!good.some((pair) => pair.clientId === clientId && pair.clientSecret === clientSecret)) {
      throw this.rejected('secret');
    }
    return { client, clientId, apiKey: this.#checkHeaders(client)?.apiKey };
  }

  protected override checkGrant(parameters: ReadonlyMap<string, string>): void {
    const { grantType = 'client_credentials', parameters: more } = this.#definition.tokenRequest ?? {};
    const sent = parameters.get('grant_type');
    if (grantType !== false && sent === undefined) {
      throw this.invalid(400, 'invalid_request', 'Missing parameter: grant_type');
    }
    if (grantType !== false && sent !== grantType) {
      throw this.invalid(400, 'unsupported_grant_type', 'Unsupported grant_type');
    }
    for (const [name, value] of Object.entries(more ?? {})) {
      if (value !== '' && parameters.get(name) !== value) {
        throw this.invalid(400, 'invalid_request', `Parameter ${name} is not what the definition says`);
      }
    }
    if (this.#definition.options?.scopes === 'none' && parameters.has('scope')) {
      throw this.invalid(400, 'invalid_scope', 'This bank knows no scopes');
    }
  }

  get #json(): boolean {
    return this.#definition.tokenRequest?.format === 'json';
  }

  #sentCredentials(parameters: ReadonlyMap<string, string>): Partial<SimulatedCredentials> {
    const { clientAuthentication } = this.#definition;
    const inBody = { clientId: parameters.get('client_id'), clientSecret: parameters.get('client_secret') };
    if (clientAuthentication.method !== 'client_secret_basic') return inBody as Partial<SimulatedCredentials>;
    // RFC 6749 §2.3: not more than one authentication method per request.
    if (inBody.clientSecret !== undefined) {
      throw this.invalid(400, 'invalid_request', 'The client secret is sent in the body');
    }
    return basicCredentials(this.call, clientAuthentication.encoding) ?? {};
  }

  /** Those of the client's credentials for which the definition makes the headers that were sent. */
  #checkHeaders(client: BankClient): SimulatedCredentials | undefined {
    const { headers } = this.#definition.tokenRequest ?? {};
    const good = goodCredentials(client);
    if (headers === undefined) return good[0];
    const fitting = good.find((credentials) =>
      bearsHeaders(this.call, headers(credentials) ?? {}, credentials),
    );
    if (!fitting) throw this.rejected('apikey');
    return fitting;
  }
}
