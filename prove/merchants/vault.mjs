import { clientIdOf } from './derived.mjs';

/** Fetches a merchant's credentials by HTTP, anew each time. */
export function credentialsFromVault(url) {
  return async (merchant) => {
    const response = await fetch(`${url}${clientIdOf(merchant)}`);
    return response.json();
  };
}
