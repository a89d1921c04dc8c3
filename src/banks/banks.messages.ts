// Problems of a bank definition, as clauses.

export const definitionProblems = (id: unknown, problems: readonly string[]): string =>
  `defineBank(${typeof id === 'string' ? `'${id}'` : '…'}): ${problems.join('; ')}`;
export const NO_PLAIN_OBJECT = 'a definition must be a plain object: members of a class would be lost';
export const ODD_ID = 'id must be kebab-case, for instance "my-bank"';
export const NO_TITLE = 'title must be the name of the bank';
export const oddMember = (name: string): string => `${name} is not a member of a definition`;
export const mustBe = (name: string, what: string): string => `${name} must be ${what}`;
export const noSuchEnvironment = (name: string, environment: string): string =>
  `${name} has no environment "${environment}"`;
export const noUrl = (name: string, orPath: boolean): string =>
  `${name} must be an absolute URL${orPath ? ' or a path' : ''}`;
export const refusalsUnjudged = (statuses: readonly unknown[]): string =>
  `rejectsTokenOn lists ${statuses.join(', ')}, so rejectsToken must say which of these answers are about the token`;
export const belongsTo = (name: string, method: string): string =>
  `clientAuthentication.${name} belongs to ${method}`;
export const algorithmMissing = (algorithms: readonly string[]): string =>
  `clientAuthentication.algorithm is missing: one of ${algorithms.join(', ')}`;
export const AUDIENCE_MISSING =
  "clientAuthentication.audience is missing: the issuer identifier of the bank's authorization server, " +
  "for instance { production: 'https://bank.example' }. It becomes the only aud of each assertion (RFC 10070), so that " +
  'no other server can use the assertion';
export const reservedClaims = (names: readonly string[]): string =>
  `clientAuthentication.claims must not have ${names.join(', ')}: the assertion has its own`;
export const oddValueNames = (names: readonly string[]): string =>
  `options.values: ${names.join(', ')} must begin with a letter, and be of letters, digits, "-" and "_"`;
export const sameValueVariables = (one: string, other: string): string =>
  `options.values: ${one} and ${other} would be read from the same environment variable: rename one`;

// Rules for members, as the words after "must be".

export const AN_OBJECT = 'an object';
export const URLS = 'an object { production?, sandbox? }';
export const A_FUNCTION = 'a function';
export const A_STRING = 'a string';
export const A_STRING_OR_FALSE = 'a string, or false';
export const STRINGS = 'a list of strings';
export const NAMED_STRINGS = 'an object of strings';
export const NAMED_STRINGS_OR_FUNCTION = 'an object of strings, or a function that makes one';
export const A_STRING_PER_ENVIRONMENT =
  'an object { production?, sandbox? } of strings, with at least one of the two';
export const A_FILLED_STRING = 'a string that is not empty';
export const CLAIMS = 'an object that JSON can carry, or a function that makes one';
export const VALUE_RULES = "an object of 'required' and 'optional' by name";
export const A_DURATION = 'a positive number of milliseconds';
export const STATUSES = 'a list of statuses from 400 to 499';
export const A_FLAG = 'true or false';
/** One of several words. */
export const oneOf = (words: readonly string[]): string => {
  const quoted = words.map((word) => `'${word}'`);
  return [quoted.slice(0, -1).join(', '), quoted.at(-1)].join(' or ');
};
