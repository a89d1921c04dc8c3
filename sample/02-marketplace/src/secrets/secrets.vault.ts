import { Injectable } from '@nestjs/common';
import type { Credentials } from 'nestjs-bank-auth';
import { BehaviorSubject, type Observable } from 'rxjs';

/**
 * The merchants' secrets, and nobody else has them: not the table of merchants, not a log, not an answer. In memory
 * here; elsewhere a secrets manager that is asked, or that says when a secret was rotated.
 */
@Injectable()
export class SecretsVault {
  readonly #secrets = new Map<string, BehaviorSubject<Credentials | undefined>>();

  /**
   * The credentials now, then each time that they are rotated. Undefined where there is no such merchant: the call that
   * was to be made for it fails, and nothing is sent.
   */
  credentialsOf(merchant: string): Observable<Credentials | undefined> | undefined {
    return this.#secrets.get(merchant)?.asObservable();
  }

  put(merchant: string, credentials: Credentials): void {
    const secret = this.#secrets.get(merchant);
    if (secret === undefined)
      this.#secrets.set(merchant, new BehaviorSubject<Credentials | undefined>(credentials));
    else secret.next(credentials);
  }

  remove(merchant: string): void {
    const secret = this.#secrets.get(merchant);
    this.#secrets.delete(merchant);
    secret?.next(undefined);
    secret?.complete();
  }
}
