import { inspect } from 'node:util';
import type { HttpService } from '@nestjs/axios';
import type { AxiosAdapter, AxiosInstance } from 'axios';
import { BankAuthConfigError } from '../errors/index.js';
import { type AuthorisationParts, authorisingAdapter, isAuthorising } from './authorising-adapter.js';
import { checkRequestOptions } from './request-options.js';
import { type Transport, takeTransport } from './transport.js';

/** Who authorises an axios instance: two interceptors would each send a token of their own. */
interface Attachment {
  readonly by: BankAuthInterceptor;
  readonly detach: () => void;
}

const attachments = new WeakMap<object, Attachment>();

/** Authorises the calls of an axios instance at one bank. */
export class BankAuthInterceptor {
  readonly provider: string;
  readonly #parts: AuthorisationParts;
  #closed = false;

  /** @internal */
  constructor(parts: AuthorisationParts) {
    this.provider = parts.tokens.provider;
    this.#parts = parts;
  }

  /**
   * Installs the interceptor on an axios instance.
   * @param options `merchant`: whose credentials its calls use, unless a request says otherwise
   * @returns a function that takes the interceptor off again
   * @throws BankAuthConfigError if the merchant is unknown or the instance already has a bank's interceptor
   */
  attach(
    instance: AxiosInstance | HttpService['axiosRef'],
    options: { readonly merchant?: string } = {},
  ): () => void {
    checkRequestOptions(this.provider, options);
    return this.install(instance as AxiosInstance, {});
  }

  /**
   * An adapter for an instance that is authorised from its creation on, whatever becomes of its interceptors.
   * @internal
   */
  adapter(transport: Transport): AxiosAdapter {
    return authorisingAdapter(this.#parts, undefined, transport);
  }

  /**
   * @param transport what requests use that say nothing else
   * @internal
   */
  install(instance: AxiosInstance, transport: Transport): () => void {
    const other = attachments.get(instance);
    if (other !== undefined && !other.by.#closed) {
      throw new BankAuthConfigError(
        `${this.provider}: this axios instance already has the interceptor of ${other.by.provider}. Give each bank an instance of its own, or detach the other first.`,
        { provider: this.provider },
      );
    }
    other?.detach();
    const id = instance.interceptors.request.use(
      (config) => {
        const inner = isAuthorising(config.adapter) ? undefined : config.adapter;
        config.adapter = authorisingAdapter(this.#parts, inner, { ...transport, ...takeTransport(config) });
        return config;
      },
      undefined,
      { synchronous: true },
    );
    const detach = () => {
      instance.interceptors.request.eject(id);
      if (attachments.get(instance)?.detach === detach) attachments.delete(instance);
    };
    attachments.set(instance, { by: this, detach });
    return detach;
  }

  /**
   * Lets another application's interceptor take the instances over. Until then they stay authorised by this one, whose
   * tokens have come to an end: no request leaves without one.
   * @internal
   */
  close(): void {
    this.#closed = true;
  }

  [inspect.custom](): string {
    return `BankAuthInterceptor(${this.provider})`;
  }
}
