import { inspect } from 'node:util';
import type { Observable } from 'rxjs';
import { sourceClosed } from './credentials.messages.js';
import type { CredentialsSource, VersionedCredentials } from './credentials-source.js';
import { CredentialsWatch } from './credentials-watch.js';
import { credentialsIn, emissionsIn, failureOf, type Merchants } from './found-credentials.js';

/**
 * Credentials that the user's function finds by a merchant's key. There are as many of these as merchants, so each is
 * small: values and promises are asked for anew each time; only the last emission of an open Observable is kept.
 */
export class ResolverCredentials implements CredentialsSource {
  readonly #merchants: Merchants;
  readonly #merchant: string;
  readonly #changed: (version: string | undefined) => void;
  #watch: CredentialsWatch | undefined;

  /**
   * @param changed called with the version when an Observable that stays open has emitted another one; undefined for an
   *   emission that is no credentials
   */
  constructor(merchants: Merchants, merchant: string, changed: (version: string | undefined) => void) {
    this.#merchants = merchants;
    this.#merchant = merchant;
    this.#changed = changed;
  }

  get mayChange(): boolean {
    return true;
  }

  get description(): string {
    return this.#merchants.description;
  }

  get watching(): boolean {
    return this.#watch !== undefined;
  }

  /** @throws UnknownMerchant, or Error whose message holds nothing of the function's result or error */
  async read(): Promise<VersionedCredentials> {
    if (this.#watch !== undefined) return this.#watch.read();
    const merchants = this.#merchants;
    // Called as a plain function, not as a method of ours.
    const { resolve } = merchants;
    let found: unknown;
    let emissions: Observable<unknown> | undefined;
    try {
      found = resolve(this.#merchant);
      emissions = emissionsIn(found);
      if (emissions === undefined) found = await found;
    } catch (error) {
      throw failureOf(merchants, error);
    }
    if (emissions === undefined) return credentialsIn(merchants, found);
    const watch = new CredentialsWatch(merchants, this.#changed, () => {
      if (this.#watch === watch) this.#watch = undefined;
    });
    // Before the subscription, which may end it. Nothing was awaited so far: reads at the same time find it.
    this.#watch = watch;
    watch.subscribe(emissions);
    return watch.read();
  }

  close(): void {
    const watch = this.#watch;
    this.#watch = undefined;
    watch?.close(new Error(sourceClosed(this.description)));
  }

  [inspect.custom](): string {
    return `ResolverCredentials(${this.description})`;
  }
}
