import type { BankClient } from './bank-client.js';
import type { IssuedToken } from './token-issuer.js';

/**
 * A bank's memory for each client: made when a token of that client first needs it, and gone with the client. So a
 * client sees no payments of another, and a client without such calls costs nothing.
 */
export function perClient<T extends object>(make: () => T): (token: IssuedToken) => T {
  const kept = new WeakMap<BankClient, T>();
  return ({ client }) => {
    let own = kept.get(client);
    if (own === undefined) {
      own = make();
      kept.set(client, own);
    }
    return own;
  };
}
