import type { RenewalPlace } from '../credentials/index.js';
import { count, duration, instant, type LogLine, lasted, quoted } from '../errors/index.js';

/** A failure of a token that callers of a merchant have been told as an error, or that had no caller. */
export const tokenFailed = (
  level: 'warn' | 'error',
  { code, message }: { readonly code: LogLine['code']; readonly message: string },
  {
    failures,
    since,
    retryAt,
    usableUntil,
    status,
  }: Omit<FailingToken, 'level' | 'reason' | 'outageMs' | 'toldAt'>,
): LogLine => ({
  level,
  code,
  text: message,
  fields: { failures, since, retryAt, usableUntil, status },
});

/** A token that goes on failing; instants in milliseconds since the Unix epoch. */
interface FailingToken {
  readonly level: 'warn' | 'error';
  readonly reason: string;
  readonly status: number | undefined;
  readonly failures: number;
  readonly since: number;
  /** When the line with the advice was written. */
  readonly toldAt: number;
  readonly outageMs: number;
  readonly retryAt: number | undefined;
  readonly usableUntil: number | undefined;
}

export const tokenStillFailing = (who: string, failing: FailingToken): LogLine => {
  const { level, reason, outageMs, usableUntil, toldAt, ...fields } = failing;
  const meanwhile =
    usableUntil === undefined
      ? 'No payment leaves'
      : `Payments go on with the current token until ${instant(usableUntil)}`;
  return {
    level,
    code: 'BANK_AUTH_TOKEN_STILL_FAILING',
    text:
      `${who}: still no new token, for ${lasted(outageMs)} and ${count(failing.failures, 'failure')} now (${reason}). ` +
      `${meanwhile}. The line of ${instant(toldAt)} says where to look.`,
    fields: { ...fields, outageMs, usableUntil },
  };
};

/** @param outageMs milliseconds since the first failure */
export const tokenRecovered = (who: string, failures: number, outageMs: number): LogLine => ({
  level: 'log',
  code: 'BANK_AUTH_TOKEN_RECOVERED',
  text: `${who}: tokens are issued again, after ${lasted(outageMs)} and ${count(failures, 'failure')}.`,
  fields: { failures, outageMs },
});

/** @param leftMs its remaining lifetime; 0 or less if it had expired */
export const tokenRefused = (who: string, leftMs: number): LogLine => ({
  level: 'warn',
  code: 'BANK_AUTH_TOKEN_REFUSED',
  text:
    `${who}: the bank refused a token ${leftMs > 0 ? `${lasted(leftMs)} before its expiry` : 'that had expired'}. It is used no ` +
    'more, and the next call gets a new one. If this comes often, find what ends tokens early: another application with ' +
    'the same credentials, a clock, or the bank.',
  fields: { leftMs },
});

/**
 * @param isPartial whether other calls get through
 * @param forMs how long no 401 renews the token
 * @param until when that is over, in milliseconds since the Unix epoch
 */
export const tokenBraked = (who: string, isPartial: boolean, forMs: number, until: number): LogLine => ({
  level: 'error',
  code: 'BANK_AUTH_TOKEN_BRAKED',
  text:
    `${who}: the bank ${isPartial ? 'accepts new tokens for some calls and refuses them for others' : 'refuses new tokens too'}, ` +
    `so the token is not the cause. For ${duration(forMs)}, no 401 renews it: ` +
    'calls go out with the current token, and their callers get the 401. Check that this client may use this API ' +
    '(product, scopes), and that tokenUrl and apiBaseUrl are of the same environment; then ask the bank.',
  fields: { retryAt: until },
});

/** @param trouble `refused`: refused calls since it began; `since` and `until` in milliseconds since the Unix epoch */
export const tokenStillBraked = (
  who: string,
  {
    isPartial,
    refused,
    since,
    toldAt,
    until,
    outageMs,
  }: {
    readonly isPartial: boolean;
    readonly refused: number;
    readonly since: number;
    /** When the line with the advice was written. */
    readonly toldAt: number;
    readonly until: number | undefined;
    readonly outageMs: number;
  },
): LogLine => ({
  level: 'error',
  code: 'BANK_AUTH_TOKEN_STILL_BRAKED',
  text:
    `${who}: the bank still refuses ${isPartial ? 'tokens for some calls' : 'every token'}, for ${lasted(outageMs)} and ` +
    `${count(refused, 'call')} now. Their callers ` +
    `get the 401, and the bank carried none of them out. The line of ${instant(toldAt)} says where to look.`,
  fields: { refused, since, outageMs, retryAt: until },
});

export const tokenAccepted = (who: string, refused: number, outageMs: number): LogLine => ({
  level: 'log',
  code: 'BANK_AUTH_TOKEN_ACCEPTED',
  text: `${who}: the bank accepts tokens again, after ${lasted(outageMs)} and ${count(refused, 'refused call')}.`,
  fields: { refused, outageMs },
});

export const bankUnavailable = (provider: string, reason: string): LogLine => ({
  level: 'warn',
  code: 'BANK_AUTH_BANK_UNAVAILABLE',
  text:
    `${provider}: no merchant gets a token (${reason}). Token requests go out one a second until one is answered; ` +
    'further merchants are not named one by one.',
});

/** @param outageMs since it began */
export const bankStillUnavailable = (
  provider: string,
  reason: string,
  outageMs: number,
  failures: number,
): LogLine => ({
  level: 'warn',
  code: 'BANK_AUTH_BANK_STILL_UNAVAILABLE',
  text:
    `${provider}: still no merchant gets a token, for ${lasted(outageMs)} and ${count(failures, 'failure')} now ` +
    `(${reason}). Tokens that have not expired stay in use.`,
  fields: { outageMs, failures },
});

/** @param outageMs since it began */
export const bankRecovered = (provider: string, outageMs: number): LogLine => ({
  level: 'log',
  code: 'BANK_AUTH_BANK_RECOVERED',
  text: `${provider}: token requests are answered again, after ${lasted(outageMs)}.`,
  fields: { outageMs },
});

export const bankBusy = (provider: string, reason: string, forMs: number): LogLine => ({
  level: 'warn',
  code: 'BANK_AUTH_BANK_BUSY',
  text:
    `${provider}: the bank asks to be left alone (${reason}): no token requests for ${Math.ceil(forMs / 1000)} s. ` +
    'All merchants wait; current tokens stay in use.',
  fields: { retryAfterMs: forMs },
});

/** @param outageMs since it began */
export const bankStillBusy = (
  provider: string,
  reason: string,
  forMs: number,
  outageMs: number,
): LogLine => ({
  level: 'warn',
  code: 'BANK_AUTH_BANK_STILL_BUSY',
  text:
    `${provider}: the bank still asks to be left alone, for ${lasted(outageMs)} now (${reason}): no token requests for ` +
    `${Math.ceil(forMs / 1000)} s. Current tokens stay in use.`,
  fields: { outageMs, retryAfterMs: forMs },
});

export const merchantsEvicted = (provider: string, limit: number, isShared: boolean): LogLine => ({
  level: 'warn',
  code: 'BANK_AUTH_MERCHANTS_EVICTED',
  text:
    `${provider}: tokens that could still be used are dropped, because there are more than ${limit} merchants. ` +
    `Raise providers.${provider}.merchants.limit: each takes ${isShared ? 'about three kilobytes' : 'less than a kilobyte'} besides its token.`,
  fields: { provider, limit },
});

/** The subject of each of many lines. */
export type LinesOn = 'merchant' | 'call';

export const linesLimited = (provider: string, most: number, on: LinesOn): LogLine => ({
  level: 'warn',
  code: 'BANK_AUTH_LINES_OMITTED',
  text:
    `${provider}: too many lines on ${on}s within a minute. At most ${most} are written` +
    `${on === 'merchant' ? ', half of them on trouble that lasts' : ''}; the others are left out.`,
  fields: { provider },
});

export const linesOmitted = (provider: string, lines: number, on: LinesOn): LogLine => ({
  level: 'warn',
  code: 'BANK_AUTH_LINES_OMITTED',
  text: `${provider}: ${lines === 1 ? `1 line on a ${on} was` : `${lines} lines on ${on}s were`} left out.`,
  fields: { provider, lines },
});

const DAY = 86_400_000;

/** The time that is left: in days, on the last one in hours and minutes. */
function left(milliseconds: number): string {
  return milliseconds > 0.95 * DAY ? count(Math.round(milliseconds / DAY), 'day') : lasted(milliseconds);
}

/** A client certificate or a secret expires soon, or has expired. */
export const expiring = (
  who: string,
  {
    what,
    notAfter,
    leftMs,
  }: { readonly what: 'certificate' | 'secret'; readonly notAfter: number; readonly leftMs: number },
  { where, isReadAgain }: RenewalPlace,
): LogLine => {
  const name = what === 'certificate' ? 'the TLS client certificate' : 'the secret (secretExpiresAt)';
  const isOver = leftMs <= 0;
  const state = isOver
    ? `has been expired since ${instant(notAfter)}. Calls and token requests may be refused, and the bank is not the cause`
    : `expires at ${instant(notAfter)}, in ${left(leftMs)}. Until then all goes on; afterwards the bank may refuse calls and token requests`;
  const pieces = what === 'certificate' ? 'the new certificate with its key' : 'the new one with its date';
  return {
    level: leftMs <= DAY ? 'error' : 'warn',
    code: 'BANK_AUTH_EXPIRING',
    text:
      `${who}: ${name} ${state}. Renew it with the bank, and put ${pieces} ${where}` +
      `${isReadAgain ? '; no restart is needed' : ', and restart'}.`,
    fields: { what, notAfter },
  };
};

/** The place for a merchant's new certificate or secret. @param source a clause on the source of its credentials */
export const whereFound = (source: string): string => `where ${source} finds it`;

/** The name of a store in messages. */
export const storeName = (description: unknown): string =>
  typeof description === 'string' ? `The token store (${description})` : 'The token store';

export const storeUnavailable = (store: string, why: string | undefined, advice: string): LogLine => ({
  level: 'warn',
  code: 'BANK_AUTH_STORE_UNAVAILABLE',
  text:
    `${store} is in trouble${why === undefined ? '' : ` (${why})`}. ${advice} Each process obtains tokens on its own ` +
    'meanwhile; payments go on. The store is tried again every few seconds.',
  fields: { reason: why },
});

/** @param forMs since it began */
export const storeStillUnavailable = (store: string, why: string | undefined, forMs: number): LogLine => ({
  level: 'warn',
  code: 'BANK_AUTH_STORE_STILL_UNAVAILABLE',
  text:
    `${store} is still in trouble${why === undefined ? '' : ` (${why})`}, for ${lasted(forMs)} now. Each process obtains ` +
    'tokens on its own; payments go on.',
  fields: { reason: why, outageMs: forMs },
});

export const storeRecovered = (store: string, outageMs: number): LogLine => ({
  level: 'log',
  code: 'BANK_AUTH_STORE_RECOVERED',
  text: `${store} is well again after ${lasted(outageMs)}; tokens are shared.`,
  fields: { outageMs },
});

/** @param reason in the store's own words */
export const storeUnusable = (store: string, reason: string): LogLine => ({
  level: 'warn',
  code: 'BANK_AUTH_STORE_UNUSABLE',
  text: `${store}: ${reason}`,
});

/** The advice on a store in trouble that gives none of its own. */
export const ADVICE_ON_STORE = 'Check the store.';
/** The advice on a store that has not answered in time. */
export const ADVICE_ON_SILENCE =
  'It is busy or frozen, or the network loses packets. Wait; if it lasts, check its load and the network between.';

// Errors.

export const shuttingDown = (who: string): string =>
  `${who}: the application is shutting down, so no token is requested any more.`;

export const callerTimedOut = (who: string, timeout: number): string =>
  `${who}: no token within the ${timeout} ms that this caller waits. The token request goes on; ask again.`;

export const disabled = (provider: string): string =>
  `${provider} is disabled by its option "enabled", so no request was sent. Enable it or do not use it here.`;

export const noOwnCredentials = (provider: string): string =>
  `${provider}: there is no merchant key, and the provider has no credentials of its own; nothing was sent. ` +
  'Use forMerchant(key), or bankAuth: { merchant } in a request.';

export const noMerchants = (provider: string, label: string): string =>
  `${provider}: merchant ${quoted(label)} is unknown, because this provider has one set of credentials only; nothing was ` +
  'sent. Leave the merchant out, or give the provider a `credentials` function (docs/merchants.md).';

export const noCredentials = (provider: string): string => `${provider}: there are no credentials.`;

/** A problem, after the name of its provider. */
export const named = (provider: string, problem: string): string => `${provider}: ${problem}`;

// Problems of a merchant's key, as clauses.

const OWN_CREDENTIALS = "To use the provider's own credentials, leave `merchant` out (docs/merchants.md).";

export const keyMissing = (key: null | undefined): string =>
  `a merchant key is given but ${key}, so nothing was sent. Check the source of the key: a property that is misspelt or ` +
  `not loaded, a request without a tenant, a missing "await". ${OWN_CREDENTIALS}`;
export const KEY_EMPTY =
  'a merchant key is given but empty, so nothing was sent. Check the source of the key: an empty column, header or ' +
  `variable. ${OWN_CREDENTIALS}`;
export const KEY_NO_STRING = 'a merchant key must be a string, so nothing was sent.';
export const keyTooLong = (most: number): string =>
  `a merchant key has at most ${most} characters, so nothing was sent.`;
