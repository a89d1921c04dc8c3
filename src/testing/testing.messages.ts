// Errors of the fakes, for the reader of a failing test.

export const emptyMerchantKey = (provider: string, own: string): string =>
  `${provider}: a merchant key must be a non-empty string; without one, use the provider's own ${own}.`;
export const unknownToFake = (provider: string, merchant: string): string =>
  `${provider}: merchant ${JSON.stringify(merchant)} is unknown to the fake: add it to "merchants".`;
export const oddBankAuth = (provider: string, member: string | undefined): string =>
  `${provider}: bankAuth ${member === undefined ? 'must be a plain object' : `has no member "${member}"`}; it may contain only ` +
  'merchant and replay';
export const followedRedirect = (provider: string): string =>
  `${provider}: redirect: 'follow' would carry the token to another host. Leave it out, or set redirect: 'error'.`;

// As axios and Node's fetch word them.

export const statusRejected = (status: number): string => `Request failed with status code ${status}`;
export const FETCH_FAILED = 'fetch failed';
