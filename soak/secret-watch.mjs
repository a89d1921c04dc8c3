// Long enough not to occur by chance, short enough to find a secret that was cut.
const WINDOW = 16;

/** Looks for secrets, whole or in part, in all output of the service. */
export class SecretWatch {
  /** The pieces of secrets, each with the name of its secret. */
  #pieces = new Map();

  add(what, secret) {
    const last = secret.length - WINDOW;
    for (const start of [0, Math.floor(last / 2), last]) {
      this.#pieces.set(secret.slice(start, start + WINDOW), what);
    }
  }

  /** Adds credentials, also in the forms in which clients send them. */
  addCredentials(who, { clientId, clientSecret, apiKey }) {
    this.add(`the client secret of ${who}`, clientSecret);
    this.add(`the client secret of ${who}`, encodeURIComponent(clientSecret));
    const pair = Buffer.from(`${clientId}:${clientSecret}`).toString('base64');
    // The pair begins with the client id, which is no secret.
    this.add(`the client secret of ${who}`, pair.slice(4 * Math.ceil((clientId.length + 1) / 3)));
    if (apiKey !== undefined) this.add(`the apikey of ${who}`, apiKey);
  }

  /** The name of a secret in a string; undefined if there is none. */
  find(text) {
    for (let start = 0; start + WINDOW <= text.length; start += 1) {
      const what = this.#pieces.get(text.slice(start, start + WINDOW));
      if (what !== undefined) return what;
    }
    return undefined;
  }
}
