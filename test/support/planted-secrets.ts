/** Shorter texts stand anywhere by chance. */
const SHORTEST = 8;
/** A part of a secret that is as good as all of it, in characters. */
const TELLING = 40;

/** Secrets that a test has put somewhere, to be recognised wherever they turn up, in any spelling. */
export class PlantedSecrets {
  /** What each text that must not be seen is. */
  readonly #names = new Map<string, string>();

  plant(name: string, value: string): string {
    this.#add(name, value);
    this.#add(`${name}, for a URL`, encodeURIComponent(value));
    this.#add(`${name}, for a form`, new URLSearchParams({ v: value }).toString().slice(2));
    this.#add(`${name}, for JSON`, JSON.stringify(value).slice(1, -1));
    const bytes = Buffer.from(value, 'utf8');
    this.#add(`${name}, as bytes`, bytes.toString('latin1'));
    this.#add(`${name}, as hexadecimal digits`, bytes.toString('hex'));
    this.#add(`${name}, as base64`, bytes.toString('base64'));
    this.#add(`${name}, as base64url`, bytes.toString('base64url'));
    return value;
  }

  /** What HTTP Basic makes of id and secret, in both encodings in use. */
  plantBasic(clientId: string, clientSecret: string): void {
    const form = (value: string) => new URLSearchParams({ v: value }).toString().slice(2);
    for (const pair of [`${clientId}:${clientSecret}`, `${form(clientId)}:${form(clientSecret)}`]) {
      this.#add('the Basic header', Buffer.from(pair).toString('base64'));
    }
  }

  /** A key or certificate as PEM: all of it, and each of its lines. */
  plantPem(name: string, pem: string): void {
    const lines = pem.split(/\r?\n/).filter((line) => line !== '' && !line.startsWith('-----'));
    for (const line of lines) this.#add(`${name}, a line`, line);
    const der = Buffer.from(lines.join(''), 'base64');
    this.#add(`${name}, as bytes`, der.toString('latin1'));
    this.#add(`${name}, as hexadecimal digits`, der.toString('hex'));
  }

  /** Which of them stand in a text. Never what they are: the answer is printed when a test fails. */
  namesIn(text: string): string[] {
    const names = [...this.#names].filter(([form]) => text.includes(form)).map(([, name]) => name);
    return [...new Set(names)];
  }

  #add(name: string, form: string): void {
    if (form.length < SHORTEST) return;
    const half = Math.min(Math.floor(form.length / 2), TELLING);
    if (half < SHORTEST) {
      this.#addOnce(name, form);
    } else {
      // All of it stands nowhere without its halves.
      this.#addOnce(`${name} (first half)`, form.slice(0, half));
      this.#addOnce(`${name} (second half)`, form.slice(-half));
    }
  }

  #addOnce(name: string, form: string): void {
    if (!this.#names.has(form)) this.#names.set(form, name);
  }
}
