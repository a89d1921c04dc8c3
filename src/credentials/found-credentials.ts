import { from, isObservable, type Observable, type ObservableInput, observable } from 'rxjs';
import type { ResolvedMerchants } from '../config/index.js';
import { BankAuthConfigError } from '../errors/index.js';
import { observableWithin, sourceFailed, unusableCredentials } from './credentials.messages.js';
import type { VersionedCredentials } from './credentials-source.js';
import { versioned } from './credentials-version.js';
import { describeForeignFailure } from './foreign-failure.js';
import { UnknownMerchant } from './unknown-merchant.js';

/** How merchants are found; one for all of a provider. */
export type Merchants = Pick<ResolvedMerchants, 'resolve' | 'values' | 'description'>;

/**
 * The result of the user's function as credentials.
 * @throws UnknownMerchant, or Error whose message names the problem and holds no value
 */
export function credentialsIn(merchants: Merchants, found: unknown): VersionedCredentials {
  const { description } = merchants;
  if (found === undefined || found === null) throw new UnknownMerchant(description);
  if (isObservableLike(found)) {
    throw new Error(observableWithin(description));
  }
  try {
    const { version, ...values } = merchants.values(found);
    return versioned(values, version);
  } catch (error) {
    if (!(error instanceof BankAuthConfigError)) throw failureOf(merchants, error);
    throw new Error(unusableCredentials(description, error.problems));
  }
}

/** The result of the user's function, if it is an Observable; also of another copy of RxJS. */
export function emissionsIn(found: unknown): Observable<unknown> | undefined {
  return isObservableLike(found) ? from(found) : undefined;
}

/** The error for operators: it tells only the class, status and code of the error that the user's function threw. */
export function failureOf({ description }: Merchants, thrown: unknown): Error {
  return new Error(sourceFailed(description, describeForeignFailure(thrown)));
}

function isObservableLike(found: unknown): found is ObservableInput<unknown> {
  try {
    return isObservable(found) || typeof Reflect.get(Object(found), observable) === 'function';
  } catch {
    // An object that throws when it is inspected is refused where its members are read.
    return false;
  }
}
