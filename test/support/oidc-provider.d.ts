// oidc-provider brings no types; these are of what the tests use.
declare module 'oidc-provider' {
  import type { IncomingMessage, ServerResponse } from 'node:http';

  /** A token of the client credentials grant, as the server remembers it. */
  export interface IssuedToken {
    readonly clientId: string;
    /** Whether it has not ended. */
    readonly isValid: boolean;
    /** Thumbprint of the certificate to which it is bound (RFC 8705 §3.1). */
    readonly 'x5t#S256'?: string;
  }

  export default class Provider {
    constructor(issuer: string, configuration: object);
    readonly ClientCredentials: { find(value: string): Promise<IssuedToken | undefined> };
    readonly Client: {
      readonly prototype: {
        readonly clientId: string;
        compareClientSecret(actual: string): boolean | Promise<boolean>;
      };
    };
    callback(): (request: IncomingMessage, response: ServerResponse) => void;
    on(
      event: 'grant.error',
      listener: (
        context: unknown,
        error: Error & { error_description?: string; error_detail?: string },
      ) => void,
    ): this;
  }
}
