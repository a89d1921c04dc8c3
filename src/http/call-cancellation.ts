import axios, { type AxiosError, CanceledError, type InternalAxiosRequestConfig } from 'axios';
import { Observable } from 'rxjs';
import { own } from './own-members.js';

/** @throws CanceledError, or the caller's own reason, if the caller has cancelled */
export function throwIfCanceled(config: InternalAxiosRequestConfig): void {
  try {
    own(config, 'cancelToken')?.throwIfRequested();
  } catch (reason) {
    throw isBareCancel(reason) ? canceled(config, reason) : reason;
  }
  if (own(config, 'signal')?.aborted) throw canceled(config);
}

/** The error of axios' own adapters, with the configuration: a cache that shares answers finds its entry by that. */
export function canceled(
  config: InternalAxiosRequestConfig,
  reason?: { readonly message?: string },
): AxiosError {
  return Object.assign(new CanceledError(reason?.message), { config });
}

export function isBareCancel(error: unknown): error is AxiosError {
  return axios.isCancel(error) && (error as AxiosError).config === undefined;
}

/** Errors when the caller cancels, by either of axios' two ways. */
export function cancellation(config: InternalAxiosRequestConfig): Observable<never> {
  const cancelToken = own(config, 'cancelToken');
  const signal = own(config, 'signal');
  return new Observable((subscriber) => {
    const cancel = () => subscriber.error(canceled(config, cancelToken?.reason));
    const { subscribe, unsubscribe } = (cancelToken ?? {}) as {
      subscribe?: (listener: () => void) => void;
      unsubscribe?: (listener: () => void) => void;
    };
    subscribe?.call(cancelToken, cancel);
    signal?.addEventListener?.('abort', cancel);
    return () => {
      unsubscribe?.call(cancelToken, cancel);
      signal?.removeEventListener?.('abort', cancel);
    };
  });
}
