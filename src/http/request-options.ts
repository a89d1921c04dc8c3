import { BankAuthConfigError } from '../errors/index.js';
import { merchantKeyProblem } from '../token/index.js';

/** What one request says about its authorisation. */
export interface BankAuthRequestOptions {
  /** Whose credentials to use; an empty or unknown key is an error, never the default merchant. */
  merchant?: string;
  /** Whether to send the request again with a new token if the bank refuses the first. Default: only if that is safe. */
  replay?: boolean;
}

declare module 'axios' {
  interface AxiosRequestConfig<D = any> {
    /** Read by `BankAuthInterceptor` of nestjs-bank-auth; never sent. */
    bankAuth?: BankAuthRequestOptions;
  }
}

/**
 * Checks what a request says; code without types can say anything. Whether there is such a merchant
 * is for its tokens to say.
 * @throws BankAuthConfigError before anything is sent
 */
export function checkRequestOptions(provider: string, options: unknown): void {
  const problem = options === undefined ? undefined : problemOf(options);
  if (problem !== undefined) throw new BankAuthConfigError(`${provider}: ${problem}`, { provider });
}

function problemOf(options: unknown): string | undefined {
  if (typeof options !== 'object' || options === null) {
    return 'bankAuth must be an object, so no request was sent.';
  }
  const { replay } = options as { replay?: unknown };
  if (replay !== undefined && typeof replay !== 'boolean') {
    return 'bankAuth.replay must be true or false, so no request was sent.';
  }
  // Present, though undefined, is a mistake and not a choice.
  return 'merchant' in options ? merchantKeyProblem(options.merchant) : undefined;
}
