export const PROVIDER = 'bog-payments';
/** A resource of the bank that answers with the client of a call's token. */
export const WHOSE = '/whose';
/** The header that names the expected client of a call's token, by its id. */
export const EXPECTED = 'x-expected-client';
