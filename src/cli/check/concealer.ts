import { holdsSecret, type ResolvedProvider } from '../../internal.js';
import { CONCEALED } from './check.messages.js';

/** A shorter value would occur in other strings by chance. */
const SHORTEST = 8;
const SECRET_NAMES = /(?:SECRET|KEY|PASSWORD|TOKEN|VALUE_\w+)$/;
const URL_NAMES = /(?:URL|PROXY)$/i;

/**
 * The last net under a report: leaves out each line that contains a known secret. Nothing should ever be caught here,
 * because messages hold no values.
 */
export class Concealer {
  readonly #secrets = new Set<string>();

  learn(...values: readonly unknown[]): void {
    for (const value of values) {
      if (typeof value !== 'string') continue;
      for (const line of value.split(/\r?\n|\\n/)) {
        if (line.length >= SHORTEST && !line.startsWith('-----')) this.#secrets.add(line);
      }
    }
  }

  learnEnvironment(env: Readonly<Record<string, string | undefined>>): void {
    for (const [name, value = ''] of Object.entries(env)) {
      if (SECRET_NAMES.test(name)) this.learn(value);
      if (URL_NAMES.test(name)) this.learn(passwordOf(value));
    }
  }

  learnCredentials(credentials: Partial<ResolvedProvider['credentials']>): void {
    if (credentials === undefined) return;
    const { clientSecret, apiKey, privateKey, tlsKey, values } = credentials;
    this.learn(clientSecret, apiKey, privateKey, tlsKey, ...Object.values(values ?? {}));
  }

  conceal(text: string): string {
    const secrets = [...this.#secrets];
    if (secrets.length === 0) return text;
    return text
      .split('\n')
      .map((line) => (holdsSecret(line, secrets) ? CONCEALED : line))
      .join('\n');
  }

  /** The same for all strings in plain data. */
  concealAll<T>(data: T): T {
    if (typeof data === 'string') return this.conceal(data) as T;
    if (Array.isArray(data)) return data.map((each: unknown) => this.concealAll(each)) as T;
    if (typeof data !== 'object' || data === null) return data;
    return Object.fromEntries(Object.entries(data).map(([name, each]) => [name, this.concealAll(each)])) as T;
  }
}

function passwordOf(url: string): string | undefined {
  try {
    return decodeURIComponent(new URL(url).password);
  } catch {
    return undefined;
  }
}
