// Why credentials could not be read, as clauses that follow "the credentials could not be read".

export const unknownMerchant = (source: string): string => `${source} knows no such merchant`;
export const observableWithin = (source: string): string =>
  `${source} returns an Observable within a promise or another Observable: it must return the Observable itself`;
export const unusableCredentials = (source: string, problems: readonly string[]): string =>
  `${source} returns unusable credentials: ${problems.join('; ')}`;
export const THE_ASSERTION_FILE = 'the file that assertionFile names';
export const assertionUnreadable = (file: string, why: string): string =>
  `${file}, which should hold the signed assertion: ${why}`;
/** @param details the class, the status and the code of the thrown error; empty where it has none of them */
export const sourceFailed = (source: string, details: string): string =>
  `${source} failed${details === '' ? '' : ` (${details})`}`;
export const sourceClosed = (source: string): string =>
  `the credentials from ${source} were closed while they were read`;
