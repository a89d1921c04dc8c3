// Errors of the fakes, for the reader of a failing test.

export const unknownToFake = (provider: string, merchant: string): string =>
  `${provider}: merchant ${JSON.stringify(merchant)} is unknown to the fake: add it to "merchants".`;

// Worded as axios and Node's fetch do.

export const statusRejected = (status: number): string => `Request failed with status code ${status}`;
export const FETCH_FAILED = 'fetch failed';
