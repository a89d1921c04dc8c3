import { TOKEN_MARK } from './account.js';

let issued = 0;

/**
 * One account at the bank. Each measurement has its own, so that several can run against the same bank without seeing
 * each other.
 */
export class DeskState {
  token = {
    /** ok, down, hang, rejected, big, redirect or retry-after. */
    mode: 'ok',
    /** The `expires_in` of the response. */
    expiresIn: 3600,
    /** Milliseconds for which the bank really accepts the token, from the moment it is issued. */
    validity: 3_600_000,
    /** Milliseconds until the token is issued, and from then until the answer arrives. */
    before: 0,
    after: 0,
    /** The status of a redirect. */
    status: 302,
  };

  resource = {
    /** ok, always-401, failing or cut. */
    mode: 'ok',
    /** The range of an answer's milliseconds, evenly distributed. */
    latency: [0, 0],
  };

  /** The end of each token. */
  #tokens = new Map();
  #random = seededRandom(20_240_229);

  tokenCalls = [];
  /** Bytes of token responses that were sent to the client. */
  bytesSent = 0;
  answers = {};
  /** The number of requests for each path. */
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

/** Seeded, so that every package meets the same slow answers. */
function seededRandom(seed) {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
