export const PROVIDER = 'bog-payments';
/** A resource of the bank's: whose token a call carries. */
export const WHOSE = '/whose';
/** Header by which a call says whose token it should carry: the client's id. */
export const EXPECTED = 'x-expected-client';
