import { inspect } from 'node:util';
import type { HttpService } from '@nestjs/axios';
import type { AxiosAdapter, AxiosInstance } from 'axios';
import { processWide } from '../copies/index.js';
import { BankAuthConfigError } from '../errors/index.js';
import { keepReport } from '../reports/index.js';
import { type AuthorisationParts, authorisingAdapter, authorisingOf } from './authorising-adapter.js';
import { type Caller, CallRecord } from './call-record.js';
import { attachedAlready } from './http.messages.js';
import { own, ownMembers } from './own-members.js';
import { type BankAuthAttachOptions, checkAttachOptions, checkRequestOptions } from './request-options.js';
import type { TokenSupply } from './token-supply.js';
import { type Transport, takeTransport } from './transport.js';

/** The one interceptor of an axios instance: two of them would each send their own token. */
interface Attachment {
  readonly provider: string;
  /** Whether the application of the interceptor has ended. */
  readonly closed: () => boolean;
  readonly detach: () => void;
}

/** The parts that belong to one axios instance. */
type Authorisation = Partial<Pick<AuthorisationParts, 'tokens' | 'httpsAgent' | 'sendingAdapter' | 'engine'>>;

/** The attachments of all copies of this package: a second interceptor is one too many, whichever copy made it. */
const attachments = processWide('attachments:1', () => new WeakMap<object, Attachment>());

/** Authorises the calls of an axios instance at one bank. */
export class BankAuthInterceptor {
  readonly provider: string;
  readonly #parts: AuthorisationParts;
  /** The token supplies of all instances that have this interceptor. */
  readonly #supplies = new WeakSet<TokenSupply>();
  #closed = false;

  /** @internal */
  constructor(parts: AuthorisationParts) {
    this.provider = parts.tokens.provider;
    this.#parts = parts;
  }

  /**
   * Installs the interceptor on an axios instance.
   * @param options `merchant`: the merchant whose credentials its calls use, unless a request names another
   * @returns a function that removes the interceptor
   * @throws BankAuthConfigError if there can be no such merchant, an option or the instance's default `bankAuth` is
   *   misspelt, or the instance already has a bank's interceptor
   */
  attach(instance: AxiosInstance | HttpService['axiosRef'], options: BankAuthAttachOptions = {}): () => void {
    checkAttachOptions(this.provider, options);
    const { tokens } = this.#parts;
    const supply = Object.hasOwn(options, 'merchant')
      ? tokens.forMerchant((options as { merchant: string }).merchant)
      : tokens;
    return this.install(instance as AxiosInstance, {}, { tokens: supply });
  }

  /**
   * An adapter for an instance that is authorised from its creation on, even without its interceptors.
   * @param transport the transport of requests that choose no other
   * @param how the tokens of requests that name no merchant, and the default agent, adapter and engine
   * @internal
   */
  adapter(transport: Transport, how: Authorisation = {}): AxiosAdapter {
    return authorisingAdapter(
      ownMembers<AuthorisationParts>(this.#parts, how as AuthorisationParts),
      undefined,
      transport,
    );
  }

  /**
   * @throws BankAuthConfigError if there can be no merchant of this key
   * @internal
   */
  checkMerchant(key: string): void {
    this.#parts.tokens.forMerchant(key);
  }

  /**
   * The caller of requests that name no merchant.
   * @internal
   */
  get caller(): Caller {
    return this.#parts.tokens;
  }

  /**
   * A merchant's name in messages; the name of the interceptor's own merchant if the parameter is undefined.
   * @internal
   */
  labelOf(merchant: string | undefined): string {
    const { tokens } = this.#parts;
    return (merchant === undefined ? tokens : tokens.forMerchant(merchant)).label;
  }

  /**
   * @param transport the transport of requests that choose no other
   * @param how as for `adapter`
   * @param made the adapter of the same transport and parts, if this instance was made with it: requests keep it
   * @internal
   */
  install(
    instance: AxiosInstance,
    transport: Transport,
    how: Authorisation = {},
    made?: AxiosAdapter,
  ): () => void {
    const other = attachments.get(instance);
    if (other !== undefined && !other.closed()) {
      throw new BankAuthConfigError(attachedAlready(this.provider, other.provider), {
        provider: this.provider,
      });
    }
    // axios merges the defaults with a request's options, and would lose a default of another type.
    const checkDefaults = () => checkRequestOptions(this.provider, own(instance.defaults, 'bankAuth'));
    checkDefaults();
    other?.detach();
    const parts = ownMembers<AuthorisationParts>(this.#parts, how as AuthorisationParts);
    this.#supplies.add(parts.tokens);
    const id = instance.interceptors.request.use(
      (config) => {
        const record = CallRecord.of(config, parts.tokens);
        try {
          checkDefaults();
        } catch (error) {
          keepReport(record, error);
          throw error;
        }
        const adapter = own(config, 'adapter');
        const before = authorisingOf(adapter);
        const { inner, stream } = before ?? { inner: adapter };
        // A request that is sent again keeps its merchant in any instance; an instance's own adapter names no merchant.
        const again =
          before !== undefined && adapter !== instance.defaults.adapter && this.#supplies.has(before.tokens);
        const its = again
          ? ownMembers<AuthorisationParts>(parts, { tokens: before.tokens } as AuthorisationParts)
          : parts;
        // axios may throw the configuration before any adapter sees it.
        takeTransport(config);
        if (adapter !== made || made === undefined)
          config.adapter = authorisingAdapter(its, inner, transport, stream);
        record.handOn(config);
        return config;
      },
      undefined,
      { synchronous: true },
    );
    // axios' default would look as if each request asked for no limit.
    const isUnsaid = instance.defaults.maxContentLength === -1;
    if (isUnsaid) instance.defaults.maxContentLength = undefined;
    const detach = () => {
      instance.interceptors.request.eject(id);
      if (isUnsaid) instance.defaults.maxContentLength ??= -1;
      if (attachments.get(instance)?.detach === detach) attachments.delete(instance);
    };
    attachments.set(instance, { provider: this.provider, closed: () => this.#closed, detach });
    return detach;
  }

  /**
   * Lets another application's interceptor take over the instances. Until then they stay with this one, which has no
   * more tokens: no request leaves without a token.
   * @internal
   */
  close(): void {
    this.#closed = true;
  }

  [inspect.custom](): string {
    return `BankAuthInterceptor(${this.provider})`;
  }
}
