import { inspect } from 'node:util';
import type { Observable, Subscription } from 'rxjs';
import type { VersionedCredentials } from './credentials-source.js';
import { credentialsIn, failureOf, type Merchants } from './found-credentials.js';
import { UnknownMerchant } from './unknown-merchant.js';

/** The last emission: credentials, or the error on it. */
type Said = { readonly credentials: VersionedCredentials } | { readonly error: unknown };

/** One subscription to the credentials of a merchant: returns the last emission, and reports changes. */
export class CredentialsWatch {
  readonly #merchants: Merchants;
  readonly #changed: (version: string | undefined) => void;
  readonly #ended: () => void;
  #subscription: Subscription | undefined;
  /**
   * Settles with the first emission, or with the end if that comes first. Gone once the reads that waited for it have
   * been answered: several emissions before that are one answer, the last of them.
   */
  #begun: Promise<void> | undefined;
  #begin: (failure?: unknown) => void = answered;
  #said: Said | undefined;
  #closed = false;

  /**
   * @param changed called with the version of an emission after the first answer, if it is not the version before;
   *   undefined for an emission that is no credentials
   * @param ended called when no emission will come any more
   */
  constructor(merchants: Merchants, changed: (version: string | undefined) => void, ended: () => void) {
    this.#merchants = merchants;
    this.#changed = changed;
    this.#ended = ended;
    this.#begun = new Promise((resolve, reject) => {
      this.#begin = (failure) => (failure === undefined ? resolve() : reject(failure));
    });
    // The first callback on the promise, so that reads find it gone. There are many watches, and most are answered.
    this.#begun.then(
      () => {
        this.#begun = undefined;
        this.#begin = answered;
      },
      () => undefined,
    );
  }

  /** To be called once. Emissions may come within the call, and the end as well. */
  subscribe(emissions: Observable<unknown>): void {
    const fail = (error: unknown) => this.#end(failureOf(this.#merchants, error));
    try {
      this.#subscription = emissions.subscribe({
        next: (found) => this.#hear(found),
        error: fail,
        complete: () => this.#end(new UnknownMerchant(this.#merchants.description)),
      });
    } catch (error) {
      // The teardown of an Observable may throw.
      fail(error);
    }
    if (this.#closed) this.#unsubscribe();
  }

  async read(): Promise<VersionedCredentials> {
    await this.#begun;
    const said = this.#said as Said;
    if ('error' in said) throw said.error;
    return said.credentials;
  }

  /** Unsubscribes; waiting reads get the reason. */
  close(reason: Error): void {
    this.#closed = true;
    this.#said = { error: reason };
    this.#begin(reason);
    this.#unsubscribe();
  }

  [inspect.custom](): string {
    return 'CredentialsWatch()';
  }

  #hear(found: unknown): void {
    const before = versionOf(this.#said);
    this.#said = judge(this.#merchants, found);
    const version = versionOf(this.#said);
    if (this.#begun !== undefined) this.#begin();
    else if (version !== before) this.#changed(version);
  }

  /** @param failure the error for callers that wait for the first emission */
  #end(failure: Error): void {
    this.#begin(failure);
    this.#ended();
  }

  #unsubscribe(): void {
    try {
      this.#subscription?.unsubscribe();
    } catch {
      // The error is the user's, and no caller is left to handle it.
    }
  }
}

/** The waiting callers have been told. */
function answered(): void {}

function judge(merchants: Merchants, found: unknown): Said {
  try {
    return { credentials: credentialsIn(merchants, found) };
  } catch (error) {
    return { error };
  }
}

function versionOf(said: Said | undefined): string | undefined {
  return said !== undefined && 'credentials' in said ? said.credentials.version : undefined;
}
