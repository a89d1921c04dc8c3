// Errors of the fakes, for whoever reads a failing test.

export const emptyMerchantKey = (provider: string, own: string): string =>
  `${provider}: a merchant key must be a string that is not empty; without one use the provider's own ${own}.`;
export const unknownToFake = (provider: string, merchant: string): string =>
  `${provider}: merchant ${JSON.stringify(merchant)} is unknown to the fake: add it to "merchants".`;
export const oddBankAuth = (provider: string, member: string | undefined): string =>
  `${provider}: bankAuth ${member === undefined ? 'must be a plain object' : `has no member "${member}"`}; there is only ` +
  'merchant and replay';
export const followedRedirect = (provider: string): string =>
  `${provider}: redirect: 'follow' would carry the token elsewhere. Leave it out, or say redirect: 'error'.`;

// As axios and Node's fetch word them.

export const statusRejected = (status: number): string => `Request failed with status code ${status}`;
export const FETCH_FAILED = 'fetch failed';
