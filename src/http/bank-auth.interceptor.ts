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

/** The interceptor of an axios instance: two of them would each send a token of their own. */
interface Attachment {
  readonly provider: string;
  /** Whether the application of the interceptor has ended. */
  readonly closed: () => boolean;
  readonly detach: () => void;
}

/** What is particular to one axios instance. */
type Authorisation = Partial<Pick<AuthorisationParts, 'tokens' | 'httpsAgent' | 'sendingAdapter' | 'engine'>>;

/** Of all copies of this package: an interceptor of another copy is as much of one too many. */
const attachments = processWide('attachments:1', () => new WeakMap<object, Attachment>());

/** Authorises the calls of an axios instance at one bank. */
export class BankAuthInterceptor {
  readonly provider: string;
  readonly #parts: AuthorisationParts;
  /** The tokens of all instances that this one is installed on. */
  readonly #supplies = new WeakSet<TokenSupply>();
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
   * An adapter for an instance that is authorised from its creation on, whatever becomes of its interceptors.
   * @param transport what requests use that say nothing else
   * @param how whose tokens they get that name no merchant, and how connections are made and requests sent otherwise
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
   * Whose tokens requests get that name no merchant.
   * @internal
   */
  get caller(): Caller {
    return this.#parts.tokens;
  }

  /**
   * What a merchant is called in messages; the one of the interceptor itself where none is named.
   * @internal
   */
  labelOf(merchant: string | undefined): string {
    const { tokens } = this.#parts;
    return (merchant === undefined ? tokens : tokens.forMerchant(merchant)).label;
  }

  /**
   * @param transport what requests use that say nothing else
   * @param how as for `adapter`
   * @param made the adapter of the same transport and way, if this instance was made with it: requests keep it
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
    // axios merges the defaults with what a request says, and a default of another kind than that would be gone.
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
        // Sent again, by whichever instance, it is the same merchant's; an instance's own adapter says nothing of that.
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
    // axios' default, which would look like the wish of each request to have no limit.
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
