import type { BankClient } from './bank-client.js';
import type { IssuedToken } from './token-issuer.js';

/**
 * What a bank keeps for each client by itself: made when a token of that client first needs it, gone with the
 * client. So what one client made does not exist for another, and a client without such calls costs nothing.
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
