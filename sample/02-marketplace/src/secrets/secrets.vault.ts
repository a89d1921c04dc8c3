import { Injectable } from '@nestjs/common';
import type { Credentials } from 'nestjs-bank-auth';
import { BehaviorSubject, type Observable } from 'rxjs';

/**
 * The only place of the merchants' secrets: no table, no log and no answer holds one. In memory here; elsewhere a
 * secrets manager that is asked, or that reports each rotation.
 */
@Injectable()
export class SecretsVault {
  readonly #secrets = new Map<string, BehaviorSubject<Credentials | undefined>>();

  /**
   * The credentials now, then at each rotation. Undefined if there is no such merchant: the call for it fails, and
   * nothing is sent.
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
