import { createHmac, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { EXPECTED, WHOSE } from './constants.mjs';
import { secretOf } from './derived.mjs';

/** The length of a token, in characters. */
const TOKEN_LENGTH = 1_000;
const TOKEN_PATH = '/token';
const VAULT_PATH = '/vault/';

/**
 * A bank with any number of clients. It stores none of them: their secrets are derived from their ids, and a token
 * holds its own content. It is also the vault that keeps its clients' secrets, so that both can change in the same
 * instant.
 */
export class MerchantsBank {
  tokenCalls = 0;
  /** Token calls with an invalid secret, in all and by client. */
  rejections = 0;
  rejectionsOf = new Map();
  tokensIssued = 0;
  /** The characters of all issued tokens. */
  tokenLength = 0;
  tokensIssuedTo = new Map();
  /** Token calls under way, and the most at a time. */
  openTokenCalls = 0;
  peak = 0;
  /** Resource calls; calls without a valid token; calls with another client's token than expected. */
  calls = 0;
  refusals = 0;
  strangers = 0;
  /** The generation of the secret behind each client's last token; calls with a token of an earlier generation. */
  generationOf = new Map();
  formerCalls = 0;
  /** The valid generations of secrets, and the generation that the vault gives out. */
  generations = [0];
  vaultGeneration = 0;
  #server = createServer((request, response) => this.#serve(request, response));
  #key = randomBytes(32);
  #lifetime;
  #latency;

  /** @param options `lifetime` of tokens and `latency` of token calls, in milliseconds */
  constructor({ lifetime = 3_600_000, latency = 0 } = {}) {
    this.#lifetime = lifetime;
    this.#latency = latency;
    // A server that closes idle connections would race with clients that are about to use them.
    this.#server.keepAliveTimeout = 0;
  }

  async start() {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return this;
  }

  get #origin() {
    return `http://127.0.0.1:${this.#server.address().port}`;
  }

  providerOptions() {
    return { tokenUrl: `${this.#origin}${TOKEN_PATH}`, apiBaseUrl: this.#origin };
  }

  get vaultUrl() {
    return `${this.#origin}${VAULT_PATH}`;
  }

  async stop() {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  #serve(request, response) {
    request.resume();
    request.once('end', () => {
      const { url } = request;
      if (url === TOKEN_PATH) this.#token(request, response);
      else if (url === WHOSE) this.#whose(request, response);
      else if (url.startsWith(VAULT_PATH)) this.#secret(url.slice(VAULT_PATH.length), response);
      else answer(response, 404, {});
    });
  }

  async #token(request, response) {
    this.tokenCalls += 1;
    this.openTokenCalls += 1;
    this.peak = Math.max(this.peak, this.openTokenCalls);
    const [clientId, secret] = basicOf(request);
    if (this.#latency > 0) await new Promise((resolve) => setTimeout(resolve, this.#latency));
    this.openTokenCalls -= 1;
    // Checked only now: a secret may have become invalid while the call was under way.
    const generation = this.generations.find((one) => secret === secretOf(clientId, one));
    if (generation === undefined) {
      this.rejections += 1;
      count(this.rejectionsOf, clientId);
      answer(response, 401, { error: 'invalid_client' });
      return;
    }
    this.tokensIssued += 1;
    count(this.tokensIssuedTo, clientId);
    const token = this.#issue(clientId, generation);
    this.tokenLength += token.length;
    answer(response, 200, {
      access_token: token,
      token_type: 'Bearer',
      expires_in: this.#lifetime / 1_000,
    });
  }

  #whose(request, response) {
    this.calls += 1;
    const { authorization = '', [EXPECTED]: expected } = request.headers;
    const [clientId, generation, expires] = this.#read(authorization.replace(/^Bearer /, '')) ?? [];
    if (clientId === undefined || Number(expires) <= Date.now()) {
      this.refusals += 1;
      answer(response, 401, { error: 'invalid_token' });
      return;
    }
    this.generationOf.set(clientId, Number(generation));
    if (Number(generation) < this.generations.at(-1)) this.formerCalls += 1;
    if (clientId !== expected) this.strangers += 1;
    answer(response, clientId === expected ? 200 : 403, { clientId });
  }

  #secret(clientId, response) {
    answer(response, 200, { clientId, clientSecret: secretOf(clientId, this.vaultGeneration) });
  }

  #issue(clientId, generation) {
    const content = `${clientId}.${generation}.${Date.now() + this.#lifetime}.${this.tokensIssued}`;
    return `${content}.${this.#sign(content)}.`.padEnd(TOKEN_LENGTH, 'x');
  }

  #read(token) {
    const [clientId, generation, expires, serial, signature] = token.split('.');
    return signature === this.#sign([clientId, generation, expires, serial].join('.'))
      ? [clientId, generation, expires]
      : undefined;
  }

  #sign(content) {
    return createHmac('sha256', this.#key).update(content).digest('base64url');
  }
}

function basicOf({ headers }) {
  const pair = Buffer.from((headers.authorization ?? '').replace(/^Basic /, ''), 'base64').toString();
  return pair.split(':');
}

function count(counts, name) {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

function answer(response, status, body) {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(body));
}
