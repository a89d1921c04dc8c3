import { BankAuthConfigError } from '../errors/index.js';

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
 * Checks what a request or an attachment says; code without types can say anything.
 * @throws BankAuthConfigError before anything is sent
 */
export function checkRequestOptions(provider: string, options: unknown): void {
  const problem = options === undefined ? undefined : problemOf(options);
  if (problem === undefined) return;
  const { text, merchant } = problem;
  throw new BankAuthConfigError(`${provider}: ${text}`, {
    provider,
    ...(merchant === undefined ? {} : { merchant }),
  });
}

function problemOf(options: unknown): { readonly text: string; readonly merchant?: string } | undefined {
  if (typeof options !== 'object' || options === null) {
    return { text: 'bankAuth must be an object, so no request was sent.' };
  }
  const { replay } = options as { replay?: unknown };
  if (replay !== undefined && typeof replay !== 'boolean') {
    return { text: 'bankAuth.replay must be true or false, so no request was sent.' };
  }
  if (!('merchant' in options)) return undefined;
  const { merchant } = options;
  if (typeof merchant !== 'string' || merchant === '') {
    return {
      text: "a merchant key is given but empty, so no request was sent. Leave the key out for the provider's own credentials.",
    };
  }
  return {
    text: `merchant ${JSON.stringify(merchant)} is unknown, because this provider has one set of credentials only; no request was sent.`,
    merchant,
  };
}
