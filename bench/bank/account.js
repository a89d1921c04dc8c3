/** The bank's only client. Its letters and digits have the same bytes under every encoding. */
export const CLIENT_ID = 'benchclient4711';
export const CLIENT_SECRET = 'S3cretOfTheBench0815';
export const BASIC = Buffer.from(`${CLIENT_ID}:${CLIENT_SECRET}`).toString('base64');

/** The prefix of every token of this bank: no other string that is sent or shown has it. */
export const TOKEN_MARK = 'BenchToken';
