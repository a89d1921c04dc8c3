// Long enough not to turn up by chance, short enough to find a secret that was cut.
const WINDOW = 16;

/** Looks for secrets, whole or in part, in whatever the service lets out. */
export class SecretWatch {
  /** Pieces of secrets, by what the secret is. */
  #pieces = new Map();

  add(what, secret) {
    const last = secret.length - WINDOW;
    for (const start of [0, Math.floor(last / 2), last]) {
      this.#pieces.set(secret.slice(start, start + WINDOW), what);
    }
  }

  /** Also in the forms in which clients send them. */
  addCredentials(who, { clientId, clientSecret, apiKey }) {
    this.add(`the client secret of ${who}`, clientSecret);
    this.add(`the client secret of ${who}`, encodeURIComponent(clientSecret));
    const pair = Buffer.from(`${clientId}:${clientSecret}`).toString('base64');
    // What it begins with is the client id, which is no secret.
    this.add(`the client secret of ${who}`, pair.slice(4 * Math.ceil((clientId.length + 1) / 3)));
    if (apiKey !== undefined) this.add(`the apikey of ${who}`, apiKey);
  }

  /** What secret is in a text, if there is one. */
  find(text) {
    for (let start = 0; start + WINDOW <= text.length; start += 1) {
      const what = this.#pieces.get(text.slice(start, start + WINDOW));
      if (what !== undefined) return what;
    }
    return undefined;
  }
}
