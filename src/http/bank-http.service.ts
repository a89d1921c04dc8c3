import { HttpService } from '@nestjs/axios';
import type { AxiosInstance, AxiosResponse } from 'axios';
import { Observable } from 'rxjs';
import { own } from './own-members.js';
import { RequestCancellation } from './request-cancellation.js';

/**
 * Nest's `HttpService`, except that it cancels only a request that is unfinished: cancelling each finished one costs up
 * to a third of the throughput.
 */
export class BankHttpService extends HttpService {
  /** Lets go of idle connections. */
  readonly #close: () => void;

  constructor(instance: AxiosInstance, close: () => void) {
    // axios has its types twice, for ES modules and for CommonJS; Nest's may be the other ones.
    super(instance as unknown as HttpService['axiosRef']);
    this.#close = close;
  }

  /** @internal */
  closeIdle(): void {
    this.#close();
  }

  protected override makeObservable<T>(
    request: (...args: any[]) => Promise<AxiosResponse<T>>,
    ...args: any[]
  ): Observable<AxiosResponse<T>> {
    return new Observable((subscriber) => {
      const last = args.length - 1;
      const config = { ...args[last] };
      let settled = false;
      const cancellation = own(config, 'cancelToken') === undefined ? new RequestCancellation() : undefined;
      if (cancellation !== undefined) config.cancelToken = cancellation.token;
      request(...args.slice(0, last), config).then(
        (response) => {
          settled = true;
          subscriber.next(response);
          subscriber.complete();
        },
        (error: unknown) => {
          settled = true;
          subscriber.error(error);
        },
      );
      return () => {
        if (!settled) cancellation?.cancel();
      };
    });
  }
}
