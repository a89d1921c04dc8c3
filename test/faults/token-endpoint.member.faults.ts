import type { BankDefinition } from 'nestjs-bank-auth';
import type { FaultGroup, TokenFault, TokenOutcome } from './faults.types.js';
import {
  aToken,
  DAY,
  HOUR,
  invalid,
  MINUTE,
  NO_BEARER,
  NO_OBJECT,
  NO_TOKEN,
  NOT_ASCII,
  SECOND,
  TOO_LONG,
} from './outcomes.js';
import { expiresIn, grants, issues, jwt, says } from './ways.js';

/** What the application's clock says: seconds since the Unix epoch. */
const NOW = Date.UTC(2026, 0, 1) / 1000;
/** Where nothing credible is said. */
const DEFAULT = aToken(5 * MINUTE);

const notAscii = invalid(200, NOT_ASCII);
const noToken = invalid(200, NO_TOKEN);
const noBearer = invalid(200, NO_BEARER);

const unit = (expiresIn: NonNullable<BankDefinition['tokenResponse']>['expiresIn']) => ({
  tokenResponse: { expiresIn },
});

export const ACCESS_TOKENS: FaultGroup<TokenFault> = {
  heading: '`access_token`',
  rows: [
    { id: 'token-missing', what: 'is missing', fault: grants({ access_token: undefined }), outcome: noToken },
    { id: 'token-null', what: 'is null', fault: grants({ access_token: null }), outcome: noToken },
    {
      id: 'token-number',
      what: 'is a number',
      fault: grants({ access_token: 1234567890 }),
      outcome: noToken,
    },
    {
      id: 'token-object',
      what: 'is an object',
      fault: grants((bank) => ({ access_token: { value: bank.issue() } })),
      outcome: noToken,
    },
    {
      id: 'token-array',
      what: 'is an array',
      fault: grants((bank) => ({ access_token: [bank.issue()] })),
      outcome: noToken,
    },
    { id: 'token-true', what: 'is true', fault: grants({ access_token: true }), outcome: noToken },
    { id: 'token-empty', what: 'is empty', fault: grants({ access_token: '' }), outcome: noToken },
    {
      id: 'token-longest',
      what: 'has 16384 characters',
      fault: issues((unique) => unique.padEnd(16_384, 'x')),
      outcome: aToken(),
    },
    {
      id: 'token-too-long',
      what: 'has more than 16384 characters',
      fault: issues((unique) => unique.padEnd(16_385, 'x')),
      outcome: invalid(200, TOO_LONG),
    },
    {
      id: 'token-blank',
      what: 'is of spaces',
      fault: grants({ access_token: '   ' }),
      outcome: notAscii,
    },
    {
      id: 'token-line-break',
      what: 'holds a line break and a header',
      fault: issues((unique) => `${unique}\r\nX-Evil: 1`),
      outcome: notAscii,
    },
    {
      id: 'token-line-feed-at-end',
      what: 'ends with a line feed',
      fault: issues((unique) => `${unique}\n`),
      outcome: notAscii,
    },
    {
      id: 'token-space',
      what: 'holds a space',
      fault: issues((unique) => `${unique} ${unique}`),
      outcome: notAscii,
    },
    {
      id: 'token-nul',
      what: 'holds a NUL',
      fault: issues((unique) => `${unique}\0`),
      outcome: notAscii,
    },
    {
      id: 'token-not-ascii',
      what: 'holds characters beyond ASCII',
      fault: issues((unique) => `${unique}ტოკენი`),
      outcome: notAscii,
    },
    {
      id: 'token-odd-characters',
      what: 'is of visible ASCII that no grammar of tokens allows',
      fault: issues((unique) => `${unique}"\\,;<>{}[]()`),
      outcome: aToken(),
    },
    {
      id: 'token-one-character',
      what: 'is one character',
      fault: issues(() => 'x'),
      outcome: aToken(),
    },
    {
      id: 'token-with-scheme',
      what: 'begins with `Bearer `',
      fault: issues((unique) => `Bearer ${unique}`),
      outcome: notAscii,
    },
  ],
};

export const TOKEN_TYPES: FaultGroup<TokenFault> = {
  heading: '`token_type`',
  rows: [
    { id: 'type-missing', what: 'is missing', fault: grants({ token_type: undefined }), outcome: noBearer },
    { id: 'type-null', what: 'is null', fault: grants({ token_type: null }), outcome: noBearer },
    { id: 'type-number', what: 'is a number', fault: grants({ token_type: 1 }), outcome: noBearer },
    { id: 'type-array', what: 'is an array', fault: grants({ token_type: ['Bearer'] }), outcome: noBearer },
    { id: 'type-empty', what: 'is empty', fault: grants({ token_type: '' }), outcome: noBearer },
    { id: 'type-mac', what: 'is `mac`', fault: grants({ token_type: 'mac' }), outcome: noBearer },
    { id: 'type-dpop', what: 'is `DPoP`', fault: grants({ token_type: 'DPoP' }), outcome: noBearer },
    { id: 'type-lower', what: 'is `bearer`', fault: grants({ token_type: 'bearer' }), outcome: aToken() },
    { id: 'type-upper', what: 'is `BEARER`', fault: grants({ token_type: 'BEARER' }), outcome: aToken() },
    {
      id: 'type-bearer-token',
      what: 'is `BearerToken`',
      fault: grants({ token_type: 'BearerToken' }),
      outcome: aToken(),
    },
    {
      id: 'type-of-definition',
      what: 'is `user`, which the definition says to be a bearer token',
      fault: grants({ token_type: 'User' }),
      bank: { tokenResponse: { tokenTypes: ['user'] } },
      outcome: aToken(),
    },
  ],
};

/** `expires_in` as a JSON text. */
function states(id: string, what: string, text: string, outcome: TokenOutcome, bank?: TokenFault['bank']) {
  return { id: `expires-in-${id}`, what, fault: expiresIn(text), outcome, ...(bank && { bank }) };
}

export const LIFETIMES: FaultGroup<TokenFault> = {
  heading: '`expires_in` and the lifetime that a token gets',
  rows: [
    states('seconds', 'is 1800', '1800', aToken(30 * MINUTE)),
    states('text', 'is the text "1800"', '"1800"', aToken(30 * MINUTE)),
    states('padded-text', 'is the text " 1800 "', '" 1800 "', aToken(30 * MINUTE)),
    states('fraction', 'is 0.5', '0.5', aToken(SECOND / 2)),
    states('fraction-text', 'is the text "1.5"', '"1.5"', aToken(1.5 * SECOND)),
    states('exponent', 'is 1.8e3', '1.8e3', aToken(30 * MINUTE)),
    states('90-days', 'is 7776000, 90 days', '7776000', aToken(DAY)),
    states(
      'milliseconds',
      'is 1800000, by a definition that says milliseconds',
      '1800000',
      aToken(30 * MINUTE),
      unit('milliseconds'),
    ),
    states(
      'epoch-seconds',
      'is an instant in seconds since the epoch, half an hour ahead',
      String(NOW + 1_800),
      aToken(30 * MINUTE),
    ),
    states(
      'epoch-milliseconds',
      'is an instant in milliseconds since the epoch, half an hour ahead',
      String((NOW + 1_800) * 1000),
      aToken(30 * MINUTE),
    ),
    states(
      'epoch-milliseconds-text',
      'is such an instant as a string',
      `"${(NOW + 1_800) * 1000}"`,
      aToken(30 * MINUTE),
    ),
    states(
      'epoch-seconds-stated',
      'is an instant, by a definition that says so',
      String(NOW + 1_800),
      aToken(30 * MINUTE),
      unit('epoch-seconds'),
    ),
    ...[-HOUR, HOUR].map((skew) => {
      const bankSays = NOW + skew / SECOND;
      const date = new Date(bankSays * 1000).toUTCString();
      return {
        id: `expires-in-epoch-of-${skew < 0 ? 'slow' : 'fast'}-clock`,
        what: `is an instant half an hour after the answer's \`Date\`, by a clock that is an hour ${skew < 0 ? 'slow' : 'fast'}`,
        fault: says((bank) => bank.grant({ expires_in: bankSays + 1_800 }), [['Date', date]]),
        // The header has no fraction.
        outcome: aToken(HOUR / 2 - 1_000),
      };
    }),
    states('past-epoch-seconds', 'is an instant in the past, in seconds', String(NOW - 1), DEFAULT),
    states(
      'past-epoch-milliseconds',
      'is an instant in the past, in milliseconds',
      String((NOW - 1) * 1000),
      DEFAULT,
    ),
    states('far-epoch', 'is an instant a hundred years ahead', String(NOW + 3_155_760_000), DEFAULT),
    states('zero', 'is 0', '0', DEFAULT),
    states('negative', 'is -3600', '-3600', DEFAULT),
    states('negative-text', 'is the text "-3600"', '"-3600"', DEFAULT),
    states('nan-text', 'is the text "NaN"', '"NaN"', DEFAULT),
    states('word', 'is the text "1 hour"', '"1 hour"', DEFAULT),
    states('hexadecimal', 'is the text "0x708"', '"0x708"', DEFAULT),
    states('empty', 'is an empty string', '""', DEFAULT),
    states('1e300', 'is 1e300', '1e300', DEFAULT),
    states('1e309', 'is 1e309, which is infinite', '1e309', DEFAULT),
    states('tiny', 'is 1e-300', '1e-300', DEFAULT),
    states('true', 'is true', 'true', DEFAULT),
    states('null', 'is null', 'null', DEFAULT),
    states('object', 'is an object', '{"seconds":1800}', DEFAULT),
    states('array', 'is an array', '[1800]', DEFAULT),
    {
      id: 'expires-in-missing',
      what: 'is missing',
      fault: grants({ expires_in: undefined }),
      outcome: DEFAULT,
    },
    {
      id: 'expires-in-missing-by-definition',
      what: 'is missing, and the definition says ten minutes',
      fault: grants({ expires_in: undefined }),
      bank: { tokenResponse: { defaultLifetime: 10 * MINUTE } },
      outcome: aToken(10 * MINUTE),
    },
    {
      id: 'expires-in-nan',
      what: 'is NaN, which is no JSON',
      fault: expiresIn('NaN'),
      outcome: invalid(200, NO_OBJECT),
    },
    {
      id: 'expires-in-infinity',
      what: 'is Infinity, which is no JSON',
      fault: expiresIn('Infinity'),
      outcome: invalid(200, NO_OBJECT),
    },
    {
      id: 'jwt-shorter',
      what: "says an hour, and the token's own claims say ten minutes",
      fault: issues(jwt({ iat: NOW, exp: NOW + 600 })),
      outcome: aToken(10 * MINUTE),
    },
    {
      id: 'jwt-longer',
      what: "says an hour, and the token's own claims say a day",
      fault: issues(jwt({ iat: NOW, exp: NOW + 86_400 })),
      outcome: aToken(HOUR),
    },
    {
      id: 'jwt-not-before',
      what: 'says an hour, and the token has `nbf` and `exp` ten minutes apart',
      fault: issues(jwt({ nbf: NOW, exp: NOW + 600 })),
      outcome: aToken(10 * MINUTE),
    },
    {
      id: 'jwt-other-clock',
      what: "says an hour, and the token's claims say the same on a clock that is years off",
      fault: issues(jwt({ iat: 1_000_000_000, exp: 1_000_003_600 })),
      outcome: aToken(HOUR),
    },
    {
      id: 'jwt-expired-before-issued',
      what: 'says an hour, and the token expires before it is issued',
      fault: issues(jwt({ iat: NOW, exp: NOW - 600 })),
      outcome: aToken(HOUR),
    },
    {
      id: 'jwt-odd-claims',
      what: "says an hour, and the token's claims are no numbers",
      fault: issues(jwt({ iat: 'now', nbf: null, exp: ['later'] })),
      outcome: aToken(HOUR),
    },
    {
      id: 'jwt-look-alike',
      what: 'says an hour, and the token has two dots but is no JWT',
      fault: issues((unique) => `a.${unique}.c`),
      outcome: aToken(HOUR),
    },
    {
      id: 'jwt-alone',
      what: "is missing, and the token's own claims say ten minutes",
      fault: grants((bank) => ({
        access_token: bank.issue(jwt({ iat: NOW, exp: NOW + 600 })),
        expires_in: undefined,
      })),
      outcome: aToken(10 * MINUTE),
    },
  ],
};

/** `scope` is this, and the token has these scopes; without them those that were asked for. */
function scoped(id: string, what: string, scope: unknown, scopes?: readonly string[]): TokenFault {
  return {
    id: `scope-${id}`,
    what,
    fault: says((bank) => bank.grant({ scope })),
    outcome: { token: { lifetimeMs: HOUR, ...(scopes && { scopes }) }, tokenRequests: 1 },
  };
}

export const SCOPES: FaultGroup<TokenFault> = {
  heading: '`scope` of the answer',
  rows: [
    scoped('missing', 'is missing', undefined),
    scoped('granted', 'names two', 'payments refunds', ['payments', 'refunds']),
    scoped('spaces', 'has spaces around and between', '  payments   refunds ', ['payments', 'refunds']),
    scoped('array', 'is a list of names', ['payments', 'refunds'], ['payments', 'refunds']),
    scoped('array-of-anything', 'is a list of names and numbers', ['payments', 7]),
    scoped('array-empty', 'is an empty list', []),
    scoped('tab', 'has a tab between', 'payments\trefunds'),
    scoped('control', 'holds what a terminal obeys', 'payments\u001b[31m\u0000'),
    scoped('bidirectional', 'holds a character that turns the direction of writing', 'payments\u202e'),
    scoped('too-long', 'is longer than 4 KiB', 'a'.repeat(4_097)),
    {
      id: 'scope-token',
      what: 'holds the token',
      fault: says((bank) => {
        const access_token = bank.issue();
        return bank.grant({ access_token, scope: `payments ${access_token}` });
      }),
      outcome: aToken(),
    },
    {
      id: 'scope-secret',
      what: 'holds the API key',
      fault: says((bank) => bank.grant({ scope: `payments ${bank.credentials.apiKey}` })),
      outcome: aToken(),
    },
    scoped('empty', 'is empty', ''),
    scoped('blank', 'is of spaces', '   '),
    scoped('number', 'is a number', 7),
    scoped('null', 'is null', null),
    scoped('object', 'is an object', { payments: true }),
  ],
};
