/** The bank's only client. Letters and digits, so that every way of encoding them gives the same bytes. */
export const CLIENT_ID = 'benchclient4711';
export const CLIENT_SECRET = 'S3cretOfTheBench0815';
export const BASIC = Buffer.from(`${CLIENT_ID}:${CLIENT_SECRET}`).toString('base64');

/** How every token of this bank begins: nothing else that is sent or shown does. */
export const TOKEN_MARK = 'BenchToken';
