import { Agent, createServer, request } from 'node:http';
import { answerFault, answerOversized, endToEnd, readAll, truncate } from './bank-answers.mjs';
import { now, SENT_HEADER } from './clock.mjs';
import { LIFETIME, TokenRules } from './token-rules.mjs';

/** The time between taking a token and sending it, in milliseconds, at most. */
const IN_HAND = 200;

/**
 * The front of a simulated bank: it sees every call, keeps the books by which the service is judged, and causes the
 * planned faults. The simulated bank behind it stays as strict as ever.
 */
export class WatchedBank {
  origin;
  /** Resource calls that no operation has claimed yet, by their reference. */
  #unclaimed = new Map();
  #newestUsed;
  #server = createServer((incoming, outgoing) => this.#serve(incoming, outgoing));
  #agent = new Agent({ keepAlive: true });

  resourceCalls = 0;
  /** Resource calls that the bank refused for a reason that is not the service's fault. */
  refusals = { revoked: 0, late: 0 };
  refusedTokens = 0;
  revocations = 0;
  /** Refused tokens since a refused call succeeded with another: after a few, the library is cautious. */
  unhelped = 0;

  constructor({ bank, books, plan, findings, secrets, say }) {
    Object.assign(this, { bank, books, plan, findings, secrets, say });
    this.id = bank.id;
    this.rules = new TokenRules(bank.id, findings);
    // A server that closes idle connections would race with the service that is about to use them.
    this.#server.keepAliveTimeout = 0;
  }

  static async open(parts) {
    const watched = new WatchedBank(parts);
    await new Promise((resolve, reject) => {
      watched.#server.once('error', reject).listen(0, '127.0.0.1', resolve);
    });
    watched.origin = `http://127.0.0.1:${watched.#server.address().port}`;
    return watched;
  }

  close() {
    this.#agent.destroy();
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(resolve));
  }

  /** Connections that the service holds to this bank. */
  connections() {
    return new Promise((resolve, reject) => {
      this.#server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
    });
  }

  get openTokenCalls() {
    return this.rules.calls.filter(({ outcome }) => outcome === 'open').length;
  }

  /** The resource calls with this reference, from the beginning of the caller's own call on. */
  claim(reference, since) {
    const calls = this.#unclaimed.get(reference) ?? [];
    this.#unclaimed.delete(reference);
    for (const call of calls) if (call.sent < since) this.#stray(call);
    return calls.filter((call) => call.sent >= since);
  }

  /** Reports the calls that no caller has claimed once all have their answers. */
  findStrays() {
    for (const calls of this.#unclaimed.values()) for (const call of calls) this.#stray(call);
    this.#unclaimed.clear();
  }

  /** Revokes the token that the service uses, if it has worked before. */
  revoke() {
    const token = this.#newestUsed;
    if (!token?.worked || token.revokedAt !== undefined || now() - token.requestedAt >= LIFETIME)
      return false;
    token.revokedAt = now();
    this.revocations += 1;
    this.bank.revoke(token.value);
    return true;
  }

  async #serve(incoming, outgoing) {
    const body = await readAll(incoming);
    if (body === undefined) return;
    const sent = Number(incoming.headers[SENT_HEADER]);
    if (!(sent > 0)) {
      this.findings.add(
        'a call to a bank went past the probe',
        `${this.id}: ${incoming.method} ${incoming.url}`,
      );
      outgoing.writeHead(500).end();
      return;
    }
    const isToken = incoming.url === new URL(this.bank.tokenUrl).pathname;
    try {
      await (isToken
        ? this.#serveToken(incoming, outgoing, body, sent)
        : this.#serveResource(incoming, outgoing, body, sent));
    } catch (error) {
      this.findings.add('the soak itself failed', `${this.id}: ${error?.stack ?? error}`);
      outgoing.destroy();
    }
  }

  async #serveToken(incoming, outgoing, body, sent) {
    const fault = this.plan.forToken(now());
    const call = this.rules.begin(sent, fault, this.books.callingSince);
    if (fault !== undefined) this.say(`${this.id}: token call gets ${fault.kind}`);
    const end = (outcome, token) => this.rules.end(call, now(), outcome, token);
    outgoing.once('close', () => end('failed'));
    switch (fault?.kind) {
      case undefined:
      case 'slow':
      case 'expired on arrival':
      case 'truncated':
        break;
      case 'hang':
        return;
      case 'reset':
      case 'outage':
        end('failed');
        outgoing.destroy();
        return;
      case 'oversized':
        end('failed');
        answerOversized(outgoing);
        return;
      default:
        end('failed');
        answerFault(outgoing, fault);
        return;
    }
    const answer = await this.#forward(incoming, body);
    const token = this.#record(answer, sent);
    if (token === undefined) {
      const { status } = answer;
      this.findings.add('a bank found a token call wrong', `${this.id}: HTTP ${status} ${answer.body}`);
    }
    await this.#delay(fault, outgoing);
    if (outgoing.destroyed) return;
    if (fault?.kind === 'truncated') {
      end('failed');
      truncate(outgoing, answer);
      return;
    }
    end(token === undefined ? 'failed' : 'issued', token);
    outgoing.writeHead(answer.status, answer.headers).end(answer.body);
  }

  /** Records a token that the bank issued. */
  #record({ status, body }, requestedAt) {
    const value = status === 200 ? JSON.parse(body).access_token : undefined;
    if (value === undefined) return undefined;
    const token = {
      value,
      bank: this.id,
      requestedAt,
      firstUsed: Number.POSITIVE_INFINITY,
      /** Whether an answer to a call with it was delivered. */
      worked: false,
      refused: false,
      revokedAt: undefined,
      refusedAt: Number.POSITIVE_INFINITY,
    };
    this.books.tokens.set(value, token);
    this.secrets.add(`a token of ${this.id}`, value);
    return token;
  }

  async #serveResource(incoming, outgoing, body, sent) {
    this.resourceCalls += 1;
    const { method, url, headers } = incoming;
    const call = {
      sent,
      method,
      url,
      body: body.toString(),
      key: headers['idempotency-key'],
      token: this.#tokenOf(headers.authorization),
      fault: this.plan.forResource(),
      /** Whether the service must take the answer for a refusal of its token. */
      refused: false,
      status: undefined,
    };
    const reference = referenceOf(url, call.body);
    this.#unclaimed.set(reference, [...(this.#unclaimed.get(reference) ?? []), call]);
    this.#check(call, headers);
    const { fault } = call;
    if (fault !== undefined && !fault.acts) {
      if (fault.status === undefined) outgoing.destroy();
      else answerFault(outgoing, fault);
      return;
    }
    const answer = await this.#forward(incoming, body);
    this.#settle(call, answer);
    if (call.refused) call.fault ??= this.plan.forRefusal();
    await this.#delay(call.fault, outgoing);
    if (outgoing.destroyed) return;
    if (fault?.kind === 'reset after the bank has acted') {
      outgoing.destroy();
      return;
    }
    if (call.refused && call.token !== undefined) {
      call.token.refusedAt = Math.min(call.token.refusedAt, now());
    }
    if (fault?.kind === 'truncated') {
      // A truncated answer without a body has sent nothing.
      call.isSilent = answer.body.length < 2;
      truncate(outgoing, answer);
      return;
    }
    if (call.token !== undefined && !call.refused) call.token.worked = true;
    outgoing.writeHead(answer.status, answer.headers).end(answer.body);
  }

  #tokenOf(authorization) {
    return this.books.tokens.get(/^Bearer (\S+)$/.exec(authorization ?? '')?.[1]);
  }

  /** Checks the rules that hold for every call. */
  #check({ sent, token, method, url }, headers) {
    const tell = (demand, detail = '') =>
      this.findings.add(demand, `${this.id}: ${method} ${url}${detail && `, ${detail}`}`);
    if (this.bank.credentials.apiKey !== headers.apikey) tell('a call had not the apikey of its bank');
    if (token === undefined) {
      const any = /^Bearer \S/.test(headers.authorization ?? '');
      tell(any ? 'a call had a token that no bank has issued' : 'a call had no token');
      return;
    }
    if (token.bank !== this.id) {
      tell("a call had another bank's token", token.bank);
      return;
    }
    const age = sent - token.requestedAt;
    if (age >= LIFETIME + IN_HAND) tell('a token was sent after it had expired', `${Math.round(age)} ms old`);
    const newest = this.#newestUsed;
    if (token.revokedAt !== undefined && newest !== token && newest.firstUsed < sent - IN_HAND) {
      tell(
        'a refused token was sent although there was another',
        `${Math.round(sent - newest.firstUsed)} ms after the first use of that`,
      );
    }
    token.firstUsed = Math.min(token.firstUsed, sent);
    if (newest === undefined || token.requestedAt > newest.requestedAt) this.#newestUsed = token;
  }

  /** Records the bank's answer to a call. */
  #settle(call, { status, headers }) {
    const { token, fault, method, url } = call;
    const refused = status === 401 && headers.some((name) => name.toLowerCase() === 'www-authenticate');
    call.status = status;
    // The meaning of a 401 that breaks off cannot be read.
    call.refused = refused || (status === 401 && fault?.kind === 'truncated');
    // Otherwise the token is wrong, which was reported already.
    if (token?.bank !== this.id) return;
    if (call.refused && !token.refused) {
      token.refused = true;
      this.refusedTokens += 1;
      this.unhelped += 1;
    }
    if (!refused) return;
    if (token.revokedAt !== undefined) this.refusals.revoked += 1;
    else if (now() - token.requestedAt >= LIFETIME - 20) this.refusals.late += 1;
    else this.findings.add('a bank refused a token that should be good', `${this.id}: ${method} ${url}`);
  }

  #stray({ method, url }) {
    this.findings.add('a bank got a call that no caller was waiting for', `${this.id}: ${method} ${url}`);
  }

  #delay(fault, outgoing) {
    if (fault?.delay === undefined) return undefined;
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, fault.delay);
      outgoing.once('close', () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  #forward(incoming, body) {
    const { method, url, rawHeaders } = incoming;
    return new Promise((resolve, reject) => {
      const headers = endToEnd(rawHeaders);
      const forwarded = request(
        this.bank.origin + url,
        { method, headers, agent: this.#agent },
        async (answer) => {
          const text = (await readAll(answer))?.toString();
          if (text === undefined) reject(new Error('the simulated bank broke off'));
          else resolve({ status: answer.statusCode, headers: endToEnd(answer.rawHeaders), body: text });
        },
      );
      forwarded.on('error', reject).end(body);
    });
  }
}

/** The reference of a call: the shop's own number of a payment, else the bank's id of it. */
function referenceOf(url, body) {
  const id = /\/(?:receipt|applications|accounts|bookings)\/([^/?]+)/.exec(url)?.[1];
  if (id !== undefined) return id;
  const { external_order_id, merchantPaymentId, invoiceId, customerName } = JSON.parse(body || '{}');
  return external_order_id ?? merchantPaymentId ?? invoiceId ?? customerName ?? url;
}
