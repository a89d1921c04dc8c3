import type { BankDefinition } from '../../index.js';
import { type Asked, assertionProblem, subjectOf } from './assertion.checks.js';
import { type BankClient, goodCredentials } from './bank-client.js';
import type { DefinedBank } from './bank-profile.types.js';
import { bearsTexts } from './defined-texts.js';
import { type HttpCall, headerValues, mediaType } from './http-call.types.js';
import type { SimulatedCredentials } from './simulated-bank.types.js';
import {
  type Authenticated,
  FORM,
  JSON_TYPE,
  Refusal,
  type TokenEndpointState,
  TokenExamination,
} from './token.examination.js';
import { basicCredentials, sentNames } from './token-request.reader.js';

const JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** Examines a token request as strictly as a definition of the user's own is written. */
export class DefinedTokenExamination extends TokenExamination {
  readonly #definition: BankDefinition;

  constructor(call: HttpCall, state: TokenEndpointState, { definition }: DefinedBank) {
    super(call, state);
    this.#definition = definition;
  }

  protected override checkEnvelope(): void {
    const { call } = this;
    const method = this.#isGet ? 'GET' : 'POST';
    if (call.method !== method) {
      throw this.invalid(405, 'invalid_request', `Only ${method} is allowed`, { allow: method });
    }
    if (this.#isGet) {
      if (call.body !== '') throw this.invalid(400, 'invalid_request', 'Parameters belong in the query');
    } else this.#checkBody();
    if (headerValues(call, 'authorization').length > 1) {
      throw this.invalid(400, 'invalid_request', 'The authorization header is repeated');
    }
  }

  protected override readParameters(): Map<string, string> {
    if (this.#isGet) return this.readForm(this.call.query);
    return this.#json ? this.readJson() : this.readForm();
  }

  protected override authenticate(parameters: ReadonlyMap<string, string>): Authenticated {
    const { clientAuthentication } = this.#definition;
    if ('audience' in clientAuthentication) return this.#checkAssertion(parameters, clientAuthentication);
    const { clientId, clientSecret } = this.#sentCredentials(parameters);
    if (clientId === undefined || clientSecret === undefined) throw this.rejected('missing');
    const client = this.state.clients.find(clientId);
    if (!client) throw this.rejected('client');
    const good = goodCredentials(client);
    if (!good.some((pair) => pair.clientId === clientId && pair.clientSecret === clientSecret)) {
      throw this.rejected('secret');
    }
    const { apiKey } = this.#checkHeaders(client) ?? {};
    this.#checkParameters(client, parameters);
    return { client, clientId, apiKey };
  }

  protected override checkGrant(parameters: ReadonlyMap<string, string>): void {
    const { grantType = 'client_credentials' } = this.#definition.tokenRequest ?? {};
    const sent = parameters.get('grant_type');
    if (grantType !== false && sent === undefined) {
      throw this.invalid(400, 'invalid_request', 'Missing parameter: grant_type');
    }
    if (grantType !== false && sent !== grantType) {
      throw this.invalid(400, 'unsupported_grant_type', 'Unsupported grant_type');
    }
    if (this.#definition.options?.scopes === 'none' && parameters.has('scope')) {
      throw this.invalid(400, 'invalid_scope', 'This bank knows no scopes');
    }
  }

  /** RFC 7523 §2.2, where the additional `client_id` is optional. */
  #checkAssertion(parameters: ReadonlyMap<string, string>, asked: Asked): Authenticated {
    if (parameters.has('client_secret') || headerValues(this.call, 'authorization').length > 0)
      throw this.invalid(
        400,
        'invalid_request',
        'Another method of authentication is sent beside the assertion',
      );
    if (parameters.get('client_assertion_type') !== JWT_BEARER)
      throw this.invalid(400, 'invalid_request', `client_assertion_type must be ${JWT_BEARER}`);
    const assertion = parameters.get('client_assertion');
    if (assertion === undefined) throw this.rejected('missing');
    const clientId = subjectOf(assertion);
    const client = clientId === undefined ? undefined : this.state.clients.find(clientId);
    if (clientId === undefined || client === undefined) throw this.rejected('client');
    if ((parameters.get('client_id') ?? clientId) !== clientId)
      throw this.#refusedAssertion('sub is not the client_id of the request');
    const problems = goodCredentials(client).map((good) => assertionProblem(assertion, asked, client, good));
    if (!problems.includes(undefined)) throw this.#refusedAssertion(problems[0] ?? '');
    const { apiKey } = this.#checkHeaders(client) ?? {};
    this.#checkParameters(client, parameters);
    return { client, clientId, apiKey };
  }

  /** The bank's answer to wrong credentials, with the problem in its description if it has one. */
  #refusedAssertion(problem: string): Refusal {
    const { reply } = this.rejected('client');
    const { body } = reply;
    const described = typeof body === 'object' && 'error_description' in body;
    const detail = { error_description: `The client assertion is refused: ${problem}` };
    return new Refusal('rejected', described ? { ...reply, body: { ...body, ...detail } } : reply);
  }

  get #isGet(): boolean {
    return this.#definition.tokenRequest?.method === 'get';
  }

  get #json(): boolean {
    return this.#definition.tokenRequest?.format === 'json';
  }

  #checkBody(): void {
    const { call } = this;
    // RFC 6749 §2.3.1: credentials must not be in the request URI; and no definition of a POST puts anything there.
    if (call.query.size > 0) throw this.invalid(400, 'invalid_request', 'Parameters belong in the body');
    const wanted = this.#json ? JSON_TYPE : FORM;
    if (mediaType(call) !== wanted) {
      throw this.invalid(415, 'invalid_request', `Content-Type must be ${wanted}`);
    }
  }

  #sentCredentials(parameters: ReadonlyMap<string, string>): Partial<SimulatedCredentials> {
    const { clientAuthentication } = this.#definition;
    const { method } = clientAuthentication;
    const names = sentNames(clientAuthentication);
    if (method === 'client_secret_post') {
      return {
        clientId: parameters.get(names.clientId),
        clientSecret: parameters.get(names.clientSecret ?? ''),
      } as Partial<SimulatedCredentials>;
    }
    // RFC 6749 §2.3: not more than one authentication method per request.
    if (parameters.has('client_secret')) {
      throw this.invalid(400, 'invalid_request', 'The client secret is sent as a parameter');
    }
    if (method !== 'client_secret_header') {
      const { encoding } = clientAuthentication as { encoding?: 'raw' | 'rfc6749' };
      return basicCredentials(this.call, encoding) ?? {};
    }
    const [clientId, clientSecret] = [names.clientId, names.clientSecret].map((name) =>
      name === undefined ? '' : this.#onlyHeader(name),
    );
    return { clientId, clientSecret } as Partial<SimulatedCredentials>;
  }

  #onlyHeader(name: string): string | undefined {
    const [value, ...more] = headerValues(this.call, name.toLowerCase());
    if (more.length > 0) throw this.invalid(400, 'invalid_request', `The ${name} header is repeated`);
    return value;
  }

  /** The credentials of the client for which the definition makes the sent headers. */
  #checkHeaders(client: BankClient): SimulatedCredentials | undefined {
    const { headers } = this.#definition.tokenRequest ?? {};
    const good = goodCredentials(client);
    if (headers === undefined) return good[0];
    const sentAs = (name: string) => headerValues(this.call, name.toLowerCase());
    const fitting = good.find((credentials) => bearsTexts(sentAs, headers, credentials));
    if (!fitting) throw this.rejected('apikey');
    return fitting;
  }

  #checkParameters(client: BankClient, parameters: ReadonlyMap<string, string>): void {
    const { parameters: more = {} } = this.#definition.tokenRequest ?? {};
    if (typeof more !== 'function') {
      for (const [name, value] of Object.entries(more)) {
        if (value !== '' && parameters.get(name) !== value) {
          throw this.invalid(400, 'invalid_request', `Parameter ${name} is not what the definition says`);
        }
      }
      return;
    }
    // A form without a value and one without the parameter are the same.
    const sentAs = (name: string) => [parameters.get(name) ?? ''];
    const fits = (mustHold: boolean) =>
      goodCredentials(client).some((credentials) => bearsTexts(sentAs, more, credentials, mustHold));
    if (fits(true)) return;
    if (fits(false)) throw this.rejected('apikey');
    throw this.invalid(400, 'invalid_request', 'The parameters are not those of the definition');
  }
}
