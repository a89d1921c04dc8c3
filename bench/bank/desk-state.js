import { TOKEN_MARK } from './account.js';

let issued = 0;

/**
 * One account at the bank. Each measurement has one of its own, so that several can run against the same bank without
 * seeing each other.
 */
export class DeskState {
  token = {
    /** ok, down, hang, rejected, big, redirect or retry-after. */
    mode: 'ok',
    /** What the response says as `expires_in`. */
    expiresIn: 3600,
    /** Milliseconds for which the bank really honours it, from the moment it is issued. */
    validity: 3_600_000,
    /** Milliseconds before the token is issued and after it, until the answer arrives. */
    before: 0,
    after: 0,
    /** Of a redirect. */
    status: 302,
  };

  resource = {
    /** ok, always-401, failing or cut. */
    mode: 'ok',
    /** Milliseconds of an answer, chosen evenly between both. */
    latency: [0, 0],
  };

  /** By token, when it ends. */
  #tokens = new Map();
  #random = seededRandom(20_240_229);

  tokenCalls = [];
  /** Bytes of token responses that left for the client. */
  bytesSent = 0;
  answers = {};
  /** By path, how often it was asked for. */
  tries = {};
  strangerCalls = 0;
  strangerSawSecret = 0;

  issue(value = `${TOKEN_MARK}${++issued}of${this.#digits()}${this.#digits()}`) {
    this.#tokens.set(value, Date.now() + this.token.validity);
    return value;
  }

  accepts(value) {
    return Date.now() < (this.#tokens.get(value) ?? 0);
  }

  revokeAll() {
    this.#tokens.clear();
  }

  latency() {
    const [least, most] = this.resource.latency;
    return least + (most - least) * this.#random();
  }

  note(status, path) {
    this.answers[status] = (this.answers[status] ?? 0) + 1;
    this.tries[path] = (this.tries[path] ?? 0) + 1;
  }

  forgetCounts() {
    Object.assign(this, {
      tokenCalls: [],
      bytesSent: 0,
      answers: {},
      tries: {},
      strangerCalls: 0,
      strangerSawSecret: 0,
    });
  }

  #digits() {
    return Math.floor(this.#random() * 1e15).toString(36);
  }
}

/** The same stragglers for every package. */
function seededRandom(seed) {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
